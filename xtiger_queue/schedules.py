"""Schedules as data: how often a module is synced automatically, and when it is due next."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterError, croniter

from xtiger.errors import NeedsPerson, RetryLater

#: Stands for every module that has no schedule of its own.
ALL = ""
#: What a module has that a schedule for all shall leave out.
OFF = "off"
#: More often would spend Xero's 1,000 calls a day on looking.
SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(days=31)

_INTERVAL = re.compile(r"(\d{1,5})\s*(m|min|h|d)")
_UNITS = {"m": 60, "min": 60, "h": 3_600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class Schedule:
    """When one module of a connection, or all that have no other schedule, is synced."""

    connection_id: str
    #: A module's name, or ALL.
    module: str
    #: An interval such as "15m", a crontab line such as "0 2 * * 1-5", or OFF.
    every: str
    #: The zone that a crontab line is meant in, such as "Europe/Berlin".
    zone: str
    #: None only for OFF.
    due_at: datetime | None
    #: When a run of it last ended well.
    done_at: datetime | None = None
    #: Why the last one did not end well, or what a proof found; "" when all is well.
    sentence: str = ""
    #: Who is running it, and until when he may.
    holder: str | None = None
    claimed_until: datetime | None = None
    #: Whether both sides are compared, as `xtiger reconcile` does, in place of a sync.
    proof: bool = False


def made(
    connection_id: str, module: str, every: str, zone: str, now: datetime, *, proof: bool = False
) -> Schedule:
    """A new schedule, due for the first time after its first interval.

    Raises NeedsPerson for what is no interval, no crontab line or no zone, and for one that
    comes more often than every five minutes.
    """
    text = " ".join(every.split())
    if text == OFF:
        return Schedule(connection_id, module, OFF, zone, None, proof=proof)
    _zone(zone)
    first = next_due(text, zone, now)
    second = next_due(text, zone, first)
    if second - first < SHORTEST:
        raise NeedsPerson(
            f"{text!r} is too often: Xero allows 1,000 calls a day, and a look costs up to six. "
            "Take at least 5m; 15m is usual"
        )
    return Schedule(connection_id, module, text, zone, first, proof=proof)


def next_due(every: str, zone: str, after: datetime) -> datetime:
    """The first moment after this one, in UTC.

    An interval is real time. A crontab line is the clock on the wall of its zone: an hour that
    summer time skips is made up for right after the gap, one that comes twice counts once, but
    a line for every hour goes by real time through both.
    """
    found = _INTERVAL.fullmatch(every)
    if found is not None:
        return after + _interval(every, int(found[1]) * _UNITS[found[2]])
    fields = every.split()
    if len(fields) != 5:
        raise _unreadable(every)
    place = _zone(zone)
    local = after.astimezone(place).replace(tzinfo=None)
    try:
        moments = croniter(every, local)
        if fields[1] == "*":
            offset = after.astimezone(place).utcoffset() or timedelta()
            return (_naive(moments) - offset).replace(tzinfo=UTC)
        while True:
            moment = _naive(moments).replace(tzinfo=place).astimezone(UTC)
            if moment > after:
                return moment
    except (CroniterError, ValueError, KeyError) as error:
        raise _unreadable(every) from error


def _naive(moments: croniter) -> datetime:
    found: datetime = moments.get_next(datetime)
    return found


def _interval(every: str, seconds: int) -> timedelta:
    interval = timedelta(seconds=seconds)
    if not timedelta() < interval <= LONGEST:
        raise NeedsPerson(f"{every!r} is no interval that can be kept. Take 5m to 31d")
    return interval


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise NeedsPerson(
            f"There is no time zone {name!r}. Name one such as Europe/Berlin, or UTC"
        ) from error


def _unreadable(every: str) -> NeedsPerson:
    return NeedsPerson(
        f"{every!r} is neither an interval nor a crontab line that comes true. "
        'Take 15m, 2h, 1d, or five fields such as "0 2 * * 1-5"'
    )


def modules_of(
    due: Iterable[Schedule], known: Iterable[Schedule], synced: Sequence[str]
) -> list[str]:
    """The modules that these due schedules of one connection want, parents first.

    `known` are all its schedules that do the same: one for all leaves out what has its own.
    `synced` are the modules that are on; others are not synced by a schedule either.
    """
    own = {one.module for one in known if one.module != ALL}
    wanted: set[str] = set()
    for one in due:
        wanted |= set(synced) - own if one.module == ALL else {one.module}
    return [name for name in synced if name in wanted]


def done(schedule: Schedule, started_at: datetime, now: datetime, said: str = "") -> Schedule:
    """The schedule after a run that ended well; times missed meanwhile are not made up for.

    `said` is what a proof found, "" when both sides agree.
    """
    return replace(_later(schedule, started_at, now), done_at=now, sentence=said)


def postponed(schedule: Schedule, error: RetryLater, now: datetime) -> Schedule:
    """The schedule after a stop that passes: soon again, not at the next regular time."""
    wait = timedelta(seconds=max(1.0, error.retry_after_seconds))
    return replace(_free(schedule), due_at=now + wait, sentence=str(error))


def failed(schedule: Schedule, said: str, started_at: datetime, now: datetime) -> Schedule:
    """The schedule after a run that a person or a change must mend."""
    return replace(_later(schedule, started_at, now), sentence=said)


def _later(schedule: Schedule, started_at: datetime, now: datetime) -> Schedule:
    due = next_due(schedule.every, schedule.zone, started_at)
    if due <= now:
        due = next_due(schedule.every, schedule.zone, now)
    return replace(_free(schedule), due_at=due)


def _free(schedule: Schedule) -> Schedule:
    return replace(schedule, holder=None, claimed_until=None)


def replaced(known: Collection[Schedule], new: Schedule) -> list[Schedule]:
    """All schedules of a connection after one was set or switched off.

    Switching all off leaves none; a module is only kept as off where one for all would take it.
    Schedules of syncs and of proofs stand beside each other.
    """
    others = [one for one in known if one.proof != new.proof]
    if new.every == OFF and new.module == ALL:
        return others
    rest = [one for one in known if one.proof == new.proof and one.module != new.module]
    if new.every == OFF and not any(one.module == ALL for one in rest):
        return [*others, *rest]
    return [*others, *rest, new]
