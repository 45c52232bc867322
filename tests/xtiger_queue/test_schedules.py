"""When a schedule is due next, through gaps and repeats of summer time, and what it takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.xtiger_queue.context import ORDER, START
from xtiger.errors import NeedsPerson, RateLimited
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
