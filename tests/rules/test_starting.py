"""The first day's rules: proposals, the start day, whom Xero brings, how invoices arrive."""

from __future__ import annotations

from datetime import date

import pytest

from xtiger.model.plans import Cause
from xtiger.model.start_answers import Bring, StartAnswers
from xtiger.rules.starting import (
    arriving,
    before_start,
    first_of_year,
    is_before,
    is_brought,
    proposed,
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
    assert ("draft", "customers", "plan") == (answers.arrive, answers.bring, answers.stage)
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
