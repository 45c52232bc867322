"""Whether a push is larger than one person may send, and who may release it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from xtiger.model.mappings import ModuleSettings
from xtiger.model.plans import REMOVALS, Item
from xtiger.model.releases.asked import AskedRelease
from xtiger.model.values import as_decimal

#: What is said to somebody who may not release, and what to do.
NOBODY: Final = (
    "These pages do not know who you are, so nothing was released. Ask your administrator to let "
    "the CRM say who is logged in."
)
SAME: Final = "You asked for this yourself. Ask another person to release it."
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


def is_released(asked: AskedRelease | None, amount: Decimal | None, records: int) -> bool:
    """Whether a release covers a push: it has not grown since it was asked."""
    return asked is not None and bool(asked.released_by) and not _is_more(amount, records, asked)


def _is_more(amount: Decimal | None, records: int, asked: AskedRelease) -> bool:
    if records > asked.records:
        return True
    return amount is not None and (asked.amount is None or amount > asked.amount)


def is_person(by: str) -> bool:
    """Whether a name is one that the CRM's login gave; what begins a run may be none."""
    return by not in UNKNOWN and not by.startswith(COMMAND)


def asked_anew(before: AskedRelease | None, now: AskedRelease) -> AskedRelease:
    """What is kept of a push that waits: the first person who asked for as much stays its asker.

    Who asks for more has asked for that alone, and may not release it.
    """
    if before is None or before.released_by or not is_person(before.by):
        return now
    if is_person(now.by) and _is_more(now.amount, now.records, before):
        return now
    return AskedRelease(before.by, before.at, now.amount, now.records)


def refusal(asked: AskedRelease, by: str) -> str:
    """Why this person may not release it; "" where they may."""
    if not is_person(by):
        return NOBODY
    return SAME if by in asked.by.split(JOINS) else ""


def names(by: str, asked: Iterable[AskedRelease]) -> str:
    """Who released and who asked, as the run that sends it is begun by both."""
    return JOINS.join(dict.fromkeys([by, *sorted({one.by for one in asked if one.by})]))
