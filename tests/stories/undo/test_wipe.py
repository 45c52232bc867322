"""A wipe: what Xero brought into the CRM goes there, what is people's stays, Xero keeps all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import invoice, organisation, paid_in_xero, product
from tests.world import World, connected_world
from xtiger.engine.apply.removals import CrmRemover
from xtiger.errors import RunBusy, UndoRefused
from xtiger.model.setting_keys import run_lease

NAME = "Empty Trading Ltd"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A connected world; its brake would stop a wipe that nobody confirmed."""
    with connected_world(tmp_path) as made:
        made.settings("Organizations", brake_records=1)
        yield made


def from_xero(world: World, number: int) -> str:
    """A customer, its paid invoice and an item that only Xero has; answers the invoice."""
    made = world.sandbox.add("Contacts", {"Name": f"Newcomer {number}"})
    world.sandbox.add("Items", {"Code": f"N{number}", "Name": f"Item {number}"})
    bill = {
        "Type": "ACCREC",
        "Status": "AUTHORISED",
        "Contact": {"ContactID": made["ContactID"]},
        "InvoiceNumber": f"X{number}",
        "Date": "2026-11-02",
        "DueDate": "2026-12-02",
        "LineItems": [
            {"Description": "Work", "Quantity": 1, "UnitAmount": 8, "AccountCode": "200"}
        ],
    }
    found = str(world.sandbox.add("Invoices", bill)["InvoiceID"])
    paid_in_xero(world, found, "3")
    return found


def in_crm(world: World) -> dict[str, list[str]]:
    """Module → the names of its records."""
    names = {
        "Organizations": "accountname",
        "Products": "productcode",
        "Services": "servicename",
        "Invoices": "invoice_no",
        "Payments": "amount",
    }
    return {
        module: sorted(
            str(one.values.get(field)) for one in world.host.all(module) if not one.deleted
        )
        for module, field in names.items()
    }


def in_xero(world: World) -> list[Any]:
    """All that the sandbox has."""
    return [world.xero(kind) for kind in ("Contacts", "Items", "Invoices", "Payments")]


def wipe(world: World, **options: Any) -> Any:
    """Wipe after a pause, and check what holds for every run."""
    world.wait()
    done = world.xt.wipe.run(NAME, "a test", **options)
    world.check()
    return done


@pytest.mark.feature("F038")
def test_what_came_from_xero_goes_and_stays_away(world: World) -> None:
    """Ours stays, Xero is as before, no sync brings it back; undone it is there again."""
    for number in range(3):
        from_xero(world, number)
    invoice(world, "I1", organisation(world, "Acme"))
    product(world, "P1", sales_account="200")
    ours = in_crm(world)
    world.sync()
    full, there = in_crm(world), in_xero(world)
    planned = world.xt.wipe.plan()

    done = wipe(world, seen=planned.seen)

    assert ours == in_crm(world)
    assert there == in_xero(world)
    kept = json.loads(done.file.read_text())["records"]
    assert len(kept) == len(planned.going) == sum(len(x) for x in full.values()) - 3
    assert {"Newcomer 0", "Newcomer 1", "Newcomer 2"} == {
        one["values"]["accountname"] for one in kept if one["module"] == "Organizations"
    }
    world.sync(full=True)
    assert (ours, there) == (in_crm(world), in_xero(world))

    world.xt.undo.run([done.run.id], "a test")
    world.sync()

    assert (full, there) == (in_crm(world), in_xero(world))
    assert 0 == world.actions()


def test_what_people_changed_or_use_stays_and_is_said(world: World) -> None:
    """A completed customer, one whom somebody billed, and with it what it names."""
    for number in range(3):
        from_xero(world, number)
    world.sync()
    ids = {one.values["accountname"]: one.ref.id for one in world.host.all("Organizations")}
    world.host.edit("Organizations", ids["Newcomer 0"], phone="1")
    invoice(world, "I9", ids["Newcomer 1"])
    world.sync()

    plan = world.xt.wipe.plan()
    wipe(world, seen=plan.seen)

    why = {one.name: one.cause.code for one in plan.staying if one.cause is not None}
    assert {"Newcomer 0": "undo_kept", "Newcomer 1": "undo_in_use"} == why
    assert (1, 2) == plan.counts["Organizations"]
    left = in_crm(world)
    assert (["Newcomer 0", "Newcomer 1"], ["I9"]) == (left["Organizations"], left["Invoices"])


def test_what_is_older_than_what_is_kept_is_told_by_the_log(world: World) -> None:
    """After 90 days the values that runs wrote are forgotten: an edit that was sent is known."""
    for number in range(2):
        from_xero(world, number)
    world.sync()
    edited = world.host.all("Organizations")[0]
    world.host.edit("Organizations", edited.ref.id, phone="1")
    world.sync()
    for _ in range(2):
        world.wait(50 * 86_400)
        world.sync()
    organisation(world, "Acme")
    world.sync()
    assert not world.xt.store.images_of_module(world.xt.connections.get().id, "Products")

    wipe(world)

    name = str(edited.values["accountname"])
    assert sorted(["Acme", name]) == in_crm(world)["Organizations"]
    assert [] == in_crm(world)["Invoices"]


@pytest.mark.parametrize("name", ["", "Empty Trading", "Another Ltd"])
def test_another_name_does_nothing(world: World, name: str) -> None:
    """Neither is a file written."""
    from_xero(world, 1)
    world.sync()
    before = in_crm(world)

    with pytest.raises(UndoRefused, match="Nothing was done"):
        world.xt.wipe.run(name, "a test")

    assert before == in_crm(world)
    assert not (world.xt.settings.home / "exports").exists()


def test_what_was_edited_or_came_after_the_look_is_looked_at_again(world: World) -> None:
    """The confirmation is of what was shown, and of nothing else."""
    from_xero(world, 1)
    world.sync()
    plan = world.xt.wipe.plan()
    (newcomer,) = world.host.all("Organizations")
    world.host.edit("Organizations", newcomer.ref.id, phone="1")
    before = in_crm(world)

    with pytest.raises(UndoRefused, match="has changed"):
        wipe(world, seen=plan.seen)

    assert before == in_crm(world)


def test_what_is_edited_at_the_last_moment_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the file and the delete; it is said, and synced as before."""
    from_xero(world, 1)
    world.sync()
    (newcomer,) = world.host.all("Organizations")
    real = CrmRemover.remove

    def late(remover: CrmRemover, items: Any) -> None:
        if items and items[0].module == "Organizations":
            world.host.edit("Organizations", newcomer.ref.id, phone="1")
        real(remover, items)

    monkeypatch.setattr(CrmRemover, "remove", late)
    wipe(world)

    assert ["Newcomer 1"] == in_crm(world)["Organizations"]
    assert "changed_meanwhile" == getattr(
        world.outcome("Organizations", newcomer.ref.id).cause, "code", ""
    )
    world.sync()
    assert "1" in str(world.in_xero("Organizations", newcomer.ref.id)["Phones"])


@pytest.mark.parametrize("place", ["_announce", "_settle"])
def test_a_killed_wipe_is_finished_by_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Before or after the CRM deleted: nothing comes back in between, and nothing goes in Xero."""
    world.settings("Organizations", delete_in_xero=True)
    for number in range(2):
        from_xero(world, number)
    organisation(world, "Acme")
    world.sync()
    there = in_xero(world)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    world.wait()
    with monkeypatch.context() as patch:
        patch.setattr(CrmRemover, place, killed)
        with pytest.raises(KeyboardInterrupt):
            world.xt.wipe.run(NAME, "a test")
    world.sync()
    assert there == in_xero(world)
    wipe(world)
    world.sync()

    assert (["Acme"], []) == (in_crm(world)["Organizations"], in_crm(world)["Invoices"])
    assert there == in_xero(world)


def test_pressed_twice_or_while_a_sync_runs(world: World) -> None:
    """The second has nothing to do; beside a sync none begins."""
    from_xero(world, 1)
    world.sync()
    wipe(world)
    after = in_crm(world)
    with pytest.raises(UndoRefused, match="nothing to take away"):
        wipe(world)
    lease = run_lease(world.xt.connections.get().id)
    world.xt.store.acquire_lease(lease, "another", 300, world.clock.now())
    with pytest.raises(RunBusy):
        world.xt.wipe.run(NAME, "a test")

    assert after == in_crm(world)
    (one,) = world.xt.wipe.before()
    assert one.count == len(world.xt.undo.holds())


def test_money_of_our_invoices_stays_as_xero_has_it(world: World) -> None:
    """A payment that came in goes from the CRM; what the invoice says is paid is Xero's."""
    billed = invoice(world, "I1", organisation(world, "Acme"))
    world.sync()
    paid_in_xero(world, world.xero_id("Invoices", billed), "4")
    world.sync()

    wipe(world, modules=["Payments"])
    world.sync()

    assert [] == in_crm(world)["Payments"]
    assert Decimal(4) == world.in_crm("Invoices", billed, "received")
