"""Beginning anew: nothing is doubled with the same organisation, another starts clean, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.services.test_routing import NORTH, SOUTH, connect
from tests.stories.sync.people import invoice, organisation, payment, product
from tests.world import World, make_world
from xtiger.db.parts.identities import IdentityPart
from xtiger.errors import RunBusy, UndoRefused
from xtiger.model.setting_keys import run_lease

KINDS = ("Contacts", "Items", "Invoices", "Payments")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A CRM that is in step with one of two organisations."""
    with make_world(tmp_path, seed="demo") as made:
        connect(made, NORTH)
        paid = invoice(made, "I1", organisation(made, "Kea"))
        payment(made, paid, "4")
        product(made, "P1", sales_account="200")
        made.sync()
        yield made


def everything(world: World, organisation: str) -> list[Any]:
    """All that an organisation has."""
    of = world.organisation(organisation)
    return [list(world.sandbox.table(kind, of)) for kind in KINDS]


def in_crm(world: World) -> list[int]:
    """How many records of each module the CRM has."""
    modules = ("Organizations", "Products", "Services", "Invoices", "Payments")
    return [len(world.host.all(module)) for module in modules]


def links(world: World) -> set[tuple[str, str, str, str]]:
    """Every link, without its id."""
    found = world.xt.store.all_links(world.xt.connections.all()[0].id)
    return {(one.module, one.crm_id, one.xero_id, one.role) for one in found}


def reset(world: World) -> Any:
    """Begin anew with the only organisation."""
    one = world.xt.connections.all()[0]
    return world.xt.connections.reset(one.id, NORTH)


def all_again(world: World) -> None:
    """Let the first sync after a reset go, as a person does who looked at it."""
    world.xt.start.advance("all", "a test", world.xt.connections.get().id)


@pytest.mark.feature("F011")
def test_the_same_organisation_is_paired_again_and_nothing_is_doubled(world: World) -> None:
    """What went to Xero is found by its key; what came from there is asked about, by name."""
    before, there, here = links(world), everything(world, NORTH), in_crm(world)
    one = world.xt.connections.get()
    world.xt.connections.disconnect(one.id)
    done = reset(world)
    assert len(before) == done.links
    connect(world, NORTH)

    run = world.sync()

    assert (there, here) == (everything(world, NORTH), in_crm(world))
    now = links(world)
    kea = next(one for one in world.host.all("Organizations") if one.values["accountname"] == "Kea")
    assert {("Organizations", kea.ref.id)} <= {link[:2] for link in now}
    asked = {
        (one.module, one.crm_id)
        for one in world.xt.sync.outcomes(run_id=run.id, results=["held"], limit=1000)
    }
    assert now < before
    assert {link[:2] for link in before - now} <= asked


@pytest.mark.feature("F011")
def test_another_organisation_starts_clean(world: World) -> None:
    """What was in the old one is made once in the new one, and the old one is left as it is."""
    old = everything(world, NORTH)
    reset(world)
    world.xt.connections.disconnect(world.xt.connections.get().id)
    connect(world, SOUTH)

    world.sync("Organizations", "Products", "Invoices", "Payments")

    contacts, items, bills, payments = everything(world, SOUTH)
    assert 1 == len([raw for raw in contacts if raw["Name"] == "Kea"])
    assert 1 == len([raw for raw in items if raw["Code"] == "P1"])
    assert 1 == len([raw for raw in bills if raw["InvoiceNumber"] == "I1"])
    assert 1 == len([raw for raw in payments if str(raw["Amount"]) == "4.00"])
    assert old == everything(world, NORTH)


@pytest.mark.feature("F011")
def test_a_reset_is_taken_back_by_its_file(world: World) -> None:
    """The links are there again with what both sides had agreed on: an edit in between travels."""
    before = links(world)
    kea = next(one for one in world.host.all("Organizations") if one.values["accountname"] == "Kea")
    done = reset(world)
    assert ([], set()) == ([*world.xt.connections.remembered(_id(world)).links], links(world))
    world.host.edit("Organizations", kea.ref.id, phone="77")

    back = world.xt.connections.take_back_reset(_id(world), done.file)

    assert (len(before), 0, before) == (back.links, back.left, links(world))
    plan = world.plan()
    assert [kea.ref.id] == [one.crm_id for one in plan.actions]
    world.sync()
    assert "77" in str(world.in_xero("Organizations", kea.ref.id)["Phones"])
    assert 0 == world.actions()


def test_what_was_linked_otherwise_since_stays_so(world: World) -> None:
    """Taken back after a sync, and twice: no link is doubled, and no record."""
    before, there = links(world), everything(world, NORTH)
    done = reset(world)
    all_again(world)
    world.sync("Organizations", "Products")
    kept = len(links(world))

    backs = [world.xt.connections.take_back_reset(_id(world), done.file) for _ in range(2)]

    assert [kept, len(before)] == [one.left for one in backs]
    assert before == links(world)
    world.sync()
    assert (there, 0) == (everything(world, NORTH), world.actions())


def test_another_name_a_running_sync_and_another_file_do_nothing(
    world: World, tmp_path: Path
) -> None:
    """Every link stays."""
    before, one = links(world), world.xt.connections.get()
    with pytest.raises(UndoRefused, match="type the name"):
        world.xt.connections.reset(one.id, "Another Ltd")
    world.xt.store.acquire_lease(run_lease(one.id), "another", 300, world.clock.now())
    with pytest.raises(RunBusy):
        reset(world)
    other = tmp_path / "other.json"
    foreign: Mapping[str, Any] = {"xtiger": "reset", "connection": "c9", "links": []}
    changed = {**foreign, "connection": one.id, "links": [{"link": {"role": 7}}]}
    for text in ("", "{", "[]", json.dumps(foreign), json.dumps(changed)):
        other.write_text(text)
        with pytest.raises(UndoRefused, match="is not what a reset"):
            world.xt.connections.take_back_reset(one.id, other)

    assert before == links(world)


def test_a_reset_that_is_killed_forgets_all_or_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is there already; pressed again it is done."""
    before = links(world)
    real = IdentityPart.forget_crm

    def killed(part: IdentityPart, connection_id: str) -> int:
        real(part, connection_id)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(IdentityPart, "forget_crm", killed)
        with pytest.raises(KeyboardInterrupt):
            reset(world)
    assert before == links(world)

    assert len(before) == reset(world).links
    assert 2 == len(world.xt.connections.resets(_id(world)))


def _id(world: World) -> str:
    return world.xt.connections.all()[0].id
