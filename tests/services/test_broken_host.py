"""An adapter that raises or answers wrongly in any method: named, and nothing half-written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import pytest

from tests.services.broken_host import BrokenIn, Spoil
from tests.world import World
from xtiger.app import XTiger
from xtiger.errors import BrokenHost, HostUnavailable
from xtiger.hosts.guard import GuardedHost
from xtiger.model.records import Page, Ref, Result
from xtiger.ports import Host

Act = Callable[[XTiger], object]


def _open(world: World, method: str, spoil: Spoil | None = None) -> XTiger:
    host = cast("Host", BrokenIn(world.host, method, spoil))
    return XTiger(host, settings=world.xt.settings, clock=world.clock)


def _state(world: World) -> tuple[object, ...]:
    """Everything that a broken adapter must not change: links, contacts, CRM records."""
    found = world.xt.store
    connection = world.xt.connections.get()
    return (
        world.xero("Contacts"),
        found.links_by_crm(connection.id, "Organizations"),
        world.host.all("Organizations"),
        found.unfinished_batches(connection.id),
        connection.state,
    )


def _sync(xt: XTiger) -> object:
    return xt.sync.run(["Organizations"])


ACTS: dict[str, Act] = {
    "modules": _sync,
    "get": _sync,
    "changed_since": _sync,
    "tenant": _sync,
    "base_currency": _sync,
    "outbox": _sync,
    "outbox_done": lambda xt: xt.tick(),
    "tenants": lambda xt: xt.panel("Organizations", "1"),
    "note": lambda xt: xt.saved("Organizations", "1"),
    "save": lambda xt: xt.panels.set_value("Organizations", "1", "xtiger.allow_sync", False),
}


@pytest.mark.parametrize("method", ACTS)
def test_a_method_that_raises_is_named(world: World, method: str) -> None:
    """The adapter, the method and the reason; nothing was written on either side."""
    world.host.create("Organizations", {"accountname": "Kea"})
    world.wait()
    before = _state(world)
    xt = _open(world, method)

    with pytest.raises(
        BrokenHost, match=rf"memory failed in {method}\(.*ConnectionResetError.*xtiger host check"
    ):
        ACTS[method](xt)
    xt.close()
    assert before == _state(world)


@pytest.mark.parametrize("method", ["name", "api"])
def test_an_adapter_that_cannot_say_who_it_is(world: World, method: str) -> None:
    """The library does not open, and says why."""
    with pytest.raises(BrokenHost, match=f"failed in {method}: ConnectionResetError"):
        _open(world, method)


def test_an_adapter_of_another_interface(world: World) -> None:
    """Both numbers are told."""
    with pytest.raises(BrokenHost, match=r"speaks interface 2\.0, this library speaks 1\.1"):
        _open(world, "api", lambda _: (2, 0))


def test_a_run_with_a_broken_adapter_has_its_row(world: World) -> None:
    """The list of runs tells what the person saw."""
    xt = _open(world, "changed_since")
    with pytest.raises(BrokenHost) as caught:
        xt.sync.run()
    xt.close()

    assert [("failed", str(caught.value))] == [(r.state, r.error) for r in world.xt.sync.runs()]


def test_an_adapter_that_is_away_may_be_tried_again(world: World) -> None:
    """HostUnavailable is the adapter's own word for it and passes as it is."""

    def away(_: object) -> object:
        raise HostUnavailable("memory", "changed_since")

    xt = _open(world, "changed_since", away)
    with pytest.raises(HostUnavailable, match="Try again when it is up"):
        xt.sync.run()
    xt.close()

    assert "done" == world.sync().state


def test_a_broken_address_does_not_break_the_panel(world: World) -> None:
    """What the panel does not need it does not ask for."""
    crm_id = world.host.create("Organizations", {"accountname": "Kea"})
    xt = _open(world, "url")
    panel = xt.panel("Organizations", crm_id)
    xt.close()

    assert "none" == panel.state


# --- wrong shapes ---


def _with_value(value: Any) -> Spoil:
    def spoil(page: Page) -> Page:
        records = tuple(
            replace(record, values={**record.values, "accountname": value})
            for record in page.records
        )
        return replace(page, records=records)

    return spoil


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (1.5, "a float"),
        (Decimal("NaN"), "no finite number"),
        (datetime(2026, 1, 1), "a moment without a time zone"),  # noqa: DTZ001  # wrong on purpose
        (object(), "an object"),
        (b"x", "a bytes"),
    ],
)
def test_a_value_that_is_not_plain_is_refused(world: World, value: Any, what: str) -> None:
    """A float for money would lose cents: field and record are named, the value is not."""
    crm_id = world.host.create("Organizations", {"accountname": "Kea"})
    world.wait()
    before = _state(world)
    xt = _open(world, "changed_since", _with_value(value))

    with pytest.raises(BrokenHost, match=f"accountname of record {crm_id} is {what}; answer"):
        _sync(xt)
    xt.close()
    assert before == _state(world)


def test_a_float_in_a_line_is_refused(world: World) -> None:
    """Lines are looked at as well."""

    def spoil(page: Page) -> Page:
        lines = ({"quantity": 0.1},)
        return replace(page, records=tuple(replace(r, lines=lines) for r in page.records))

    world.host.create("Organizations", {"accountname": "Kea"})
    xt = _open(world, "changed_since", spoil)

    with pytest.raises(BrokenHost, match="quantity of record 1 is a float"):
        _sync(xt)
    xt.close()


WRONG: dict[str, tuple[Spoil, str]] = {
    "modules": (lambda _: None, "NoneType"),
    "changed_since": (lambda page: page.records, "a tuple, not a Page"),
    "get": (lambda found: [*found], "failed in get"),
    "base_currency": (lambda _: None, "a NoneType, not a str"),
    "outbox": (lambda _: ["row"], "a str among its answers, not an? OutboxRow"),
    "caps": (lambda _: {}, "a dict, not a Capabilities"),
}


@pytest.mark.parametrize("method", WRONG)
def test_an_answer_of_another_type_is_refused(world: World, method: str) -> None:
    """The method and both types are named; nothing was written on either side."""
    spoil, said = WRONG[method]
    world.host.create("Organizations", {"accountname": "Kea"})
    world.wait()
    before = _state(world)
    xt = _open(world, method, spoil)

    with pytest.raises(BrokenHost, match=said):
        _sync(xt)
    xt.close()
    assert before == _state(world)


def test_too_few_results_are_refused(world: World) -> None:
    """Which write failed cannot be known, so none is counted as done."""
    crm_id = world.host.create("Organizations", {"accountname": "Kea"})
    xt = _open(world, "save", lambda results: results[1:])

    with pytest.raises(BrokenHost, match=r"save\(Organizations\): it gave 0 results for 1 records"):
        xt.panels.set_value("Organizations", crm_id, "xtiger.allow_sync", False)
    xt.close()


def test_too_few_results_of_a_sync_link_nothing(world: World) -> None:
    """A record from Xero that may be in the CRM or not: no link, no duplicate afterwards."""
    world.sandbox.add("Contacts", {"Name": "Tui"}, world.organisation())
    world.wait()
    xt = _open(world, "save", lambda _: [])
    with pytest.raises(BrokenHost):
        _sync(xt)
    xt.close()
    links = world.xt.store.links_by_crm(world.xt.connections.get().id, "Organizations")
    world.sync("Organizations")

    assert ({}, 1) == (links, len(world.host.all("Organizations")))


# --- the guard itself ---


def _guarded(world: World, method: str, spoil: Spoil | None = None) -> GuardedHost:
    return GuardedHost(cast("Host", BrokenIn(world.host, method, spoil)))


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("caps", lambda host: host.caps),
        ("find", lambda host: host.find("Organizations", "accountname", "Kea")),
        ("delete", lambda host: host.delete("Organizations", ["1"])),
        ("transaction", lambda host: host.transaction().__enter__()),
        ("on_commit", lambda host: host.on_commit(print)),
        ("url", lambda host: host.url(Ref("Organizations", "1"))),
        ("currencies", lambda host: host.currencies()),
        ("rate", lambda host: host.rate("EUR", datetime(2026, 1, 1).date())),  # noqa: DTZ001  # a day
        ("taxes", lambda host: host.taxes()),
    ],
)
def test_every_method_is_guarded(
    bare: World, method: str, call: Callable[[GuardedHost], object]
) -> None:
    """Those that a sync of organisations does not ask for, one by one."""
    host = _guarded(bare, method)

    with pytest.raises(BrokenHost, match=f"failed in {method}"):
        call(host)


def test_no_method_of_a_host_is_unguarded() -> None:
    """The guard has every public name of the Host protocol."""
    public = {name for name in vars(Host) if not name.startswith("_")}

    assert set() == public - set(vars(GuardedHost))


def test_a_rate_that_is_a_float_is_refused(bare: World) -> None:
    """A rate multiplies money."""
    host = _guarded(bare, "rate", lambda _: 1.1)

    with pytest.raises(BrokenHost, match="a float, not a Decimal"):
        host.rate("EUR", bare.clock.now().date())


def test_a_deletion_needs_one_result_each(bare: World) -> None:
    """As a save does."""
    host = _guarded(bare, "delete", lambda _: [Result(None), Result(None)])

    with pytest.raises(BrokenHost, match="2 results for 1 records"):
        host.delete("Organizations", ["1"])


def test_an_error_of_the_body_is_not_the_adapters(bare: World) -> None:
    """What is raised within the CRM's transaction leaves it as it is, and rolls back."""
    host = GuardedHost(bare.host)

    def give_up() -> None:
        with host.transaction():
            bare.host.create("Organizations", {"accountname": "Kea"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        give_up()
    assert [] == bare.host.all("Organizations")


def test_an_error_of_a_call_after_commit_is_not_the_adapters(bare: World) -> None:
    """The call that the adapter makes at once is ours."""

    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        GuardedHost(bare.host).on_commit(fail)
