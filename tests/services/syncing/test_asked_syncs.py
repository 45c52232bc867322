"""Plans and syncs that people ask for on a page: none is lost, doubled or left without an end."""

from __future__ import annotations

import pytest

from tests.stories.sync.people import organisation
from tests.world import World
from xtiger.errors import RunStopped, UnknownModule
from xtiger.model import setting_keys
from xtiger.model.asked_sync import AskedSync
from xtiger.ports.stop_signal import StopSignal
from xtiger.services.syncing.asked_syncs import LEASE_SECONDS


@pytest.fixture(autouse=True)
def waiting(world: World) -> None:
    """Saves wait for a sync, so that each test sees what the request did."""
    world.settings("Organizations", on_save=False)


def asked(world: World) -> AskedSync:
    """The last request."""
    found = world.xt.sync.asked()
    assert found is not None
    return found


def tick(world: World, signal: StopSignal | None = None) -> None:
    """A worker's round, some time later."""
    world.wait()
    world.xt.tick(*([signal] if signal else []))


def test_a_run_is_carried_out_once(world: World) -> None:
    """By the first tick; the second finds nothing to do."""
    organisation(world, "Kea")
    world.xt.sync.ask_run("Ann")
    tick(world)
    tick(world)

    (run,) = world.xt.sync.runs()
    assert ("done", run.id, "Ann") == (asked(world).state, asked(world).run_id, asked(world).by)
    assert ["Kea"] == [one["Name"] for one in world.xero("Contacts")]


def test_a_second_request_waits_for_the_first(world: World) -> None:
    """The open one is returned, and is the one that is kept."""
    first = world.xt.sync.ask_plan("Ann")

    assert first == world.xt.sync.ask_run("Ben")
    assert first == asked(world)


def test_an_error_is_the_end_in_words(world: World) -> None:
    """The terms are taken back: it fails with the sentence of a browser, and its run is named."""
    world.xt.store.forget_own_setting("", setting_keys.TERMS)
    world.xt.sync.ask_run("Ann")
    tick(world)

    end = asked(world)
    assert ("failed", "terms_not_accepted") == (end.state, end.code)
    assert "accept" in end.error
    assert "xtiger " not in end.error
    assert end.run_id == world.xt.sync.runs()[0].id


def test_a_worker_that_is_asked_to_end_leaves_it_asked_for(world: World) -> None:
    """The next worker does it."""
    organisation(world, "Kea")
    world.xt.sync.ask_run("Ann")
    tick(world, StopSignal(stopping=lambda: True))
    before = asked(world).state
    tick(world)

    assert ("asked", "done") == (before, asked(world).state)


def test_what_is_busy_is_waited_for(world: World) -> None:
    """Another run holds the connection: it goes on later, and says why meanwhile."""
    world.xt.sync.ask_run("Ann")
    name = setting_keys.run_lease(world.xt.connections.get().id)
    fence = world.xt.store.acquire_lease(name, "another", 300, world.clock.now())
    assert fence is not None
    world.xt.tick()
    waits = asked(world)
    world.xt.store.release_lease(name, fence)
    tick(world)

    assert ("asked", True) == (waits.state, "running already" in waits.waits)
    assert ("done", "") == (asked(world).state, asked(world).waits)


def test_a_day_of_waiting_is_enough(world: World) -> None:
    """What still cannot begin then has failed, with the sentence of what it waited for."""
    world.xt.sync.ask_run("Ann")
    world.wait(25 * 60 * 60)
    name = setting_keys.run_lease(world.xt.connections.get().id)
    world.xt.store.acquire_lease(name, "another", 300, world.clock.now())
    world.xt.tick()

    assert ("failed", "run_busy") == (asked(world).state, asked(world).code)


def test_a_killed_process_leaves_a_sentence(world: World) -> None:
    """Its request shows as failed once its lease is over; it is not begun again unasked."""
    organisation(world, "Kea")
    made = world.xt.sync.ask_run("Ann")
    connection = world.xt.connections.get()
    store, now = world.xt.store, world.clock.now()
    store.acquire_lease(setting_keys.asked_lease(connection.id), "killed", LEASE_SECONDS, now)
    running = AskedSync("a1", "run", "Ann", made.at, state="running", seen_at=now)
    store.save_setting(setting_keys.sync_asked(connection.id), running.plain())
    world.xt.tick()
    alive = asked(world).state
    world.wait(LEASE_SECONDS + 1)
    shown = asked(world)
    world.xt.tick()

    assert ("running", "failed", "broken_off") == (alive, shown.state, shown.code)
    assert shown == asked(world)
    assert [] == world.xero("Contacts")
    assert "asked" == world.xt.sync.ask_run("Ann").state


def test_a_cancel_ends_what_is_under_way(world: World) -> None:
    """Between two steps; the run says that it was stopped, and nothing is lost."""
    organisation(world, "Kea")
    world.xt.sync.ask_run("Ann")

    def cancelled() -> bool:
        world.xt.sync.cancel_asked()
        return False

    tick(world, StopSignal(stopping=cancelled))
    if asked(world).is_open:
        tick(world)
    before = (asked(world).state, world.xero("Contacts"))
    world.sync()

    assert ("cancelled", []) == before
    assert ["Kea"] == [one["Name"] for one in world.xero("Contacts")]


def test_a_cancel_of_nothing_changes_nothing(world: World) -> None:
    """Pressed twice, or before anything was asked for."""
    world.xt.sync.cancel_asked()

    assert world.xt.sync.asked() is None


def test_an_unknown_module_is_not_kept(world: World) -> None:
    """It says so at once."""
    with pytest.raises(UnknownModule):
        world.xt.sync.ask_plan("Ann", ["Nothing"])

    assert world.xt.sync.asked() is None


def test_a_fault_is_an_end_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error goes on to the worker's log; the page does not wait for ever."""

    def breaks(*_given: object, **_named: object) -> None:
        raise ZeroDivisionError

    world.xt.sync.ask_plan("Ann")
    monkeypatch.setattr("xtiger.services.syncing.asked_syncs.kept_plan", breaks)
    with pytest.raises(ZeroDivisionError):
        tick(world)

    assert ("failed", "fault") == (asked(world).state, asked(world).code)


def test_a_request_of_a_page_stops_when_its_time_is_over(world: World) -> None:
    """What is left stays asked for."""
    organisation(world, "Kea")
    world.xt.sync.ask_run("Ann")
    world.xt.sync.carry_out_asked(world.clock.now())

    assert "asked" == asked(world).state
    assert RunStopped.code not in asked(world).waits
    tick(world)
    assert "done" == asked(world).state
