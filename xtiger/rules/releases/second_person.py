"""Whether a push is larger than one person may send, and who may release it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

from xtiger.model.mappings import ModuleSettings
from xtiger.model.plans import REMOVALS, Item
from xtiger.model.releases.asked import AskedRelease
from xtiger.model.values import as_decimal, digest
from xtiger.model.verbs import ResultName

#: What is said to somebody who may not release, and what to do.
NOBODY: Final = (
    "These pages do not know who you are, so nothing was released. Ask your administrator to let "
    "the CRM say who is logged in."
)
SAME: Final = "You asked for this yourself. Ask another person to release it."
#: So long a release counts that was not used.
LASTS: Final = timedelta(hours=24)
#: Results after which nothing waits for a release: it went, or it is planned no longer.
_OVER: Final[frozenset[ResultName]] = frozenset(
    {"created", "updated", "removed", "linked", "unchanged", "excluded", "skipped"}
)
#: How the command line writes who types; nobody has proven to be that.
COMMAND: Final = "cli:"
#: What stands where nobody is known: a schedule or a save, a browser, a command without its user.
UNKNOWN: Final = ("", "web", "cli")
#: Stands between the names of who released and who asked.
JOINS: Final = " + "


def pushes(item: Item) -> bool:
    """Whether an action writes to Xero: a note for what an invoice says less is written, too."""
    writes = item.to_xero is not None or item.credit is not None or bool(item.freed)
    return item.verb is not None and (writes or item.verb in REMOVALS)


def amount_of(item: Item, there: Decimal | None) -> Decimal | None:
    """The amount that an action sends, voids or removes, in its own currency; None for none.

    `there` is what the record in Xero comes to.
    """
    if item.credit is not None:
        return item.credit.total
    if item.expected_total is not None:
        return abs(item.expected_total)
    sent = item.to_xero or {}
    paid = sent.get("Amount")
    found = as_decimal(paid) if paid is not None else there
    return None if found is None else abs(found)


def excess(
    amount: Decimal | None, records: int, settings: ModuleSettings
) -> tuple[str, str] | None:
    """(what it is, what one person may send) where it is more; None where it may go."""
    limit, most = settings.second_amount, settings.second_records
    if limit and amount is not None and amount > limit:
        return f"{amount:,.2f}", f"{limit:,}"
    if most and records > most:
        return f"{records:,} {settings.module}", f"{most:,}"
    return None


def written(item: Item, amount: Decimal | None) -> str:
    """What a release is bound to: the digest of all that an action writes, and its amount."""
    # An id in Xero may be a stand-in still, and a host may number its lines anew with each save:
    # the CRM's own values say whose it is, and what is sent says which lines.
    sent = {key: one for key, one in (item.to_xero or {}).items() if not key.endswith("ID")}
    own = {key: one for key, one in item.crm_values.items() if key != "lines"}
    return digest([item.kind, item.verb, sent, own, amount, repr(item.credit), repr(item.freed)])


def is_released(asked: AskedRelease | None, now: AskedRelease) -> bool:
    """Whether a release covers a push as it is now: the same, in as large a run, and in time."""
    if asked is None or not asked.released_by or asked.released_at is None:
        return False
    lasts = now.at - asked.released_at <= LASTS and bool(asked.undo) is bool(now.undo)
    return lasts and asked.digest == now.digest and not _is_more(now, asked)


def is_over(result: ResultName) -> bool:
    """Whether nothing waits for a release after this result of a record."""
    return result in _OVER


def _is_more(now: AskedRelease, before: AskedRelease) -> bool:
    if now.records > before.records:
        return True
    return now.amount is not None and (before.amount is None or now.amount > before.amount)


def is_person(by: str) -> bool:
    """Whether a name is one that the CRM's login gave; what begins a run may be none."""
    return by not in UNKNOWN and not by.startswith(COMMAND)


def asked_anew(before: AskedRelease | None, now: AskedRelease) -> AskedRelease:
    """What is kept of a push that waits: the first person who asked for as much stays its asker.

    Who asks for more has asked for that alone, and may not release it.
    """
    if before is None or bool(before.undo) is not bool(now.undo):
        return now
    if _is_more(now, before) and is_person(now.by):
        return now
    # A release that does not cover what became of it is no request of who released.
    first, *askers = now.by.split(JOINS)
    own = bool(before.released_by) and first == before.released_by and (askers or not before.by)
    if own or (is_person(before.by) and not (before.released_by and is_person(now.by))):
        return replace(now, by=before.by, at=before.at)
    return now


def refusal(asked: AskedRelease, by: str) -> str:
    """Why this person may not release it; "" where they may."""
    if not is_person(by):
        return NOBODY
    return SAME if by in asked.by.split(JOINS) else ""


def names(by: str, asked: Iterable[AskedRelease]) -> str:
    """Who released and who asked, as the run that sends it is begun by both."""
    return JOINS.join(dict.fromkeys([by, *sorted({one.by for one in asked if one.by})]))
