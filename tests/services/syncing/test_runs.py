"""A run's own life: one at a time, its row whatever happens, the library's beginning and end."""

from __future__ import annotations

import signal
from dataclasses import replace

import pytest

from tests.world import World
from xtiger.app import XTiger
from xtiger.engine.apply.executor import Executor
from xtiger.engine.cycle.run_lease import LEASE_SECONDS
from xtiger.errors import RunBusy, UnknownModule, XeroUnreachable
from xtiger.model.runs import Run
from xtiger.model.setting_keys import run_lease
from xtiger.ports.interrupts import Interrupted


def test_only_one_run_of_a_connection_at_a_time(world: World) -> None:
    """The second is told to come back; it leaves no row and sends nothing."""
    found = world.xt.connections.get()
    world.xt.store.acquire_lease(run_lease(found.id), "another", 900, world.clock.now())
    world.host.create("Organizations", {"accountname": "Kea"})

    with pytest.raises(RunBusy, match="A sync of Empty Trading Ltd is running already"):
        world.xt.sync.run()
    assert ([], []) == (world.xt.sync.runs(), world.xero("Contacts"))


def test_a_run_gives_its_place_back(world: World) -> None:
    """Well or not, the next one can begin."""
    world.xt.sync.run()
    away = replace(world.xt.settings, xero_url="http://localhost:9")
    xt = XTiger(world.host, settings=away, clock=world.clock)
    with pytest.raises(XeroUnreachable):
        xt.sync.run()
    xt.close()

    assert "done" == world.xt.sync.run().state


def test_a_dead_run_is_booked_by_the_next(world: World) -> None:
    """Its process is gone: when its place has lapsed its row says so."""
    found = world.xt.connections.get()
    dead = Run("dead", found.id, ("Organizations",), world.clock.now())
    world.xt.store.save_run(dead)
    world.xt.store.acquire_lease(run_lease(found.id), "dead", LEASE_SECONDS, world.clock.now())
    world.wait(LEASE_SECONDS + 1)
    world.xt.sync.run()
    booked = next(run for run in world.xt.sync.runs() if run.id == "dead")

    assert ("failed", "its process ended before the run did") == (booked.state, booked.error)


def test_a_plan_takes_no_place_and_writes_no_row(world: World) -> None:
    """Looking is always possible."""
    world.xt.store.acquire_lease(
        run_lease(world.xt.connections.get().id), "another", 900, world.clock.now()
    )
    world.host.create("Organizations", {"accountname": "Kea"})
    plan = world.plan("Organizations")

    assert (1, [], []) == (len(plan.actions), world.xt.sync.runs(), world.xero("Contacts"))


def test_a_stopped_run_has_a_row_with_its_sentence(world: World) -> None:
    """What the person saw stands in the list of runs."""
    away = replace(world.xt.settings, xero_url="http://localhost:9")
    xt = XTiger(world.host, settings=away, clock=world.clock)
    with pytest.raises(XeroUnreachable) as caught:
        xt.sync.run()
    xt.close()

    assert [("stopped", str(caught.value), True)] == [
        (run.state, run.error, run.finished_at is not None) for run in world.xt.sync.runs()
    ]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ZeroDivisionError("Kea owes 7"), "failed: a mistake in XTiger (ZeroDivisionError)"),
        (KeyboardInterrupt(), "stopped: it was stopped by hand"),
        (Interrupted(signal.SIGTERM), "stopped: its process was asked to end (SIGTERM)"),
    ],
)
def test_whatever_ends_a_run_is_booked(
    world: World, monkeypatch: pytest.MonkeyPatch, error: BaseException, said: str
) -> None:
    """Also a mistake of ours and Ctrl-C; the row quotes no record."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Executor, "apply", fail)
    with pytest.raises(type(error)):
        world.xt.sync.run()

    assert [said] == [f"{run.state}: {run.error}" for run in world.xt.sync.runs()]


def test_an_unknown_module_stops_before_anything_is_read(world: World) -> None:
    """The known ones are named."""
    before = world.calls()

    with pytest.raises(UnknownModule, match=r"'Cats'.*Organizations"):
        world.xt.sync.run(["Cats"])
    assert before == world.calls()


def test_a_long_run_keeps_its_place(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that lost its place to another stops instead of writing beside it."""
    found = world.xt.connections.get()
    name = run_lease(found.id)
    apply = Executor.apply

    def overtaken(self: Executor, plan: object) -> Run:
        world.wait(LEASE_SECONDS + 1)
        world.xt.store.acquire_lease(name, "another", 900, world.clock.now())
        return apply(self, plan)  # type: ignore[arg-type]  # the plan as it came

    monkeypatch.setattr(Executor, "apply", overtaken)
    world.host.create("Organizations", {"accountname": "Kea"})

    with pytest.raises(RunBusy):
        world.xt.sync.run(["Organizations"])
    assert [] == world.xero("Contacts")


def test_closing_twice_is_fine(bare: World) -> None:
    """A CRM may close in two places."""
    bare.xt.connections.all()
    bare.xt.close()
    bare.xt.close()

    assert bare.xt.settings.home.exists()


def test_the_next_process_knows_what_this_one_did(world: World) -> None:
    """Connection, mapping, terms and runs are in the database."""
    world.host.create("Organizations", {"accountname": "Kea"})
    run = world.sync("Organizations")
    again = XTiger(world.host, settings=world.xt.settings, clock=world.clock)
    found = (
        again.connections.get(),
        again.connections.terms_accepted(),
        again.mappings.get("Products"),
        again.sync.runs(),
    )
    again.close()

    assert (world.xt.connections.get(), True, world.xt.mappings.get("Products"), [run]) == found
