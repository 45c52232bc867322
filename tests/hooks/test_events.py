"""The hooks that tell extensions what happened in the CRM and in a run."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.hooks.conftest import Install
from tests.world import World
from xtiger.errors import BrokenExtension, ConnectionEnded
from xtiger.hookspecs import hookimpl
from xtiger.model.connections import Connection
from xtiger.model.plans import Plan
from xtiger.model.records import Change, Ref
from xtiger.model.runs import Outcome, Run
from xtiger.ports import Context


def test_record_saved_tells_of_a_saved_record(world: World, install: Install) -> None:
    """The change names the record."""
    heard: list[Change] = []

    @hookimpl
    def record_saved(change: Change) -> None:
        heard.append(change)

    install(record_saved)
    world.xt.saved("Organizations", "7")

    assert [("Organizations", "7", "updated")] == [(c.ref.module, c.ref.id, c.kind) for c in heard]


def test_record_deleted_tells_of_a_deleted_record(world: World, install: Install) -> None:
    """The change says that it was deleted."""
    heard: list[str] = []

    @hookimpl
    def record_deleted(change: Change) -> None:
        heard.append(f"{change.ref.id} {change.kind}")

    install(record_deleted)
    world.xt.deleted("Organizations", "7")

    assert ["7 deleted"] == heard


def test_record_restored_tells_of_a_restored_record(world: World, install: Install) -> None:
    """It counts as created again."""
    heard: list[str] = []

    @hookimpl
    def record_restored(change: Change) -> None:
        heard.append(f"{change.ref.id} {change.kind}")

    install(record_restored)
    world.xt.restored("Organizations", "7")

    assert ["7 created"] == heard


def test_sale_closed_tells_of_a_won_sale(world: World, install: Install) -> None:
    """The sale's address reaches the extension; this CRM makes no invoice of it."""
    heard: list[tuple[Ref, Ref | None, str]] = []

    @hookimpl
    def sale_closed(ref: Ref, invoice: Ref | None, problem: str) -> None:
        heard.append((ref, invoice, problem))

    install(sale_closed)
    world.xt.sale_closed(Ref("Deals", "3"))

    assert [(Ref("Deals", "3"), None, "")] == heard


def test_tick_tells_the_moment(world: World, install: Install) -> None:
    """It is the library's clock, not the machine's."""
    heard: list[datetime] = []

    @hookimpl
    def tick(now: datetime) -> None:
        heard.append(now)

    install(tick)
    world.xt.tick()

    assert [world.clock.now()] == heard


def test_tenant_added_tells_the_tenant(world: World, install: Install) -> None:
    """The id of the new tenant."""
    heard: list[str] = []

    @hookimpl
    def tenant_added(tenant: str) -> None:
        heard.append(tenant)

    install(tenant_added)
    world.xt.tenant_added("north")

    assert ["north"] == heard


def test_tenant_removed_comes_after_its_connections_ended(world: World, install: Install) -> None:
    """The extension sees that nothing of the tenant is connected any more."""
    heard: list[tuple[str, list[str]]] = []

    @hookimpl
    def tenant_removed(context: Context, tenant: str) -> None:
        heard.append((tenant, [c.state for c in context.connections()]))

    world.connect()
    install(tenant_removed)
    world.xt.tenant_removed("")

    assert [("", ["ended"])] == heard


def test_plan_made_gets_the_plan_of_a_dry_run(world: World, install: Install) -> None:
    """The very plan that the caller gets."""
    heard: list[Plan] = []

    @hookimpl
    def plan_made(plan: Plan) -> None:
        heard.append(plan)

    world.connect()
    install(plan_made)
    plan = world.plan()

    assert [plan] == heard


def test_after_outcome_comes_once_per_record(world: World, install: Install) -> None:
    """Each record of the run with what came of it."""
    heard: list[tuple[str | None, str]] = []

    @hookimpl
    def after_outcome(outcome: Outcome) -> None:
        heard.append((outcome.crm_id, outcome.result))

    world.connect()
    install(after_outcome)
    made = [world.host.create("Organizations", {"accountname": n}) for n in ("Kea", "Tui")]
    world.sync("Organizations")

    assert [(made[0], "created"), (made[1], "created")] == sorted(heard, key=str)


def test_run_finished_gets_the_counts(world: World, install: Install) -> None:
    """The run is over when it comes."""
    heard: list[Run] = []

    @hookimpl
    def run_finished(run: Run) -> None:
        heard.append(run)

    world.connect()
    install(run_finished)
    world.host.create("Organizations", {"accountname": "Kea"})
    run = world.sync("Organizations")

    assert [run] == heard


def test_run_finished_tells_of_a_run_that_failed(world: World, install: Install) -> None:
    """Also a run that broke off has ended."""
    heard: list[str] = []

    @hookimpl
    def run_finished(run: Run) -> None:
        heard.append(run.state)

    world.connect()
    install(run_finished)
    world.sandbox.advance(61 * 24 * 3600)
    with pytest.raises(ConnectionEnded):
        world.xt.sync.run()

    assert ["failed"] == heard


def test_connection_changed_tells_connected_and_disconnected(
    world: World, install: Install
) -> None:
    """Both ends of a connection that people made and ended."""
    heard: list[tuple[str, str]] = []

    @hookimpl
    def connection_changed(connection: Connection, event: str) -> None:
        heard.append((connection.name, event))

    install(connection_changed)
    world.connect()
    world.xt.connections.disconnect(world.xt.connections.get().id)

    assert [
        ("Empty Trading Ltd", "connected"),
        ("Empty Trading Ltd", "disconnected"),
    ] == heard


def test_connection_changed_tells_that_xero_ended_it(world: World, install: Install) -> None:
    """A refresh token that died unused is noticed by a run; extensions hear of it once."""
    heard: list[str] = []

    @hookimpl
    def connection_changed(event: str) -> None:
        heard.append(event)

    world.connect()
    install(connection_changed)
    world.sandbox.advance(61 * 24 * 3600)
    for _ in range(2):
        with pytest.raises(ConnectionEnded):
            world.xt.sync.run()

    assert ["ended"] == heard


def test_an_event_hook_that_raises_stops_nothing(
    world: World, install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    """The run goes on to its end; the log names extension and hook, not the record."""

    @hookimpl
    def after_outcome(outcome: Outcome) -> None:
        raise RuntimeError(f"about {outcome.name}")

    world.connect()
    install(after_outcome)
    world.host.create("Organizations", {"accountname": "Kea"})

    assert "done" == world.sync("Organizations").state
    assert ["extension Probe failed in after_outcome: RuntimeError"] == caplog.messages


def test_a_tick_that_raises_names_its_extension(world: World, install: Install) -> None:
    """The caller learns which one to disable."""

    @hookimpl
    def tick() -> None:
        raise RuntimeError("no")

    install(tick)

    with pytest.raises(BrokenExtension, match=r"extension Probe failed in tick: RuntimeError: no"):
        world.xt.tick()
