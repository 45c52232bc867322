"""The worker: rounds that go on whatever happens, and that end when asked, between two batches."""

from __future__ import annotations

import time
from typing import Any

import pytest
from flask import Flask, current_app

from tests.world import World
from xtiger.errors import BrokenHost, RateLimited, RunStopped
from xtiger.ports.stop_signal import StopSignal
from xtiger.services.worker import LONGEST_SECONDS, POLL_SECONDS, Worker, pause_after, worker_of


def _names(world: World) -> list[str]:
    return sorted(str(raw["Name"]) for raw in world.xero("Contacts"))


def _worker(world: World, said: list[str]) -> Worker:
    made = worker_of(world.xt, said.append)
    made.chance = lambda: 0.5
    return made


def test_a_round_sends_what_was_saved_and_says_so(world: World) -> None:
    """One line: whose, why, what, and what came of it."""
    said: list[str] = []
    world.host.create("Organizations", {"accountname": "Kea"})
    world.wait(3)
    pause = _worker(world, said).round()

    assert ["Empty Trading Ltd: save: Organizations: 1 created."] == said
    assert (["Kea"], POLL_SECONDS) == (_names(world), pause)


def test_a_round_with_nothing_to_do_costs_no_call(world: World) -> None:
    """And says nothing."""
    said: list[str] = []
    before = world.calls()
    _worker(world, said).round()

    assert ([], before) == (said, world.calls())


def test_a_worker_goes_on_after_a_failure(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said once, however often it fails; the pauses grow; then all is sent."""
    said: list[str] = []
    made = _worker(world, said)
    world.host.create("Organizations", {"accountname": "Kea"})
    world.wait(3)

    def fail(*_: object) -> None:
        raise OSError("disk")

    with monkeypatch.context() as patch:
        patch.setattr(world.host, "outbox", fail)
        pauses = [made.round() for _ in range(3)]
    after = made.round()

    assert [4.0, 8.0, 16.0, POLL_SECONDS] == [*pauses, after]
    assert ["disk" in said[0], len(said), _names(world)] == [True, 2, ["Kea"]]


def test_a_fault_does_not_end_a_worker() -> None:
    """What nobody foresaw is logged and said, without the text of a foreign error."""
    said: list[str] = []

    def fail(_: StopSignal) -> None:
        raise ZeroDivisionError("a customer's name")

    made = Worker(fail, lambda: 0.5, said.append)
    made.round()

    assert ["▲ A fault stopped this round (ZeroDivisionError)."] == said


@pytest.mark.parametrize(
    ("failures", "wanted", "chance", "pause"),
    [
        (1, 0, 0.5, 4.0),
        (3, 0, 0.5, 16.0),
        (1, 30, 0.5, 30.0),
        (1, 30, 0.0, 15.0),
        (1, 30, 1.0, 45.0),
        (9, 0, 0.5, 60.0),
        (99, 7200, 0.5, 60.0),
    ],
)
def test_pauses_double_and_spread(
    failures: int, wanted: float, chance: float, pause: float
) -> None:
    """As long as the error asks for, at most a minute, and never the same for two workers."""
    assert pause == pause_after(failures, wanted, chance)


def test_an_error_that_names_its_time_is_obeyed() -> None:
    """A limit of 20 s is waited for."""

    def limited(_: StopSignal) -> None:
        raise RateLimited("minute", retry_after_seconds=20)

    pause = Worker(limited, lambda: 0.5).round()

    assert LONGEST_SECONDS > pause == 20


def test_a_thread_works_until_it_is_stopped(world: World) -> None:
    """A small installation needs no process besides the CRM's."""
    made = _worker(world, [])
    world.host.create("Organizations", {"accountname": "Kea"})
    world.wait(3)
    made.start()
    end = time.monotonic() + 30
    while not _names(world) and time.monotonic() < end:
        time.sleep(0.02)
    made.stop()
    world.host.create("Organizations", {"accountname": "Tui"})
    world.wait(3)
    made.wake()

    assert ["Kea"] == _names(world)


def test_a_worker_runs_once(world: World) -> None:
    """A second start is a mistake of the caller."""
    made = _worker(world, [])
    made.start()
    try:
        with pytest.raises(RuntimeError, match="runs already"):
            made.start()
    finally:
        made.stop()


def test_a_run_ends_between_two_batches_when_asked(world: World) -> None:
    """What was sent is booked, what was not is held, the lease is free, nothing comes twice."""
    with world.host.transaction():
        for number in range(120):
            world.host.create("Organizations", {"accountname": f"Bird {number}"})
    world.wait()
    signal = StopSignal(stopping=lambda: len(_names(world)) >= 50)
    with pytest.raises(RunStopped):
        world.xt.sync.run(("Organizations",), signal=signal)
    world.check()
    stopped = world.xt.sync.runs()[0]
    world.sync("Organizations")

    assert ("stopped", {"created": 50, "held": 70}) == (
        stopped.state,
        dict(stopped.counts["Organizations"]),
    )
    assert 120 == len(set(_names(world))) == len(_names(world))


def test_a_worker_that_is_asked_to_end_begins_no_run(world: World) -> None:
    """What is due stays due."""
    world.host.create("Organizations", {"accountname": "Kea"})
    world.wait(3)
    made = _worker(world, [])
    made.ask_to_stop()
    made.round()

    assert [] == _names(world)


def test_one_tenants_trouble_is_told_and_others_go_on(world: World) -> None:
    """The error of a tick is raised at its end, so the worker hears of it."""
    told: list[str] = []

    def broken(_: StopSignal) -> None:
        raise BrokenHost("crm", "outbox", "OSError: disk")

    Worker(broken, lambda: 0.5, told.append).round()

    assert told[0].endswith("[broken_host]")


def test_what_stops_a_worker_is_one_line_of_the_log(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens to `say`: the log has what, where and what to do, once, and no record."""

    def fail(*_given: object, **_named: object) -> None:
        raise ValueError("Kea Ltd owes 7.00")

    monkeypatch.setattr(type(world.host), "outbox", fail)
    made = worker_of(world.xt)
    for _ in range(3):
        made.round()

    (line,) = [record.getMessage() for record in caplog.records if record.name == "xtiger"]
    assert "failed in outbox(): ValueError at test_worker.py:" in line
    assert "Check the adapter: xtiger host check" in line
    assert "Kea" not in caplog.text


def test_a_worker_works_within_what_the_crm_needs(world: World) -> None:
    """A CRM whose sessions belong to its web app: outside of it the log says what to give."""
    app = Flask("crm")
    real = world.host.outbox

    def outbox(*given: Any) -> Any:
        return real(*given) if current_app.name else None

    world.host.outbox = outbox  # type: ignore[assignment, method-assign]
    world.host.create("Organizations", {"accountname": "Kea"})
    world.wait(3)
    outside = worker_of(world.xt)
    with pytest.raises(BrokenHost, match="application context"):
        outside.tick(StopSignal())
    inside = worker_of(world.xt, within=app.app_context)
    inside.round()

    assert ["Kea"] == _names(world)


def test_the_log_says_what_to_give(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """As a person reads it who started the worker in Flask."""

    def outbox(*_given: Any) -> Any:
        return current_app.name

    world.host.outbox = outbox  # type: ignore[assignment, method-assign]
    worker_of(world.xt).round()

    assert "worker_of(xt, within=app.app_context)" in caplog.text
