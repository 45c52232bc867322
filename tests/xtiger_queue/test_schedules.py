"""When a schedule is due next, through gaps and repeats of summer time, and what it takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.xtiger_queue.context import ORDER, START
from xtiger.errors import NeedsPerson, RateLimited
from xtiger.model.calls import CallsLeft
from xtiger_queue import schedules
from xtiger_queue.schedules import ALL, OFF, Schedule, next_due

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def one(module: str = ALL, every: str = "15m") -> Schedule:
    """A schedule due at START."""
    return Schedule("c1", module, every, "UTC", START)


@pytest.mark.parametrize(
    ("every", "seconds"), [("5m", 300), ("15min", 900), ("2h", 7_200), ("1 d", 86_400)]
)
def test_an_interval_is_real_time(every: str, seconds: int) -> None:
    """Whatever the zone's clock does meanwhile."""
    after = at("2026-10-25T00:30")

    assert after + timedelta(seconds=seconds) == next_due(every, BERLIN, after)


@pytest.mark.parametrize(
    ("every", "after", "due"),
    [
        # An ordinary day: 02:30 in winter is 01:30 UTC, in summer 00:30.
        ("30 2 * * *", "2026-01-10T12:00", "2026-01-11T01:30"),
        ("30 2 * * *", "2026-07-10T12:00", "2026-07-11T00:30"),
        # 29 March 2026 has no 02:30: right after the gap, once.
        ("30 2 * * *", "2026-03-28T12:00", "2026-03-29T01:30"),
        ("30 2 * * *", "2026-03-29T01:30", "2026-03-30T00:30"),
        # 25 October 2026 has 02:30 twice: the first one counts.
        ("30 2 * * *", "2026-10-24T12:00", "2026-10-25T00:30"),
        ("30 2 * * *", "2026-10-25T00:30", "2026-10-26T01:30"),
        # Between both: it has run already.
        ("30 2 * * *", "2026-10-25T01:10", "2026-10-26T01:30"),
        # A line for every hour goes by real time through the hour that comes twice, and the gap.
        ("*/15 * * * *", "2026-10-25T00:45", "2026-10-25T01:00"),
        ("*/15 * * * *", "2026-10-25T01:00", "2026-10-25T01:15"),
        ("*/15 * * * *", "2026-03-29T00:45", "2026-03-29T01:00"),
        # Monday to Friday.
        ("0 22 * * 1-5", "2026-11-20T21:30", "2026-11-23T21:00"),
    ],
)
def test_a_crontab_line_is_the_clock_on_the_wall(every: str, after: str, due: str) -> None:
    """Each day once, at the hour that people read there."""
    assert at(due) == next_due(every, BERLIN, at(after))


def test_a_year_of_nights_has_365_runs() -> None:
    """Every due time is later than the one before, and none is left out."""
    moment, nights = at("2026-01-01T12:00"), []
    while moment < at("2027-01-01T01:30"):
        moment = next_due("30 2 * * *", BERLIN, moment)
        nights.append(moment)

    assert (365, nights) == (len(nights), sorted(set(nights)))


@pytest.mark.parametrize(
    ("every", "zone", "said"),
    [
        ("sometimes", "UTC", "neither an interval nor a crontab line"),
        ("0 0 31 2 *", "UTC", "that comes true"),
        ("61 * * * *", "UTC", "neither an interval"),
        ("* * * * * *", "UTC", "neither an interval"),
        ("1m", "UTC", "too often"),
        ("* * * * *", "UTC", "too often"),
        ("0m", "UTC", "no interval that can be kept"),
        ("99d", "UTC", "no interval that can be kept"),
        ("15m", "Europe/Atlantis", "no time zone"),
        ("15m", "../etc/passwd", "no time zone"),
        ("15m", "", "no time zone"),
    ],
)
def test_what_cannot_be_kept_is_refused(every: str, zone: str, said: str) -> None:
    """With what to write instead."""
    with pytest.raises(NeedsPerson, match=said):
        schedules.made("c1", ALL, every, zone, START)


def test_a_new_schedule_waits_its_first_interval() -> None:
    """Setting one is no wish for a sync now."""
    assert START + timedelta(minutes=15) == schedules.made("c1", ALL, "15m", "UTC", START).due_at


def test_one_for_all_leaves_out_what_has_its_own() -> None:
    """A module that is off, too; and what is not synced at all."""
    known = [one(), one("Invoices", "5m"), one("Payments", OFF)]

    assert ["Organizations", "Products"] == schedules.modules_of(known[:1], known, ORDER)
    assert ["Organizations", "Products", "Invoices"] == schedules.modules_of(
        known[:2], known, ORDER
    )
    assert [] == schedules.modules_of([one("Cars")], known, ORDER)


def test_times_missed_are_not_made_up_for() -> None:
    """After a week of downtime it runs once, then goes on as usual."""
    now = START + timedelta(days=7)
    after = schedules.done(one(), now, now + timedelta(minutes=2))

    assert (now + timedelta(minutes=15), "") == (after.due_at, after.sentence)


def test_a_run_longer_than_its_interval_does_not_pile_up() -> None:
    """The next one is due an interval after its end."""
    end = START + timedelta(minutes=40)

    assert end + timedelta(minutes=15) == schedules.done(one(), START, end).due_at


def test_a_limit_is_waited_for() -> None:
    """The next try is when the limit says, with its sentence."""
    after = schedules.postponed(one(), RateLimited("minute", retry_after_seconds=40), START)

    assert (START + timedelta(seconds=40), True) == (after.due_at, bool(after.sentence))


def test_what_a_person_must_mend_waits_for_the_next_time() -> None:
    """It says why in the list meanwhile."""
    after = schedules.failed(one(), "The terms …", START, START)

    assert (START + timedelta(minutes=15), "The terms …") == (after.due_at, after.sentence)


def test_setting_and_switching_off() -> None:
    """Off is kept only where one for all would take the module."""
    everything, invoices, off = one(), one("Invoices"), one("Invoices", OFF)

    assert [everything, off] == schedules.replaced([everything, invoices], off)
    assert [] == schedules.replaced([invoices], off)
    assert [] == schedules.replaced([everything, invoices], one(ALL, OFF))
    assert [invoices, everything] == schedules.replaced([invoices], everything)


def test_a_proof_has_no_direction() -> None:
    """It compares both sides."""
    with pytest.raises(NeedsPerson, match="no direction"):
        schedules.made("c1", ALL, "1d", "UTC", START, proof=True, direction="to_crm")


def test_a_new_schedule_begins_after_its_quiet_hours() -> None:
    """And a line of the night waits for the morning each day."""
    made = schedules.made("c1", ALL, "30 3 * * *", "UTC", START, quiet="22-6")

    assert (at("2026-11-21T06:00"), "22:00-06:00") == (made.due_at, made.quiet)


def test_a_limit_that_ends_in_quiet_hours_is_waited_for_longer() -> None:
    """The next try comes after them."""
    quiet = replace(one(), quiet="09:00-10:00")
    after = schedules.postponed(quiet, RateLimited("minute", retry_after_seconds=40), START)

    assert at("2026-11-20T10:00") == after.due_at


@pytest.mark.parametrize(
    ("idle", "left", "minutes"),
    [
        (0, None, 5),
        (2, None, 20),
        (9, None, 60),
        # Half of 600 are 50 looks in ten hours: one in twelve minutes.
        (0, CallsLeft(1_000, 600, START + timedelta(hours=10)), 12),
        (3, CallsLeft(1_000, 600, START + timedelta(hours=10)), 40),
        # Too few for one look: until Xero counts anew.
        (0, CallsLeft(1_000, 5, START + timedelta(hours=10)), 600),
        # Xero counts anew by now: what was left says nothing.
        (0, CallsLeft(1_000, 5, START), 5),
    ],
)
def test_auto_keeps_to_the_calls_of_the_day(
    idle: int, left: CallsLeft | None, minutes: float
) -> None:
    """Longer while nothing changes, and so that half of what is left stays for people."""
    assert timedelta(minutes=minutes) == schedules.pause_of(idle, left, START)


def test_auto_never_uses_up_a_day() -> None:
    """A day of looks on the smallest tier, and something always changes: a tenth is left."""
    now, left, end = START, 1_000, START + timedelta(days=1)
    while now < end:
        now += schedules.pause_of(0, CallsLeft(1_000, left, end), now)
        left -= schedules.CALLS_PER_LOOK if now < end else 0

    assert left >= 100


def test_a_failing_auto_comes_less_often_too() -> None:
    """What a person must mend is not asked for every five minutes."""
    auto = one(every=schedules.AUTO)
    first = schedules.failed(auto, "…", START, START)
    second = schedules.failed(first, "…", START, START)

    assert [10, 20] == [
        (each.due_at - START).total_seconds() / 60 for each in (first, second) if each.due_at
    ]
