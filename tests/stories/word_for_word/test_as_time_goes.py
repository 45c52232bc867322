"""What a person sees as hours and days go by: the wall clock itself stands, and is moved on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory

from tests.cli.conftest import Xtiger
from tests.stories.word_for_word.conftest import Place
from xtiger.hosts.memory import MemoryHost

pytestmark = pytest.mark.usefixtures("frozen")


def refreshes(place: Place) -> int:
    """Token requests but for the one of the consent."""
    return len([call for call in place.sandbox.calls() if call.path == "/connect/token"]) - 1


def connection(xtiger: Xtiger) -> Any:
    """What is known of the only connection."""
    (found,) = xtiger("connections", "--json").json["connections"]
    return found


def counted(place: Place) -> int:
    """Calls that the organisation's limit has counted so far."""
    return len([call for call in place.sandbox.calls() if call.path.startswith("/api.xro")])


def logged(xtiger: Xtiger, *options: str) -> list[tuple[str, str]]:
    """(when, record) of each creation that the log has, newest first."""
    found = xtiger("log", "--json", "--result", "created", *options).json
    return [(row["at"], row["record"]) for row in found["entries"]]


def starts(xtiger: Xtiger) -> list[tuple[str, str]]:
    """(begin, who began it) of each run, oldest first."""
    found = xtiger("runs", "--json").json["runs"]
    return [(run["started_at"], run["trigger"]) for run in reversed(found)]


def test_a_token_lasts_28_minutes(
    frozen: FrozenDateTimeFactory, connected: Xtiger, place: Place
) -> None:
    """A plan within them renews nothing; of two afterwards the first renews it."""
    frozen.tick(timedelta(minutes=27))
    connected("plan")
    early = refreshes(place)
    frozen.tick(timedelta(minutes=1))
    connected("plan")
    connected("plan")

    assert (0, 1) == (early, refreshes(place))


def test_each_use_keeps_the_permission_for_60_days(
    frozen: FrozenDateTimeFactory, connected: Xtiger
) -> None:
    """Used on the 59th day it lasts 60 more; then it has ended, and the cure is named."""
    frozen.tick(timedelta(days=59))
    before = connection(connected)["permission_days_left"]
    used = connected("plan")
    after = connection(connected)["permission_days_left"]
    frozen.tick(timedelta(days=60, seconds=1))
    ended = connected("plan")

    assert (1, 0, 60, 3) == (before, used.code, after, ended.code)
    assert "Connect again: xtiger connect" in ended.err


def test_a_permission_that_ends_soon_is_told(
    frozen: FrozenDateTimeFactory, connected: Xtiger
) -> None:
    """Two days before, the list of connections says what keeps it."""
    frozen.tick(timedelta(days=57, hours=12))

    assert "Its permission ends in 2 days unless it is used. Sync once: xtiger sync" in (
        connected("connections").out
    )


def test_the_log_is_cut_at_midnight(
    frozen: FrozenDateTimeFactory, connected: Xtiger, host: MemoryHost
) -> None:
    """What was done a second before belongs to the day before; both days are included."""
    connected("extensions", "enable", "xtlog")
    for name, moment in (
        ("Weka", datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)),
        ("Ruru", datetime(2026, 11, 21, tzinfo=UTC)),
    ):
        frozen.move_to(moment - timedelta(minutes=3))
        host.create("Organizations", {"accountname": name})
        frozen.move_to(moment)
        connected("sync")
    weka, ruru = ("2026-11-20T23:59:59+00:00", "Weka"), ("2026-11-21T00:00:00+00:00", "Ruru")

    assert [ruru, weka] == logged(connected)
    assert [weka] == logged(connected, "--to", "2026-11-20")
    assert [ruru] == logged(connected, "--from", "2026-11-21")


def test_the_calls_of_a_day_come_back(
    frozen: FrozenDateTimeFactory, connected: Xtiger, place: Place
) -> None:
    """Xero counts anew when it was said, and not a second before; the next call tells it."""
    connected("sync")
    today = connection(connected)
    again = datetime.fromisoformat(today["day_resets_at"])
    frozen.move_to(again - timedelta(seconds=1))
    before = connection(connected)["day_calls_left"]
    frozen.move_to(again)
    unknown = connection(connected)["day_calls_left"]
    calls = counted(place)
    connected("plan")
    calls = counted(place) - calls

    assert (today["day_calls_left"], None) == (before, unknown)
    assert 1000 - calls == connection(connected)["day_calls_left"]


def test_a_schedule_keeps_the_hours_of_its_zone(
    frozen: FrozenDateTimeFactory, connected: Xtiger, host: MemoryHost
) -> None:
    """At two on working days in Berlin: nothing on Saturday, and one run on Monday."""
    connected("extensions", "enable", "xtqueue")
    connected("queue", "schedule", "set", "all", "0 2 * * 1-5", "--zone", "Europe/Berlin")
    for moment in (
        datetime(2026, 11, 21, 1, 0, tzinfo=UTC),  # Saturday
        datetime(2026, 11, 23, 0, 59, 59, tzinfo=UTC),  # Monday, a second before two in Berlin
        datetime(2026, 11, 23, 1, 0, tzinfo=UTC),
        datetime(2026, 11, 23, 1, 1, tzinfo=UTC),
    ):
        frozen.move_to(moment)
        connected("tick")

    assert [("2026-11-23T01:00:00+00:00", "schedule")] == starts(connected)


def test_a_missed_night_is_made_up_for_once(
    frozen: FrozenDateTimeFactory, connected: Xtiger
) -> None:
    """After three nights without a worker one run does the work of all."""
    connected("extensions", "enable", "xtqueue")
    connected("queue", "schedule", "set", "all", "1d")
    frozen.tick(timedelta(days=3, hours=1))
    connected("tick")
    connected("tick")

    assert [("2026-11-23T10:00:00+00:00", "schedule")] == starts(connected)
