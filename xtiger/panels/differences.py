"""The page of what differed in the last proof: record, field, both values, cause and cure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xtiger.hookspecs import (
    CrmLink,
    PageAction,
    PageLink,
    PageRequest,
    PageSpec,
    RowDetail,
    RowLink,
    SearchField,
    TablePage,
    XeroLink,
)
from xtiger.i18n.cause_text import spoken_sent
from xtiger.i18n.language import Language, language
from xtiger.model.runs import Sent
from xtiger.panels.anchors import conflict_anchor
from xtiger.panels.proof import cure_text, field_text, value_text
from xtiger.ports.stop_signal import PATIENCE
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.reconciliation import Cure, Disagreement

if TYPE_CHECKING:
    from xtiger.model.asked_sync import KeptDifference, KeptProof
    from xtiger.model.connections import Connection
    from xtiger.ports import Context

TITLE = "What differs"
COLUMNS = ("Record", "Module", "Field", "CRM", "Xero", "What to do", "Code")
#: Where several organisations are connected.
ORGANISATION = "Organisation"
#: Cures that a person decides on the page of conflicts, once a sync has seen the difference.
_DECIDED = frozenset({"both_edited", "lost_in_xero", "lost_in_crm"})
#: Cures that no sync is part of.
_BY_HAND = frozenset({"duplicate", "unreadable", "kept_coarser"})


def page_of_differences() -> PageSpec:
    """The page, with its button."""
    return PageSpec("differences", TITLE, load, (PageAction("sync", "Sync now", press_sync),))


def load(context: Context, request: PageRequest) -> TablePage:
    """The differences of the last proof of one organisation, or of one module of it."""
    words, known = language(request.locale), _active(context)
    one = _chosen(known, request.query.get("connection", ""))
    kept = context.proof(one.id) if one is not None else None
    compare = PageLink("Compare both sides", "plan")
    if one is None or kept is None:
        empty = words.translate("Both sides were not compared yet.")
        return TablePage(TITLE, COLUMNS, (), empty=empty, ways=(compare,))
    module, code = request.query.get("module", ""), request.query.get("code", "")
    found = [
        each for each in kept.differences if module in ("", each.module) and code in ("", each.code)
    ]
    return TablePage(
        TITLE,
        COLUMNS,
        tuple(_cells(each, kept, words) for each in found),
        _note(one, kept, words),
        _form(known, one, kept, request, words),
        details=tuple(_detail(one, each) for each in found),
        beneath={"Module": "Record", "Code": "What to do"},
        named_by="Record",
        empty=_empty(kept, words),
        ways=(compare,),
    )


def press_sync(context: Context, request: PageRequest, keys: Sequence[str]) -> str:
    """The button Sync now: sync the records of these rows; what a proof did not find is left."""
    words, wanted = language(request.locale), set(keys)
    until, sent = context.now() + PATIENCE, Sent()
    for one in _active(context):
        kept = context.proof(one.id)
        records: dict[str, dict[str, None]] = {}
        for each in kept.differences if kept is not None else ():
            if _key(one, each) in wanted and each.crm_id:
                records.setdefault(each.module, {})[each.crm_id] = None
        for module in context.module_order():
            if module in records:
                ids = list(records[module])
                sent = sent.joined(context.send(one.id, module, ids, until))
    said = spoken_sent(sent, words, context.now())
    return f"{said} {words.translate('The next proof shows whether both sides agree.')}"


def _active(context: Context) -> list[Connection]:
    return [one for one in context.connections() if one.state == "active"]


def _chosen(known: Sequence[Connection], asked: str) -> Connection | None:
    """The organisation that is asked for, else the first one."""
    return next((one for one in known if one.id == asked), known[0] if known else None)


def _form(
    known: Sequence[Connection],
    one: Connection,
    kept: KeptProof,
    request: PageRequest,
    words: Language,
) -> tuple[SearchField, ...]:
    """The modules and causes that there are, and the organisations."""
    _, query, every = words.translate, request.query, ("", words.translate("All"))
    modules = dict.fromkeys(each.module for each in kept.differences)
    codes = {each.code: _cure_said(each, words) for each in kept.differences}
    fields = [
        SearchField(
            "module",
            "Module",
            query.get("module", ""),
            "choice",
            (every, *((name, _(name)) for name in modules)),
        ),
        SearchField("code", "What to do", query.get("code", ""), "choice", (every, *codes.items())),
    ]
    if len(known) > 1:
        names = tuple((each.id, each.name) for each in known)
        fields.append(SearchField("connection", ORGANISATION, one.id, "choice", names))
    return tuple(fields)


def _cells(each: KeptDifference, kept: KeptProof, words: Language) -> tuple[str, ...]:
    one = _disagreement(each)
    return (
        each.name,
        words.translate(each.module),
        field_text(words, each.field),
        value_text(words, kept.base_currency, one, each.crm),
        value_text(words, kept.base_currency, one, each.xero),
        _cure_said(each, words),
        each.code,
    )


def _cure_said(each: KeptDifference, words: Language) -> str:
    return cure_text(words, _disagreement(each), "browser")


def _disagreement(each: KeptDifference) -> Disagreement:
    return Disagreement(
        each.module,
        each.name,
        each.crm_id,
        each.xero_id,
        each.field,
        each.crm,
        each.xero,
        Cure(each.code, each.data, each.command),
    )


def _detail(one: Connection, each: KeptDifference) -> RowDetail:
    """Both records, what the log has of it, and the cure."""
    links: list[RowLink] = []
    if each.crm_id:
        links.append(CrmLink(each.module, each.crm_id, column="Record"))
    if each.xero_id:
        links.append(XeroLink(one.id, each.kind, each.xero_id))
    which = {"record": each.crm_id} if each.crm_id else {"xero": each.xero_id or ""}
    history = {"module": each.module, **which, "unchanged": "1", "each": "1"}
    links.append(PageLink("History", "log", history))
    entry = CATALOGUE.get(each.code)
    is_asked = entry is not None and entry.button == "solve"
    if is_asked:
        links.append(PageLink("Decide", "conflicts", anchor=_conflict(each)))
    elif each.code in _DECIDED:
        links.append(PageLink("Conflicts", "conflicts", anchor=_conflict(each)))
    elif entry is not None:
        links.append(PageLink("Needs you", "needs"))
    # What is asked already stays as it is, however often it is synced.
    sends = bool(each.crm_id) and not is_asked and each.code not in _BY_HAND
    return RowDetail(_key(one, each) if sends else "", tuple(links))


def _conflict(each: KeptDifference) -> str:
    """Where the conflict of the record stands on its page."""
    return conflict_anchor(each.module, each.crm_id or "")


def _key(one: Connection, each: KeptDifference) -> str:
    """How the button knows a record."""
    return json.dumps([one.id, each.module, each.crm_id])


def _note(one: Connection, kept: KeptProof, words: Language) -> str:
    """When both sides were read, and whether all is shown."""
    moment = words.moment(kept.made_at)
    said = [
        words.sentence(
            "{name}, read from the CRM and from Xero on {moment} UTC.", name=one.name, moment=moment
        )
    ]
    if kept.since is not None:
        said.append(words.sentence("Documents from {day} on.", day=kept.since.isoformat()))
    if kept.total:
        counted = words.counted(
            "{count} difference between the CRM and Xero.",
            "{count} differences between the CRM and Xero.",
            kept.total,
        )
        said.append(counted)
    if kept.total > len(kept.differences):
        shown, every = words.number(len(kept.differences)), words.number(kept.total)
        first = "The first {kept} of {count} are shown."
        said.append(words.sentence(first, kept=shown, count=every))
    return " ".join(said)


def _empty(kept: KeptProof, words: Language) -> str:
    if kept.total:
        return words.translate("Nothing fits. Search for less.")
    return words.translate("Nothing differed: both sides agree.")
