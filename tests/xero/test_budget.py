"""The day's calls as a budget, the health of a connection, and the price of data: all pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.xero.clock import START, StepClock
from xtiger.db.store import SqlStore
from xtiger.errors import CallsKept
from xtiger.model.calls import Call, Traffic
from xtiger.model.connections import Connection, Tokens
from xtiger.model.runs import Run, RunState, Trigger
from xtiger.ports.xero import Priority
from xtiger.sandbox import Limits, Sandbox
from xtiger.settings import Settings
from xtiger.xero.budget import Outlook, outlook, priority_of
from xtiger.xero.egress import TIERS, charged_bytes, month_at_this_pace
from xtiger.xero.health import connection_health, health
from xtiger.xero.organisations import XeroOrganisation

FIRST = int(START.timestamp() * 1_000)
CONNECTION = Connection("c1", "", "org-1", "xc-1", "Acme", "GBP")


def _day(left: int, most: int = 999) -> dict[str, Any]:
    return {"windows": {"day": {"first": FIRST, "left": left, "since": FIRST, "most": most}}}


def _run(
    number: int, trigger: Trigger = "schedule", modules: int = 2, state: RunState = "done"
) -> Run:
    return Run(f"r{number}", "c1", ("M",) * modules, START, trigger=trigger, state=state)


def _call(minutes_ago: float, status: int | None = 200, path: str = "/Contacts/id-1") -> Call:
    at = START - timedelta(minutes=minutes_ago)
    return Call("c1", at, "GET", path, status, 90, 0, 900, correlation_id="trace-1")


@pytest.mark.parametrize(
    ("asked", "others", "expected"),
    [
        (None, [], "save"),
        (_run(1, "save", 1, "running"), [], "save"),
        (_run(1, "person", 1, "running"), [], "save"),
        (_run(1, "person", 0, "running"), [], "backfill"),
        (_run(1, "schedule", 2, "running"), [_run(2, "save", 1)], "backfill"),
        (_run(1, "schedule", 2, "running"), [_run(2, state="stopped")], "backfill"),
        (_run(1, "schedule", 1, "running"), [_run(2)], "schedule"),
        (_run(1, "person", 0, "running"), [_run(2)], "schedule"),
    ],
)
def test_how_urgent_a_run_is(asked: Run | None, others: list[Run], expected: Priority) -> None:
    """What people save or copy comes first, then syncs, then the first sync of everything."""
    runs = [*([asked] if asked else []), *others]

    assert expected == priority_of(asked.id if asked else None, runs)


@pytest.mark.parametrize(
    ("state", "calls_last_hour", "expected"),
    [
        (None, 5, None),
        (_day(900), 0, Outlook(1_000, 900, START + timedelta(days=1), None)),
        (
            _day(900),
            100,
            Outlook(1_000, 900, START + timedelta(days=1), START + timedelta(hours=9)),
        ),
        (_day(900), 30, Outlook(1_000, 900, START + timedelta(days=1), None)),
        (_day(0), 30, Outlook(1_000, 0, START + timedelta(days=1), START)),
        (_day(12, 4_999), 0, Outlook(5_000, 12, START + timedelta(days=1), None)),
    ],
)
def test_when_the_day_runs_out(
    state: dict[str, Any] | None, calls_last_hour: int, expected: Outlook | None
) -> None:
    """At the pace of the last hour; never, where the next day comes first."""
    assert expected == outlook(state, START, calls_last_hour)


@pytest.mark.parametrize(
    ("tier", "state", "expected"),
    [
        ("", _day(300, 300), 1_000),
        ("starter", _day(300, 300), 1_000),
        ("core", _day(300, 300), 5_000),
        ("advanced", _day(300, 300), 5_000),
        ("starter", _day(300, 4_999), 5_000),
    ],
)
def test_the_tier_tells_the_day_until_an_answer_allows_more(
    tier: str, state: dict[str, Any], expected: int
) -> None:
    """A day that was first seen late looks like a small one; the settings know better."""
    found = outlook(state, START, tier=tier)
    assert found is not None

    assert expected == found.day_calls


def test_a_day_that_is_over_is_not_known_any_more() -> None:
    """Until the next answer."""
    assert outlook(_day(3), START + timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("days_unused", "expected"),
    [(49, ()), (50, ("permission_ends",)), (60, ("permission_ends",))],
)
@pytest.mark.feature("F103")
def test_the_alert_comes_on_day_50(days_unused: float, expected: tuple[str, ...]) -> None:
    """Ten days before Xero forgets a permission that is not used."""
    tokens = Tokens("a", "r", START, START - timedelta(days=days_unused))

    assert expected == health(CONNECTION, tokens, None, [], START).alerts


def test_an_ended_connection_is_the_first_alert() -> None:
    """Before what its last day looked like."""
    ended = CONNECTION.ended("it was disconnected in Xero")

    assert ("ended", "calls_used_up") == health(ended, None, _day(0), [], START).alerts


def test_the_last_trouble_is_told_without_ids() -> None:
    """Method, kind and status of the newest call that failed; something not found is no trouble."""
    calls = [_call(1), _call(2, 404), _call(3, None), _call(4, 500)]
    found = health(CONNECTION, None, None, calls, START).trouble
    assert found is not None

    assert ("GET /Contacts", None, "trace-1", START - timedelta(minutes=3)) == (
        found.operation,
        found.http_status,
        found.correlation_id,
        found.at,
    )


def test_a_block_and_the_minute_are_told() -> None:
    """How long Xero lets nothing through, and what is left of the minute."""
    state = {
        "windows": {"minute": {"first": FIRST - 30_000, "left": 7}},
        "blocked": {"minute": FIRST + 5_000, "day": FIRST - 1},
    }
    found = health(CONNECTION, None, state, [], START)

    assert (7, START + timedelta(seconds=5)) == (found.minute_left, found.blocked_until)


def test_a_refused_day_is_used_up() -> None:
    """Xero refused a call of the day: what was left is not known any more, and it is none."""
    kept = {"windows": {}, "blocked": {"day": FIRST + 5_000}}
    over = {"windows": {}, "blocked": {"day": FIRST - 1}}

    assert [("key_lost", "calls_used_up"), ("key_lost",)] == [
        health(CONNECTION, None, state, [], START).alerts for state in (kept, over)
    ]


def test_health_of_a_live_connection(
    xero: XeroOrganisation, store: SqlStore, clock: StepClock, connection: Connection
) -> None:
    """After some calls: the tier by its day, what is left, and the pace that will not do."""
    for _ in range(50):
        xero.organisation()
    found = connection_health(store, clock, connection)
    assert found.outlook is not None
    assert found.outlook.runs_out_at is not None

    assert ("starter", 950, 10, 60, ("calls_run_out",), 19) == (
        found.outlook.tier,
        found.outlook.left,
        found.minute_left,
        found.days_left,
        found.alerts,
        round((found.outlook.runs_out_at - clock.now()).total_seconds() / 3_600),
    )


@pytest.mark.parametrize(
    ("tier", "gigabytes", "price"),
    [
        ("starter", 500, "0"),
        ("core", 10, "35.00"),
        ("core", 12, "39.80"),
        ("plus", "50.5", "246.20"),
        ("advanced", 0, "1445.00"),
    ],
)
@pytest.mark.feature("O18")
def test_price_of_a_month(tier: str, gigabytes: str, price: str) -> None:
    """The tier's price, and 2.40 AUD for each gigabyte above those included."""
    assert Decimal(price) == TIERS[tier].month(int(Decimal(gigabytes) * 10**9))


def test_reading_the_organisation_is_free() -> None:
    """Its bytes are not charged."""
    day = date(2026, 11, 20)
    rows = [Traffic(day, "Organisation", 9, 0, 700), Traffic(day, "Items", 1, 50, 300)]

    assert 300 == charged_bytes(rows)


def test_a_month_is_reckoned_from_the_days_seen() -> None:
    """Three days of 10 are 100 in a month."""
    assert 100 == month_at_this_pace(10, date(2026, 11, 18), date(2026, 11, 20))


class TestKeeper:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(minute=1_000, day=100)

    @pytest.mark.feature("O12")
    def test_each_stops_where_its_share_ends(
        self,
        connection: Connection,
        settings: Settings,
        store: SqlStore,
        clock: StepClock,
        sandbox: Sandbox,
    ) -> None:
        """Of 100 calls a first sync leaves 30 and a schedule 10; what people save gets the rest.
        None of them is refused by Xero, each says when it goes on, and then goes on.
        """
        made: list[int] = []
        kept: list[CallsKept] = []
        priorities: list[Priority] = ["backfill", "schedule", "save"]
        for priority in priorities:
            xero = XeroOrganisation(connection, settings, store, clock, priority=priority)
            try:
                for _ in range(100 - sum(made)):
                    xero.organisation()
            except CallsKept as stop:
                kept.append(stop)
            made.append(xero.calls)
            xero.close()
        wait = max(stop.retry_after_seconds for stop in kept)
        refused = [call for call in sandbox.calls() if call.status == 429]
        clock.move(seconds=wait)
        again = XeroOrganisation(connection, settings, store, clock, priority="backfill")
        again.organisation()
        again.close()

        assert ([70, 20, 10], [30, 10], [], clock.now()) == (
            made,
            [stop.kept for stop in kept],
            refused,
            kept[-1].goes_on_at,
        )

    def test_the_run_tells_how_urgent_it_is(
        self, connection: Connection, settings: Settings, store: SqlStore, clock: StepClock
    ) -> None:
        """The door of a run that syncs everything for the first time keeps 30 of 100 calls."""
        store.save_run(replace(_run(1, "schedule", 2, "running"), id="run-1"))
        xero = XeroOrganisation(connection, settings, store, clock, "run-1")
        for _ in range(70):
            xero.organisation()
        with pytest.raises(CallsKept, match=r"last calls to Xero \(30\) are kept for what people"):
            xero.organisation()
        xero.close()

        assert 70 == xero.calls
