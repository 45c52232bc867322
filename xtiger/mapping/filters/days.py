"""Days and periods of a filter, as they are typed: fixed ones, and those relative to today."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import Final

#: today - 30 days
RELATIVE: Final = re.compile(
    r"(today)\s*([+-])\s*(\d{1,5})\s*(day|week|month|year)s?", re.IGNORECASE
)
#: last 30 days, this year
PERIOD: Final = re.compile(
    r"(last|this|next)\s+(?:(\d{1,5})\s+)?(day|week|month|quarter|year)s?", re.IGNORECASE
)
_NEAR = {"yesterday": -1, "today": 0, "tomorrow": 1}
_ISO = re.compile(r"\d{4}-\d\d-\d\d")


def is_relative(text: str) -> bool:
    """Whether a day or a period moves with today."""
    word = text.strip().lower()
    return word in _NEAR or bool(RELATIVE.fullmatch(word) or PERIOD.fullmatch(word))


def day_of(text: str, today: date) -> date | None:
    """The day that a text means; None for none."""
    word = text.strip().lower()
    try:
        if _ISO.fullmatch(word):
            return date.fromisoformat(word)
        if word in _NEAR:
            return today + timedelta(_NEAR[word])
        found = RELATIVE.fullmatch(word)
        if found is None:
            return None
        count = int(found[3]) if found[2] == "+" else -int(found[3])
        return moved(today, count, found[4])
    except (ValueError, OverflowError):
        return None


def period_of(text: str, today: date) -> tuple[date, date] | None:
    """First and last day of a period; None for no period. Weeks begin on Monday.

    With a number it ends or begins today: last 30 days are today and the 30 days before.
    """
    found = PERIOD.fullmatch(text.strip().lower())
    if found is None or (found[1] == "this" and found[2]):
        return None
    way, unit = {"last": -1, "this": 0, "next": 1}[found[1]], found[3]
    try:
        if found[2]:
            other = moved(today, way * int(found[2]), unit)
            return min(today, other), max(today, other)
        first = moved(_begin(today, unit), way, unit)
        return first, moved(first, 1, unit) - timedelta(1)
    except (ValueError, OverflowError):
        return None


def moved(day: date, count: int, unit: str) -> date:
    """So many units later; the last day of a month stays within it."""
    if unit in ("day", "week"):
        return day + timedelta(count * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 + count * {"month": 1, "quarter": 3, "year": 12}[unit]
    year, month = divmod(months, 12)
    first = date(year, month + 1, 1)
    return first.replace(day=min(day.day, monthrange(year, month + 1)[1]))


def _begin(day: date, unit: str) -> date:
    """The first day of the unit that a day lies in."""
    if unit == "week":
        return day - timedelta(day.weekday())
    if unit == "day":
        return day
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[unit]
    return date(day.year, month, 1)
