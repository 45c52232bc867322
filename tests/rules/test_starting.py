"""The first day's rules: proposals, the start day, whom Xero brings, how invoices arrive."""

from __future__ import annotations

from datetime import date

import pytest

from xtiger.model.links import Pair
from xtiger.model.plans import Cause, Item, Needed
from xtiger.model.records import Ref
from xtiger.model.start_answers import Bring, StartAnswers
from xtiger.rules.starting import (
    arriving,
    before_start,
    first_of_year,
    first_records,
    is_before,
    is_brought,
    oldest_first,
    proposed,
    waits_for_approving,
)

START = date(2026, 4, 1)


@pytest.mark.parametrize(
    ("day", "month", "today", "first"),
    [
        (31, 3, date(2026, 11, 28), date(2026, 4, 1)),
        (31, 3, date(2026, 3, 31), date(2025, 4, 1)),
        (31, 3, date(2026, 4, 1), date(2026, 4, 1)),
        (5, 4, date(2026, 4, 5), date(2025, 4, 6)),
        (5, 4, date(2026, 4, 6), date(2026, 4, 6)),
        (29, 2, date(2026, 3, 1), date(2026, 3, 1)),
        (29, 2, date(2024, 2, 29), date(2023, 3, 1)),
        (30, 6, date(2026, 7, 1), date(2026, 7, 1)),
        (31, 6, date(2026, 7, 1), date(2026, 7, 1)),
    ],
)
def test_a_financial_year_begins_the_day_after_the_last(
    day: int, month: int, today: date, first: date
) -> None:
    """Whatever day a country ends its books on."""
    organisation = {"FinancialYearEndDay": day, "FinancialYearEndMonth": month}

    assert first == first_of_year(organisation, today)


@pytest.mark.parametrize(
    "organisation",
    [{}, {"FinancialYearEndDay": "31"}, {"FinancialYearEndDay": 0, "FinancialYearEndMonth": 13}],
)
def test_without_a_known_year_it_is_the_calendars(organisation: dict[str, object]) -> None:
    """Nothing said, or nothing that is a day."""
    assert date(2026, 1, 1) == first_of_year(organisation, date(2026, 11, 28))


def test_the_proposal_cannot_hurt_the_books() -> None:
    """After the lock date, as drafts, customers only, nothing sent before its plan was seen."""
    answers = proposed({}, date(2026, 6, 30), date(2026, 11, 28))

    assert date(2026, 7, 1) == answers.from_day
    assert ("draft", "customers", "asked") == (answers.arrive, answers.bring, answers.stage)
    assert date(2026, 1, 1) == proposed({}, None, date(2026, 11, 28)).from_day


@pytest.mark.parametrize(
    ("day", "is_open", "open_before", "before"),
    [
        (date(2026, 3, 31), False, False, True),
        (date(2026, 3, 31), True, False, True),
        (date(2026, 3, 31), True, True, False),
        (date(2026, 3, 31), False, True, True),
        (date(2026, 4, 1), False, False, False),
        (None, False, False, False),
    ],
)
def test_what_is_before_the_start(
    day: date | None, is_open: bool, open_before: bool, before: bool
) -> None:
    """The start day itself is in; open ones by a tick; one without a day is judged elsewhere."""
    answers = StartAnswers(from_day=START, open_before=open_before)

    assert before == is_before(answers, day, is_open=is_open)


def test_without_a_start_nothing_is_before_it() -> None:
    """As it was for connections made before there were answers."""
    assert not is_before(StartAnswers(), date(1999, 1, 1), is_open=False)


@pytest.mark.parametrize(
    ("bring", "customer", "other"),
    [("customers", True, False), ("all", True, True), ("none", False, False)],
)
def test_whom_xero_brings(bring: Bring, customer: bool, other: bool) -> None:
    """Customers only, all, or nobody."""
    answers = StartAnswers(bring=bring)

    assert customer == is_brought(answers, is_customer=True)
    assert other == is_brought(answers, is_customer=False)


def test_invoices_arrive_as_drafts_until_approving_is_released() -> None:
    """Only what would be approved changes; a draft stays one, and so does anything else."""
    drafts, released = StartAnswers(arrive="draft"), StartAnswers(arrive="as_crm")

    assert ["DRAFT", "DRAFT", "DRAFT"] == [
        arriving(drafts, status) for status in ("AUTHORISED", "SUBMITTED", "DRAFT")
    ]
    assert "VOIDED" == arriving(drafts, "VOIDED")
    assert "AUTHORISED" == arriving(released, "AUTHORISED")


@pytest.mark.parametrize(
    ("day", "is_open", "cause"),
    [
        (date(2026, 3, 31), False, Cause("before_start", {"start": "2026-04-01"})),
        (date(2026, 3, 31), True, None),
        (START, False, None),
        ("2026-03-31", False, None),
        (None, False, None),
    ],
)
def test_what_stays_out_says_since_when(day: object, is_open: bool, cause: Cause | None) -> None:
    """The start day is in the sentence; what has no day is judged by its other gaps."""
    answers = StartAnswers(START, open_before=True)

    assert cause == before_start(answers, day, is_open=is_open)


def action(number: int, module: str, crm_id: str, *needs: tuple[str, str]) -> Item:
    """A create of a plan; `needs` are (module, CRM id)."""
    named = tuple(Needed(Ref(one, key), key) for one, key in needs)
    return Item(module, "Contact", crm_id, None, crm_id, verb="create", number=number, needs=named)


def test_the_first_records_are_whole_documents() -> None:
    """An invoice with its customer and product first; then what else the count lets in."""
    items = [
        action(1, "Organizations", "a"),
        action(2, "Organizations", "b"),
        action(3, "Organizations", "c"),
        action(4, "Products", "p"),
        action(5, "Invoices", "i", ("Organizations", "c"), ("Products", "p")),
        action(6, "Invoices", "j", ("Organizations", "b")),
    ]

    assert frozenset({3, 4, 5}) == first_records(items, 3)
    assert frozenset({3, 4, 5, 1}) == first_records(items, 4)
    assert frozenset({3, 4, 5, 2, 6}) == first_records(items, 5)
    assert frozenset(range(1, 7)) == first_records(items, 10)


def test_a_document_too_large_for_the_count_waits() -> None:
    """Its parts may go; it comes with the rest."""
    items = [
        action(1, "Organizations", "a"),
        action(2, "Products", "p"),
        action(3, "Invoices", "i", ("Organizations", "a"), ("Products", "p")),
    ]

    assert frozenset({1, 2}) == first_records(items, 2)


@pytest.mark.parametrize(
    ("status", "waits"),
    [
        (Pair({"status": "Approved", "wanted": "DRAFT"}, "DRAFT"), True),
        (Pair({"status": "Gone out", "wanted": "DRAFT"}, "DRAFT"), True),
        (Pair({"status": "Created", "wanted": "DRAFT"}, "DRAFT"), False),
        (Pair({"status": "Approved", "wanted": "AUTHORISED"}, "AUTHORISED"), False),
        (Pair({"status": "Approved", "wanted": "AUTHORISED"}, "DRAFT"), False),
        (Pair({"wanted": "DRAFT"}, "DRAFT"), False),
        (Pair("DRAFT", "DRAFT"), False),
        (None, False),
    ],
)
def test_what_a_release_would_approve(status: Pair | None, waits: bool) -> None:
    """Sent as a draft, still one there, and approved by what the CRM says."""
    assert waits == waits_for_approving(status, {"Gone out": "AUTHORISED"})


def test_what_is_no_action_is_not_counted() -> None:
    """Only what changes a side is held back or let go."""
    quiet = Item("Organizations", "Contact", "a", None, "a", number=1)

    assert frozenset() == first_records([quiet])


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (None, None, ("a", "b", "c", "d")),
        (date(2025, 2, 1), None, ("b", "c")),
        (None, date(2025, 2, 1), ("a", "b")),
        (date(2025, 2, 1), date(2025, 2, 1), ("b",)),
        (date(2025, 4, 1), date(2025, 5, 1), ()),
    ],
)
def test_a_range_has_its_days_the_oldest_first(
    first: date | None, last: date | None, expected: tuple[str, ...]
) -> None:
    """Both days are included; what has no day is in no range, and comes last without one."""
    found = [
        ("d", None),
        ("c", date(2025, 3, 1)),
        ("a", date(2025, 1, 1)),
        ("b", date(2025, 2, 1)),
    ]

    assert expected == oldest_first([(day, one) for one, day in found], first, last)
