"""`xtiger connections` tells how each is; `xtiger calls` what was asked, and its price."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.cli.conftest import Xtiger
from tests.web.examples import NOW
from tests.web.stand_in import StandIn
from xtiger.model.calls import Traffic
from xtiger.model.connections import Tokens

FIRST = int((NOW - timedelta(hours=2)).timestamp() * 1_000)
DAY = {"windows": {"day": {"first": FIRST, "left": 300, "since": FIRST, "most": 999}}}


def _cells(line: str) -> list[str]:
    return re.split(r" {2,}", line.strip())


@pytest.mark.feature("F103")
def test_a_connection_tells_how_it_is(xtiger: Xtiger, xt: StandIn) -> None:
    """Calls left of the day and days of the permission; from day 50 on, what to do."""
    xt.store.state = DAY
    xt.store.kept = Tokens("a", "r", NOW, NOW - timedelta(days=51, hours=1))
    lines = xtiger("connections").out.splitlines()

    assert (
        ["Aroha Trading Ltd", "GBP", "connected", "300 / 1,000", "8 days", "not set up", "c1"],
        (
            "▲ Aroha Trading Ltd: Its permission ends in 8 days unless it is used. "
            "Sync once: xtiger sync"
        ),
    ) == (_cells(lines[1]), lines[2])


def test_used_up_calls_say_when_they_come_back(xtiger: Xtiger, xt: StandIn) -> None:
    """With the moment at which Xero counts anew."""
    used = {"windows": {"day": DAY["windows"]["day"] | {"left": 0}}}
    xt.store.state = used

    assert "calls are used up. Xero counts anew by 21 Nov 2026, 10:00 UTC." in (
        xtiger("connections").out
    )


def test_health_is_data(xtiger: Xtiger, xt: StandIn) -> None:
    """Scripts read tier, calls, permission and alerts."""
    xt.store.state = DAY
    xt.store.kept = Tokens("a", "r", NOW, NOW - timedelta(days=49))
    (found,) = xtiger("connections", "--json").json["connections"]

    assert ("starter", 1_000, 300, 60, 11, []) == (
        found["tier"],
        found["day_calls"],
        found["day_calls_left"],
        found["minute_calls_left"],
        found["permission_days_left"],
        found["alerts"],
    )


SEEN = [
    Traffic((NOW - timedelta(days=1)).date(), "Contacts", 3, 0, 2_000_000),
    Traffic(NOW.date(), "Contacts", 2, 1_500_000, 4_000_000),
    Traffic(NOW.date(), "Organisation", 5, 0, 90_000_000),
]


@pytest.mark.feature("O18")
def test_calls_are_shown_by_kind(xtiger: Xtiger, xt: StandIn) -> None:
    """Calls and megabytes of each kind; reading the organisation costs nothing."""
    xt.store.seen = SEEN
    lines = xtiger("calls", "--tier", "core").out.splitlines()

    assert (
        ["Contacts", "2", "5", "1.5", "6"],
        ["Organisation", "5", "5", "0", "90"],
        (
            "0.09 GB a month out of Xero at this pace; the Core tier then costs 35.00 AUD "
            "(10 GB are included, for all organisations of the app)."
        ),
    ) == (_cells(lines[1]), _cells(lines[2]), lines[3])


def test_the_starter_tier_costs_nothing(xtiger: Xtiger, xt: StandIn) -> None:
    """Which tier it is shows in the calls of a day."""
    xt.store.seen, xt.store.state = SEEN, DAY

    assert "the Starter tier costs 0.00 AUD, whatever the size" in xtiger("calls").out


@pytest.mark.feature("O18")
def test_the_tier_of_the_settings_is_the_price(xtiger: Xtiger, xt: StandIn) -> None:
    """Set once, it is the price in both lists, and the day's calls are the tier's."""
    xt.store.seen, xt.store.state = SEEN, DAY
    xt.settings = replace(xt.settings, xero_tier="plus")
    price = "the Plus tier then costs 245.00 AUD"
    (found,) = xtiger("connections", "--json").json["connections"]

    assert [True, True] == [price in xtiger(name).out for name in ("calls", "connections")]
    assert 5_000 == found["day_calls"]


def test_calls_are_data(xtiger: Xtiger, xt: StandIn) -> None:
    """Rows by day and kind, and the price of the month on each tier."""
    day = DAY["windows"]["day"] | {"most": 4_999}
    xt.store.seen, xt.store.state = SEEN, {"windows": {"day": day}}
    found = xtiger("calls", "--json").json

    assert (6_000_000, 90_000_000, "core", "245.00") == (
        found["charged_bytes"],
        found["month_bytes"],
        found["tier"],
        found["prices_aud"]["plus"],
    )
    assert {
        "day": "2026-11-19",
        "kind": "Contacts",
        "calls": 3,
        "sent_bytes": 0,
        "received_bytes": 2_000_000,
    } == found["connections"][0]["days"][0]


def test_no_calls_yet(xtiger: Xtiger) -> None:
    """Says so instead of an empty table."""
    assert "Xero was not called in these days." in xtiger("calls").out
