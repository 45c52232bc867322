"""The first day's rules: what is proposed, what is before the start, whom Xero brings."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from xtiger.model.links import Pair
from xtiger.model.plans import Cause, Item
from xtiger.model.records import Ref
from xtiger.model.start_answers import StartAnswers
from xtiger.rules.causes import cause_of
from xtiger.rules.invoice_status import meaning_of

#: Statuses of an invoice in Xero whose money is still to come.
OPEN = frozenset({"DRAFT", "SUBMITTED", "AUTHORISED"})
#: Statuses of an invoice in Xero that a person must have approved.
APPROVED = frozenset({"SUBMITTED", "AUTHORISED"})
_DECEMBER = 12
#: Records that the first sync carries out.
FIRST = 10


def proposed(organisation: Mapping[str, Any], locked: date | None, today: date) -> StartAnswers:
    """The answers that cannot hurt the books of this organisation (element of Xero).

    The start is the day after its lock date, else the first day of the financial year.
    """
    start = locked + timedelta(days=1) if locked else first_of_year(organisation, today)
    return StartAnswers(from_day=start, arrive="draft", bring="customers", stage="asked")


def first_of_year(organisation: Mapping[str, Any], today: date) -> date:
    """The first day of the financial year of today.

    Xero names the year's last day as FinancialYearEndDay and FinancialYearEndMonth; without them
    the year is the calendar's. 29 February ends a year on the 28th where there is none.
    """
    month = _number(organisation.get("FinancialYearEndMonth"), _DECEMBER, _DECEMBER)
    day = _number(organisation.get("FinancialYearEndDay"), 31, 31)
    last = _last_day(today.year, month, day)
    if last >= today:
        last = _last_day(today.year - 1, month, day)
    return last + timedelta(days=1)


def _number(value: object, usual: int, most: int) -> int:
    found = value if isinstance(value, int) else usual
    return found if 1 <= found <= most else usual


def _last_day(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def is_before(answers: StartAnswers, day: date | None, *, is_open: bool) -> bool:
    """Whether a document or payment of this day stays out.

    One without a day does not: what it lacks is said of it. An open one goes where it may.
    """
    if answers.from_day is None or day is None or day >= answers.from_day:
        return False
    return not (is_open and answers.open_before)


def before_start(answers: StartAnswers, day: object, *, is_open: bool) -> Cause | None:
    """Why a document or payment of this day stays out; None where it does not."""
    known = day if isinstance(day, date) else None
    if not is_before(answers, known, is_open=is_open):
        return None
    return cause_of("before_start", start=str(answers.from_day))


def oldest_first(
    found: Iterable[tuple[date | None, str]], first: date | None, last: date | None
) -> tuple[str, ...]:
    """The ids of these records (day, id) of a range, both days included, the oldest first.

    One without a day is of no range; where there is no bound it comes last.
    """
    unbound = first is None and last is None
    days = [
        (day or date.max, one)
        for day, one in found
        if (unbound if day is None else (first or day) <= day <= (last or day))
    ]
    return tuple(one for _day, one in sorted(days))


def is_brought(answers: StartAnswers, *, is_customer: bool) -> bool:
    """Whether a contact that only Xero has becomes a record of the CRM."""
    return answers.bring == "all" or (answers.bring == "customers" and is_customer)


def arriving(answers: StartAnswers, status: str) -> str:
    """The status in which an invoice of this status is sent (Xero's word)."""
    return "DRAFT" if answers.arrive == "draft" and status in APPROVED else status


def waits_for_approving(status: Pair | None, chosen: Mapping[str, str]) -> bool:
    """Whether an invoice is a draft in Xero only since approving is not released.

    `status`: what both sides agreed on; `chosen`: the option status_map of the mapping.
    """
    if status is None or status.xero != "DRAFT" or not isinstance(status.crm, Mapping):
        return False
    text = str(status.crm.get("status") or "")
    return status.crm.get("wanted") == "DRAFT" and meaning_of(text, chosen) in APPROVED


def first_records(items: Sequence[Item], count: int = FIRST) -> frozenset[int]:
    """The numbers of the items that the first sync carries out: so many records, whole ones.

    Documents come with all that they need, so that a person sees one as it will be; what is left
    of the count is filled in the order of the plan.
    """
    actions = [item for item in items if item.verb is not None]
    of_record = {Ref(item.module, item.crm_id): item for item in actions if item.crm_id}
    chosen: dict[int, None] = {}
    for item in actions:
        if not item.needs:
            continue
        needed = (of_record.get(one.ref) for one in item.needs)
        whole = [*(one.number for one in needed if one is not None), item.number]
        if len(chosen.keys() | set(whole)) <= count:
            chosen.update(dict.fromkeys(whole))
    for item in actions:
        if len(chosen) < count and not item.needs:
            chosen[item.number] = None
    return frozenset(chosen)
