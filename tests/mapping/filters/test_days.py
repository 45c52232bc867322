"""Days and periods of a filter, at a day."""

from __future__ import annotations

from datetime import date

import pytest

from xtiger.mapping.filters.days import day_of, is_relative, period_of

#: A Thursday.
TODAY = date(2026, 12, 31)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-30", date(2026, 11, 30)),
        ("2026-02-30", None),
        ("today", TODAY),
        (" Yesterday ", date(2026, 12, 30)),
        ("tomorrow", date(2027, 1, 1)),
        ("today - 30 days", date(2026, 12, 1)),
        ("today+1 week", date(2027, 1, 7)),
        ("today - 1 month", date(2026, 11, 30)),
        ("today + 2 months", date(2027, 2, 28)),
        ("today - 10 years", date(2016, 12, 31)),
        ("today - 99999 years", None),
        ("today - 99999 days", date(1753, 3, 18)),
        ("soon", None),
        ("30.11.2026", None),
    ],
)
def test_a_day_is_read(text: str, day: date | None) -> None:
    """ISO days, words, and so many units from today; a month ends where it ends."""
    assert day == day_of(text, TODAY)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("last 30 days", (date(2026, 12, 1), TODAY)),
        ("next 2 weeks", (TODAY, date(2027, 1, 14))),
        ("last 1 quarter", (date(2026, 9, 30), TODAY)),
        ("this day", (TODAY, TODAY)),
        ("this week", (date(2026, 12, 28), date(2027, 1, 3))),
        ("last week", (date(2026, 12, 21), date(2026, 12, 27))),
        ("this month", (date(2026, 12, 1), TODAY)),
        ("next month", (date(2027, 1, 1), date(2027, 1, 31))),
        ("This  Quarter", (date(2026, 10, 1), TODAY)),
        ("last year", (date(2025, 1, 1), date(2025, 12, 31))),
        ("this 3 days", None),
        ("last 99999 years", None),
        ("soon", None),
    ],
)
def test_a_period_is_read(text: str, period: tuple[date, date] | None) -> None:
    """With a number up to or from today; else the whole week from Monday, month, quarter, year."""
    assert period == period_of(text, TODAY)


def test_what_moves_with_today() -> None:
    """Words and counts do, a day of the calendar does not."""
    moving = ["today", "today - 1 day", "last 30 days", "this year", "2026-11-30", "South"]

    assert [True, True, True, True, False, False] == [is_relative(text) for text in moving]
