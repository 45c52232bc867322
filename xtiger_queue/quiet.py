"""Quiet hours: a part of each day, on the clock of a zone, in which no schedule begins."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from xtiger.errors import NeedsPerson

_HOURS = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*-\s*(\d{1,2})(?::(\d{2}))?")


def checked(text: str) -> str:
    """Quiet hours as they are kept, such as "22:00-06:00"; "" for none.

    Raises NeedsPerson for what is no part of a day.
    """
    if not text.strip():
        return ""
    first, last = _bounds(text)
    return f"{first:%H:%M}-{last:%H:%M}"


def outside(text: str, zone: str, moment: datetime) -> datetime:
    """The moment itself, or the end of the quiet hours that it falls in; aware UTC.

    The hours are those of the clock on the wall. One that summer time skips stands for the moment
    right after the gap, one that comes twice for its first time.
    """
    if not text:
        return moment
    first, last = _bounds(text)
    place = ZoneInfo(zone)
    today = moment.astimezone(place).date()
    # Those that began yesterday may last until this morning.
    for day in (today - timedelta(days=1), today):
        until = day if first < last else day + timedelta(days=1)
        begin = datetime.combine(day, first, place).astimezone(UTC)
        end = datetime.combine(until, last, place).astimezone(UTC)
        if begin <= moment < end:
            return end
    return moment


def _bounds(text: str) -> tuple[time, time]:
    found = _HOURS.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError(text)
        first, last = _time(found[1], found[2]), _time(found[3], found[4])
    except ValueError:
        raise _unreadable(text) from None
    if first == last:
        raise _unreadable(text)
    return first, last


def _time(hours: str, minutes: str | None) -> time:
    """A time of day; 24:00 is the next midnight."""
    if int(hours) == 24 and not int(minutes or 0):
        return time()
    return time(int(hours), int(minutes or 0))


def _unreadable(text: str) -> NeedsPerson:
    return NeedsPerson(
        f"{text[:40]!r} are no quiet hours. Write a part of the day such as 22:00-06:00"
    )
