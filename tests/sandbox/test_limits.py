"""Claims about rate limits."""

from __future__ import annotations

import threading

import pytest

from tests.sandbox.client import Client, Clock, connect
from xtiger.sandbox import Limits, Sandbox
from xtiger.sandbox.accounting.envelope import Refused
from xtiger.sandbox.faults.limits import Meter


def _client(clock: Clock, limits: Limits, seed: str = "empty") -> Client:
    sandbox = Sandbox(clock=clock, limits=limits, seed=seed)
    return Client(sandbox, sandbox.organisations()[0][0], connect(sandbox)["access_token"])


def test_headers_tell_what_is_left(clock: Clock) -> None:
    """Every answer counts down minute, day and app minute from Xero's Starter figures."""
    client = _client(clock, Limits())
    client.get("Organisation")
    headers = client.call("GET", "Organisation").headers

    assert ["58", "998", "9998"] == [
        headers[name]
        for name in ("X-MinLimit-Remaining", "X-DayLimit-Remaining", "X-AppMinLimit-Remaining")
    ]


@pytest.mark.parametrize(
    ("limits", "problem", "wait"),
    [
        (Limits(minute=2), "minute", "50"),
        (Limits(day=2), "day", "86390"),
        (Limits(app_minute=2), "appminute", "50"),
    ],
)
def test_call_over_a_limit_is_429(clock: Clock, limits: Limits, problem: str, wait: str) -> None:
    """The answer names the limit and the seconds until its window ends."""
    client = _client(clock, limits)
    client.get("Organisation")
    clock.pass_by(seconds=10)
    client.get("Organisation")
    answer = client.call("GET", "Organisation")

    assert (429, problem, wait) == (
        answer.status_code,
        answer.headers["X-Rate-Limit-Problem"],
        answer.headers["Retry-After"],
    )


def test_minute_window_begins_at_its_first_call(clock: Clock) -> None:
    """Sixty seconds after the first call of a window there is room again."""
    client = _client(clock, Limits(minute=1))
    client.get("Organisation")
    clock.pass_by(seconds=59)
    before = client.call("GET", "Organisation").status_code
    clock.pass_by(seconds=1)

    assert (429, 200) == (before, client.call("GET", "Organisation").status_code)


def test_organisations_have_limits_of_their_own(clock: Clock) -> None:
    """What one organisation used up leaves the other's."""
    client = _client(clock, Limits(minute=1), seed="demo")
    second = client.sandbox.organisations()[1][0]
    connect(client.sandbox, tenant=second)
    client.get("Organisation")
    other = Client(client.sandbox, second, client.token)

    assert 200 == other.call("GET", "Organisation").status_code


def test_sixth_call_in_flight_is_429_without_wait(clock: Clock) -> None:
    """Five calls may be under way at once; the refusal names no time to wait."""
    meter = Meter()
    arrived, go = threading.Barrier(6), threading.Event()

    def slow() -> None:
        with meter.call("app", "one", Limits(), clock()):
            arrived.wait(timeout=5)
            go.wait(timeout=5)

    threads = [threading.Thread(target=slow) for _ in range(5)]
    for thread in threads:
        thread.start()
    arrived.wait(timeout=5)
    with pytest.raises(Refused) as refused, meter.call("app", "one", Limits(), clock()):
        pass
    go.set()
    for thread in threads:
        thread.join(timeout=5)

    assert {"Content-Type": "text/plain", "X-Rate-Limit-Problem": "concurrent"} == (
        refused.value.answer.headers
    )


def test_refused_calls_are_not_counted(clock: Clock) -> None:
    """Calls that no organisation was found for cost nothing."""
    client = _client(clock, Limits())
    stranger = Client(client.sandbox, "nowhere", client.token)
    stranger.call("GET", "Organisation")

    assert "59" == client.call("GET", "Organisation").headers["X-MinLimit-Remaining"]
