"""The page Xero Logs: outcomes as a table with a search form, links and the button Sync again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from xtiger.errors import NeedsPerson
from xtiger.hookspecs import (
    PAGE_ROWS,
    CrmLink,
    FileKind,
    PageLink,
    PageRequest,
    RowDetail,
    RowLink,
    RowPart,
    SearchField,
    TablePage,
    XeroLink,
)
from xtiger.i18n.failures import spoken_error
from xtiger.i18n.language import Language, language
from xtiger.model.plans import STANDING
from xtiger.model.runs import Outcome
from xtiger.ports import Context
from xtiger_log import export, groups, rows, search
from xtiger_log.rows import COLUMNS

TITLE = "Xero Logs"
#: What a page shows of COLUMNS; a file has them all.
SHOWN = (
    *("When", "Record", "Module", "Result", "What happened", "What to do", "Flow", "Code"),
    *("Mail", "Changed last"),
)
#: Column → the one beneath which it stands.
BENEATH = {
    "Module": "Record",
    "Flow": "Result",
    "What to do": "What happened",
    "Code": "What happened",
    "Organisation": "Record",
    "Mail": "Result",
    "Changed last": "When",
}
#: Where several organisations are connected.
ORGANISATION = "Organisation"
#: What an entry unfolds of a field, where values were written and where not.
_WRITTEN = ("Field", "Old", "New", "Decision")
_APART = ("Field", "Last agreed", "CRM", "Xero", "Decision")
#: The button that syncs records again.
AGAIN = "again"
#: Looked for by the results that wait for somebody.
ATTENTION = ",".join(one for one in search.RESULTS if one in STANDING and one != "skipped")


def load(context: Context, request: PageRequest) -> TablePage:
    """The page for one request; a field that cannot be read is explained above the table."""
    words = language(request.locale)
    form = _form(context, request, words)
    try:
        wanted = search.from_form(request.query, request.number, PAGE_ROWS)
    except NeedsPerson as error:
        said = spoken_error(error, words)
        return TablePage(TITLE, _columns(context), (), said, form, no_file=said)
    if request.whole:
        return _whole(context, wanted, words)
    # One more than is shown says whether there is another page.
    found = context.outcomes(**replace(wanted, limit=wanted.limit + 1).filters())
    shown, names = found[: wanted.limit], search.names_of(context)
    each = "each" in request.query
    grouped = groups.grouped(context, shown, names, "browser", each=each)
    by_id, columns = {outcome.id: outcome for outcome in shown}, _columns(context)
    return TablePage(
        TITLE,
        columns,
        tuple(_cells(group, columns, words) for group in grouped),
        _note(context, wanted, len(shown), words),
        form,
        details=tuple(_detail(group, by_id, words) for group in grouped),
        beneath=BENEATH,
        named_by="Record",
        has_more=len(found) > wanted.limit,
        empty=_empty(wanted, words),
        ways=_ways(wanted),
    )


def _columns(context: Context) -> tuple[str, ...]:
    several = len(context.connections()) > 1
    return (*SHOWN, ORGANISATION) if several else SHOWN


def _form(context: Context, request: PageRequest, words: Language) -> tuple[SearchField, ...]:
    """The search form as it is filled in."""
    _, query = words.translate, request.query
    every = ("", _("All"))
    modules = (every, *((one, _(one)) for one in context.module_order()))
    results = (every, (ATTENTION, _("Needs attention")), *((r, _(r)) for r in search.RESULTS))
    flows = (every, *((name, rows.FLOWS[name]) for name in search.FLOWS))
    known = context.connections()
    fields = [
        SearchField("text", "Name or id", query.get("text", "")),
        SearchField("module", "Module", query.get("module", ""), "choice", modules),
        SearchField("result", "Result", query.get("result", ""), "choice", results),
        SearchField("flow", "Direction", query.get("flow", ""), "choice", flows),
        SearchField("from", "From day", query.get("from", ""), "day"),
        SearchField("to", "To day", query.get("to", ""), "day"),
        SearchField("code", "Code", query.get("code", "")),
        SearchField("by", "Begun by", query.get("by", "")),
    ]
    if len(known) > 1:
        names = (every, *((one.id, one.name) for one in known))
        asked = query.get("connection", "")
        fields.insert(4, SearchField("connection", ORGANISATION, asked, "choice", names))
    return (
        *fields,
        SearchField("unchanged", "Also what was unchanged", query.get("unchanged", ""), "checkbox"),
        SearchField("each", "One row per entry", query.get("each", ""), "checkbox"),
        SearchField("run", "Run", query.get("run", ""), "hidden"),
        SearchField("record", "Record", query.get("record", ""), "hidden"),
        SearchField("xero", "Xero id", query.get("xero", ""), "hidden"),
    )


def _whole(context: Context, wanted: search.Search, words: Language) -> TablePage:
    """Every entry that fits, a row for each, with all columns."""
    names, found = search.names_of(context), search.parts(context, search.all_of(wanted))
    shown = (row for part in found for row in search.rows_of(context, part, names, "browser"))
    return TablePage(TITLE, COLUMNS, tuple(rows.cells(rows.in_words(row, words)) for row in shown))


def file(context: Context, request: PageRequest, kind: FileKind) -> Iterator[str]:
    """Every entry that fits, however many: a CSV in the reader's language, or sealed lines of JSON.

    Raises NeedsPerson where a field of the search cannot be read.
    """
    wanted = search.all_of(search.from_form(request.query))
    if kind == "lines":
        return (f"{line}\n" for line in export.lines(context, wanted))
    words = language(request.locale)
    separator: Literal[",", ";"] = "," if words.name == "en" else ";"
    return export.csv_parts(context, wanted, words, separator, "browser")


def _cells(group: groups.LogGroup, columns: Sequence[str], words: Language) -> tuple[str, ...]:
    """What the page shows of a group."""
    spoken = group.in_words(words).cells(words, groups.FEW)
    cells = dict(zip(COLUMNS, spoken, strict=True))
    at, changed = group.first.at, group.first.changed_at
    if at is not None:
        cells["When"] = f"{words.moment(at)} UTC"
    same = changed is None or changed == at
    cells["Changed last"] = "" if same or changed is None else _changed(changed, words)
    if len(group.rows) > 1:
        cells["Module"] = ""  # "12 Invoices" says it
    return tuple(cells[column] for column in columns)


def _changed(at: datetime, words: Language) -> str:
    return f"{words.translate('Changed last')}: {words.moment(at)} UTC"


def _detail(group: groups.LogGroup, by_id: dict[int | None, Outcome], words: Language) -> RowDetail:
    """The ways on from a group, and what it unfolds."""
    first = group.first
    again = [row for row in group.rows if row.id is not None and row.crm_id]
    several = len(group.rows) > 1
    return RowDetail(
        key=",".join(str(row.id) for row in again),
        links=_links_of_several(group) if several else _links(by_id[first.id]),
        part=_records(group, words) if several else _changes(by_id[first.id], words),
    )


def _links(one: Outcome) -> tuple[RowLink, ...]:
    found: list[RowLink] = []
    if one.crm_id:
        found.append(CrmLink(one.module, one.crm_id, column="Record"))
    if one.xero_id:
        found.append(XeroLink(one.connection_id, one.kind, one.xero_id))
    which = {"record": one.crm_id} if one.crm_id else {"xero": one.xero_id or ""}
    story = {"module": one.module, **which, "unchanged": "1", "each": "1"}
    return (*found, PageLink("History", "log", story), _run(one.run_id))


def _links_of_several(group: groups.LogGroup) -> tuple[RowLink, ...]:
    one = group.first
    every = {"run": one.run_id, "module": one.module, "result": one.result, "each": "1"}
    return PageLink("Each record", "log", every), _run(one.run_id)


def _run(run_id: str) -> PageLink:
    return PageLink("Run", "log", {"run": run_id})


def _records(group: groups.LogGroup, words: Language) -> RowPart:
    """The records that a row stands for."""
    label = words.counted("{count} record", "{count} records", len(group.rows))
    return RowPart(
        label,
        ("Record", "CRM id", "Xero id"),
        tuple((row.record, row.crm_id, row.xero_id) for row in group.rows),
    )


def _changes(one: Outcome, words: Language) -> RowPart | None:
    """The fields that differed."""
    changes = rows.changes(one)
    if not changes:
        return None
    # What was written says all; of what was not, people compare what each side has.
    wanted = _WRITTEN if any(each.old or each.new for each in changes) else _APART
    places = [rows.CHANGE_COLUMNS.index(column) for column in wanted]
    found = [rows.change_words(each, words) for each in changes]
    return RowPart(
        words.counted("{count} field", "{count} fields", len(found)),
        wanted,
        tuple(tuple(row[place] for place in places) for row in found),
    )


def _note(context: Context, wanted: search.Search, count: int, words: Language) -> str:
    """Which entries are shown, and of which run or record."""
    said = []
    if wanted.run_id:
        said.append(_of_run(context, wanted.run_id, words))
    if wanted.record or wanted.xero_id:
        said.append(words.translate("All that happened to one record."))
    if count:
        first, last = wanted.offset + 1, wanted.offset + count
        shown = "Entries {first} to {last}, newest first."
        said.append(words.sentence(shown, first=words.number(first), last=words.number(last)))
    if wanted.hides_unchanged:
        said.append(words.translate("What was unchanged is not shown."))
    return " ".join(said)


def _of_run(context: Context, run_id: str, words: Language) -> str:
    _ = words.translate
    run = next((one for one in context.runs(limit=search.RUNS_KNOWN) if one.id == run_id), None)
    if run is None:
        return _("Of one run.")
    return words.sentence(
        "Run of {moment} UTC, by {by}: {state}, {calls} calls.",
        moment=words.moment(run.started_at),
        by=_(run.trigger),
        state=_(run.state),
        calls=words.number(run.calls),
    )


def _empty(wanted: search.Search, words: Language) -> str:
    _ = words.translate
    if wanted.offset:
        return _("There are no rows on this page.")
    if wanted.results == ("unchanged",):
        return _("Records that were in step as before are counted and have no entry.")
    if wanted.is_narrow:
        return _("Nothing fits. Search for less.")
    if wanted.hides_unchanged:
        return _("Nothing was changed yet. The next sync writes here what it does.")
    return _("Nothing was synced yet.")


def _ways(wanted: search.Search) -> tuple[PageLink, ...]:
    if wanted.offset or wanted.is_narrow:
        return (PageLink("Show everything", "log"),)
    ways = PageLink("Plan and sync", "plan"), PageLink("Xero Queue", "queue")
    return (*ways, PageLink("Notices", "notices"))
