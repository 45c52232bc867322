"""Undo of removals: what a sync removed is made anew as it stood, as far as a side takes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import (
    invoice,
    organisation,
    paid_in_xero,
    payment,
    product,
    unpaid_in_xero,
)
from tests.stories.sync.removing import MODULES, allowed, link_state
from tests.stories.sync.test_missing_sides import removed_from_the_sandbox
from tests.world import World, connected_world, make_world
from xtiger.engine.workbench.host_door import HostDoor
from xtiger.errors import BrokenHost
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Module, Problem, Result


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A connected world without a brake, that carries deletes both ways."""
    with connected_world(tmp_path) as made:
        for module in MODULES:
            made.settings(module, brake_share=100)
        yield allowed(made)


@pytest.fixture
def deleting_world(tmp_path: Path) -> Iterator[World]:
    """One whose CRM cancels no invoice, so that one voided in Xero is deleted there."""
    modules = [_without_cancel(module) for module in standard_modules()]
    with make_world(tmp_path, modules=modules) as made:
        made.connect()
        made.default_account()
        for module in MODULES:
            made.settings(module, brake_share=100)
        yield allowed(made)


def _without_cancel(module: Module) -> Module:
    fields = [
        replace(one, choices=tuple(o for o in one.choices if o.value != "Cancel"))
        for one in module.fields
    ]
    return replace(module, fields=tuple(fields))


def undo(world: World, *runs: str) -> Any:
    """Undo after a pause, and check what holds for every run."""
    world.wait()
    done = world.xt.undo.run(runs, "a test")
    world.check()
    return done


def kept(world: World, module: str) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """What the records of a module have, without what gives each its own id."""
    return [
        (dict(one.values), [{k: v for k, v in line.items() if k != "id"} for line in one.lines])
        for one in world.host.all(module)
        if not one.deleted
    ]


def causes(world: World, run: Any) -> set[tuple[str, ...]]:
    """The codes of each outcome of a run that has any."""
    found = [one.cause for one in world.xt.sync.outcomes(run_id=run.id) if one.cause]
    return {tuple(one.code for one in cause.each()) for cause in found}


@pytest.mark.feature("O3")
def test_what_a_sync_deleted_in_the_crm_is_made_anew(deleting_world: World) -> None:
    """Every field and line, mapped or not, under new ids that name each other; nothing goes on."""
    world = deleting_world
    firm = organisation(world, "Acme", phone="1", email1="a@b.example")
    billed = invoice(world, "I1", firm)
    payment(world, billed, "4")
    world.sync()
    product(world, "P1", sales_account="200")
    world.sync()
    before = {name: kept(world, name) for name in MODULES}
    theirs = world.xero_id("Organizations", firm)
    unpaid_in_xero(world, world.xero("Payments")[0]["PaymentID"])
    world.sandbox.edit("Invoices", world.xero_id("Invoices", billed), {"Status": "VOIDED"})
    world.sandbox.edit("Contacts", theirs, {"ContactStatus": "ARCHIVED"})
    removed_from_the_sandbox(world, "Items", world.xero("Items")[0]["ItemID"])
    run = world.sync(full=True)
    gone = [name for name in MODULES if not kept(world, name)]

    planned = world.xt.undo.plan([run.id])
    done = undo(world, run.id)

    (again,), (bill,) = world.host.all("Organizations"), world.host.all("Invoices")
    (paid,) = world.host.all("Payments")
    assert (bill.values["account_id"], paid.values["invoice_id"]) == (again.ref.id, bill.ref.id)
    assert {*MODULES} == {*gone}
    assert {"create"} == {item.verb for item in planned.items}
    shown = {name: kept(world, name) for name in MODULES}
    shown["Invoices"][0][0]["account_id"] = firm
    shown["Payments"][0][0]["invoice_id"] = billed
    assert before == shown
    assert {("undo_anew",)} == causes(world, done)
    assert ("orphan", 0) == (link_state(world, "Organizations", again.ref.id), world.actions())


def test_what_was_made_anew_goes_again_once_it_is_released(world: World) -> None:
    """The undo taken back: the CRM's record is deleted again, as Xero has it no more."""
    firm = organisation(world, "Acme")
    world.sync()
    theirs = world.xero_id("Organizations", firm)
    world.sandbox.edit("Contacts", theirs, {"ContactStatus": "ARCHIVED"})
    run = world.sync()
    done = undo(world, run.id)
    (again,) = world.host.all("Organizations")

    world.wait()
    world.xt.undo.run([done.id], "a test")

    assert ([], []) == (list(world.host.all("Organizations")), world.xt.undo.holds())
    assert 0 == world.actions()
    assert "removed" == world.outcome("Organizations", again.ref.id).result


def test_what_was_made_and_removed_by_the_same_runs_stays_away(world: World) -> None:
    """It was not there before them: nothing of it comes back."""
    there = world.sandbox.add("Contacts", {"Name": "Newcomer"})["ContactID"]
    first = world.sync()
    world.sandbox.edit("Contacts", there, {"ContactStatus": "ARCHIVED"})
    second = world.sync()

    undo(world, first.id, second.id)

    assert [] == list(world.host.all("Organizations"))


@pytest.mark.parametrize("end", [KeyboardInterrupt, BrokenHost])
@pytest.mark.parametrize("written", [True, False])
def test_an_undo_that_was_killed_makes_nothing_anew_twice(
    world: World, monkeypatch: pytest.MonkeyPatch, end: type[BaseException], *, written: bool
) -> None:
    """Before or after the CRM has it: the same undo once more makes one record, linked once."""
    firm = organisation(world, "Acme")
    world.sync()
    theirs = world.xero_id("Organizations", firm)
    world.sandbox.edit("Contacts", theirs, {"ContactStatus": "ARCHIVED"})
    run = world.sync()
    real = HostDoor.save

    def killed(door: HostDoor, module: str, writes: Any) -> Any:
        if written:
            real(door, module, writes)
        raise end("memory", "save", "killed") if end is BrokenHost else end

    world.wait()
    with monkeypatch.context() as patch:
        patch.setattr(HostDoor, "save", killed)
        with pytest.raises(end):
            world.xt.undo.run([run.id], "a test")
    undo(world, run.id)
    undo(world, run.id)
    world.sync()

    (again,) = world.host.all("Organizations")
    assert ("Acme", 0) == (again.values["accountname"], world.actions())


def test_what_the_crm_refuses_keeps_the_proof_that_it_went(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is held of it, and its old link says as before that both sides let it go."""
    firm = organisation(world, "Acme")
    world.sync()
    theirs = world.xero_id("Organizations", firm)
    world.sandbox.edit("Contacts", theirs, {"ContactStatus": "ARCHIVED"})
    run = world.sync()
    with monkeypatch.context() as patch:
        patch.setattr(
            MemoryHost,
            "save",
            lambda _host, _module, writes, origin="": [  # noqa: ARG005
                Result(None, problem=Problem("invalid", "no")) for _ in writes
            ],
        )
        undo(world, run.id)

    assert ("removed", []) == (link_state(world, "Organizations", firm), world.xt.undo.holds())
    assert 0 == world.actions()


@pytest.mark.feature("O3")
def test_what_a_sync_deleted_in_xero_is_made_anew_where_xero_lets_it(world: World) -> None:
    """An item and a payment come back as they were; a contact that it archived does not."""
    firm = organisation(world, "Acme")
    part = product(world, "P1", sales_account="200")
    billed = invoice(world, "I1", organisation(world, "Bell"))
    paid = payment(world, billed, "4")
    world.sync()
    before = {kind: _theirs(world, kind) for kind in ("Items", "Payments", "Invoices")}
    world.host.remove("Organizations", firm)
    world.host.remove("Products", part)
    world.host.remove("Payments", paid)
    run = world.sync()
    assert (0, ["DELETED"]) == (
        len(world.xero("Items")),
        [one["Status"] for one in world.xero("Payments")],
    )

    planned = {item.module: item for item in world.xt.undo.plan([run.id]).items}
    undo(world, run.id)

    assert before == {kind: _theirs(world, kind) for kind in before}
    assert ["ARCHIVED"] == [
        c["ContactStatus"] for c in world.xero("Contacts") if c["Name"] == "Acme"
    ]
    named = planned["Organizations"].cause
    assert (None, "undo_not_back") == (planned["Organizations"].verb, named and named.code)
    assert 0 == world.actions()

    world.xt.undo.release()
    world.sync()

    assert [] == world.xero("Items")
    assert {"DELETED"} == {one["Status"] for one in world.xero("Payments")}


def _theirs(world: World, kind: str) -> list[Any]:
    """What stands in Xero of a kind, without ids and times."""
    names = ("Code", "Name", "SalesDetails", "Amount", "Date", "Reference", "AmountPaid", "Status")
    return [
        {name: one[name] for name in names if name in one}
        for one in world.xero(kind)
        if one.get("Status") != "DELETED"
    ]


def test_money_that_was_entered_again_is_not_doubled(world: World) -> None:
    """Somebody entered the deleted payment in Xero by hand since: that one stays alone."""
    billed = invoice(world, "I1", organisation(world, "Acme"))
    paid = payment(world, billed, "4")
    world.sync()
    world.host.remove("Payments", paid)
    run = world.sync()
    paid_in_xero(world, world.xero_id("Invoices", billed), "4")

    undo(world, run.id)

    standing = [one for one in world.xero("Payments") if one["Status"] != "DELETED"]
    assert 1 == len(standing)
