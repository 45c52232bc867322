"""Schedules as data: how often a module is synced automatically, and when it is due next."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterError, croniter

from xtiger.errors import NeedsPerson, RetryLater
from xtiger.model.asked_sync import Direction
from xtiger.model.calls import CallsLeft
from xtiger_queue import quiet as quiet_hours

#: Stands for every module that has no schedule of its own.
ALL = ""
#: What a module has that a schedule for all shall leave out.
OFF = "off"
#: As often as the calls of the day permit, and the less often the longer nothing changes.
AUTO = "auto"
#: The longest pause of AUTO while there are calls enough.
LONGEST_PAUSE = timedelta(hours=1)
#: Calls of a look at both sides in which nothing changed, at most.
CALLS_PER_LOOK = 6
#: The share of what is left of the day's calls that AUTO may use; the rest is for what people do.
SHARE = 0.5
#: More often would spend Xero's 1,000 calls a day on looking.
SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(days=31)

#: Connection id, whether it is a proof, and its direction.
Kind: TypeAlias = "tuple[str, bool, Direction]"

_INTERVAL = re.compile(r"(\d{1,5})\s*(m|min|h|d)")
_UNITS = {"m": 60, "min": 60, "h": 3_600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class Schedule:
    """When one module of a connection, or all that have no other schedule, is synced."""

    connection_id: str
    #: A module's name, or ALL.
    module: str
    #: An interval such as "15m", a crontab line such as "0 2 * * 1-5", AUTO, or OFF.
    every: str
    #: The zone that a crontab line and quiet hours are meant in, such as "Europe/Berlin".
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
    #: Which way alone records move; "" for both. A proof has none.
    direction: Direction = ""
    #: Hours in which none begins, such as "22:00-06:00"; "" for none.
    quiet: str = ""
    #: How many runs of AUTO in a row found nothing to do.
    idle: int = 0

    @property
    def kind(self) -> Kind:
        """What one run does: schedules of one kind that are due together are one run."""
        return self.connection_id, self.proof, self.direction


def made(
    connection_id: str,
    module: str,
    every: str,
    zone: str,
    now: datetime,
    *,
    proof: bool = False,
    direction: Direction = "",
    quiet: str = "",
) -> Schedule:
    """A new schedule, due for the first time after its first interval.

    Raises NeedsPerson for what is no interval, no crontab line, no zone or no quiet hours, and for
    one that comes more often than every five minutes.
    """
    text = " ".join(every.split())
    if proof and direction:
        raise NeedsPerson("A proof compares both sides: it has no direction")
    kept = quiet_hours.checked(quiet)
    one = Schedule(connection_id, module, text, zone, None, proof=proof, direction=direction)
    if text == OFF:
        return one
    _zone(zone)
    first = next_due(text, zone, now)
    second = next_due(text, zone, first)
    if second - first < SHORTEST:
        raise NeedsPerson(
            f"{text!r} is too often: Xero allows 1,000 calls a day, and a look costs up to six. "
            "Take at least 5m; 15m is usual"
        )
    return replace(one, due_at=quiet_hours.outside(kept, zone, first), quiet=kept)


def next_due(every: str, zone: str, after: datetime) -> datetime:
    """The first moment after this one, in UTC.

    An interval is real time, and that of AUTO the shortest. A crontab line is the clock on the
    wall of its zone: an hour that summer time skips is made up for right after the gap, one that
    comes twice counts once, but a line for every hour goes by real time through both.
    """
    if every == AUTO:
        return after + SHORTEST
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
        'Take 15m, 2h, 1d, auto, or five fields such as "0 2 * * 1-5"'
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


def done(
    schedule: Schedule,
    started_at: datetime,
    now: datetime,
    said: str = "",
    *,
    has_changed: bool = True,
    calls: CallsLeft | None = None,
) -> Schedule:
    """The schedule after a run that ended well; times missed meanwhile are not made up for.

    `said` is what a proof found, "" when both sides agree; `has_changed` whether a sync wrote
    anything, and `calls` what is left of the day: both decide when AUTO is due.
    """
    seen = replace(schedule, idle=0 if has_changed else schedule.idle + 1)
    return replace(_later(seen, started_at, now, calls), done_at=now, sentence=said)


def pause_of(idle: int, calls: CallsLeft | None, now: datetime) -> timedelta:
    """How long AUTO waits after so many runs in a row that found nothing.

    Five minutes, twice as long after each such run, at most an hour. Longer where half of the
    calls that are left would not last until Xero counts anew.
    """
    pause: timedelta = min(SHORTEST * (1 << min(idle, 10)), LONGEST_PAUSE)
    if calls is None or calls.resets_at <= now:
        return pause
    looks = int(calls.left * SHARE / CALLS_PER_LOOK)
    rest = calls.resets_at - now
    return max(pause, rest / looks if looks else rest)


def late(schedule: Schedule, now: datetime) -> datetime | None:
    """When a due schedule may begin that has come to be in its quiet hours; None for now."""
    later = quiet_hours.outside(schedule.quiet, schedule.zone, now)
    return later if later > now else None


def postponed(schedule: Schedule, error: RetryLater, now: datetime) -> Schedule:
    """The schedule after a stop that passes: soon again, not at the next regular time."""
    wait = timedelta(seconds=max(1.0, error.retry_after_seconds))
    return replace(waiting(schedule, now + wait), sentence=str(error))


def waiting(schedule: Schedule, until: datetime) -> Schedule:
    """The schedule that nobody runs, due then or after the quiet hours that this falls in."""
    due = quiet_hours.outside(schedule.quiet, schedule.zone, until)
    return replace(schedule, holder=None, claimed_until=None, due_at=due)


def failed(schedule: Schedule, said: str, started_at: datetime, now: datetime) -> Schedule:
    """The schedule after a run that a person or a change must mend."""
    broken = replace(schedule, idle=schedule.idle + 1)
    return replace(_later(broken, started_at, now), sentence=said)


def _later(
    schedule: Schedule, started_at: datetime, now: datetime, calls: CallsLeft | None = None
) -> Schedule:
    if schedule.every == AUTO:
        return waiting(schedule, now + pause_of(schedule.idle, calls, now))
    due = next_due(schedule.every, schedule.zone, started_at)
    if due <= now:
        due = next_due(schedule.every, schedule.zone, now)
    return waiting(schedule, due)


def replaced(known: Collection[Schedule], new: Schedule) -> list[Schedule]:
    """All schedules of a connection after one was set or switched off.

    Switching all off leaves none; a module is only kept as off where one for all would take it.
    Schedules of syncs both ways, of each direction, and of proofs stand beside each other.
    """
    others = [one for one in known if one.kind != new.kind]
    if new.every == OFF and new.module == ALL:
        return others
    rest = [one for one in known if one.kind == new.kind and one.module != new.module]
    if new.every == OFF and not any(one.module == ALL for one in rest):
        return [*others, *rest]
    return [*others, *rest, new]


def as_it_was(new: Schedule, known: Iterable[Schedule]) -> Schedule:
    """The schedule that is known already where the new one says the same: its turn stays."""
    said = (new.kind, new.module, new.every, new.zone, new.quiet)
    same = (one for one in known if said == (one.kind, one.module, one.every, one.zone, one.quiet))
    return next(same, new)


def without_idle_off(wanted: Sequence[Schedule]) -> list[Schedule]:
    """These without what is off where no schedule for all of its kind would take it."""
    for_all = {one.kind for one in wanted if one.module == ALL and one.every != OFF}
    return [
        one for one in wanted if one.every != OFF or (one.module != ALL and one.kind in for_all)
    ]
