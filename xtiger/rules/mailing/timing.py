"""When a recipient's next report is due, and when a letter is tried again."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from xtiger.model.mailing.recipients import Every

#: Reports come at this hour of the recipient's day: read with the first coffee.
_HOUR: Final = time(7)
_MONDAY: Final = 0
#: Seconds until the next try after the first, second … one that failed: three days in all.
RETRY_SECONDS: Final = (60, 300, 1_800, 7_200, 21_600, 43_200, 86_400, 86_400)


def next_report(every: Every, zone: str, after: datetime) -> datetime | None:
    """The first moment of a report after this one, in UTC; None for at_once and never.

    Each day, each Monday or each first of a month, at seven on the clock of the zone.
    """
    if every in ("at_once", "never"):
        return None
    place = ZoneInfo(zone)
    day = after.astimezone(place).date()
    while True:
        moment = datetime.combine(day, _HOUR, place).astimezone(UTC)
        if moment > after and _fits(every, day):
            return moment
        day += timedelta(days=1)


def _fits(every: Every, day: date) -> bool:
    if every == "weekly":
        return day.weekday() == _MONDAY
    return every == "daily" or day.day == 1


def next_try(tries: int, now: datetime) -> datetime | None:
    """When a letter is tried again after so many tries; None once it is given up."""
    if tries > len(RETRY_SECONDS):
        return None
    return now + timedelta(seconds=RETRY_SECONDS[max(tries, 1) - 1])
