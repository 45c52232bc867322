"""Stories of what an undo takes back or leaves, and of persons who were erased."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.stories.cures.telling import Seen
from tests.stories.sync.people import contact, invoice, organisation, paid_in_xero
from tests.world import World
from xtiger.hosts.memory import MemoryHost


def undone(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme", phone="1")
    world.sync()
    world.host.edit("Organizations", acme, phone="2")
    _undo(world, world.sync().id)
    yield Seen("Organizations", acme)
    world.xt.undo.release()


def undo_kept(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme")
    run = world.sync()
    world.sandbox.edit("Contacts", world.xero_id("Organizations", acme), {"Name": "Other"})
    _undo(world, run.id)
    yield Seen("Organizations", acme, told=True)


def undo_in_use(world: World) -> Iterator[Seen]:
    world.sandbox.add("Contacts", {"Name": "Newcomer"})
    run = world.sync()
    (newcomer,) = (one.ref.id for one in world.host.all("Organizations"))
    invoice(world, "I9", newcomer)
    _undo(world, run.id)
    yield Seen("Organizations", newcomer, told=True)


def undo_relinked(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme")
    run = world.sync()
    world.xt.links.unlink("Organizations", acme)
    _undo(world, run.id)
    yield Seen("Organizations", acme, told=True)


def undo_one_side(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme")
    world.sync()
    world.host.edit("Organizations", acme, accountname="Acme Ltd")
    run = world.sync()
    world.host.remove("Organizations", acme)
    _undo(world, run.id)
    yield Seen("Organizations", acme, told=True)


def undo_not_back(world: World) -> Iterator[Seen]:
    world.settings("Organizations", delete_in_xero=True)
    acme = organisation(world, "Acme")
    world.sync()
    world.host.remove("Organizations", acme)
    _undo(world, world.sync().id)
    yield Seen("Organizations", acme, told=True)


def undo_anew(world: World) -> Iterator[Seen]:
    world.settings("Organizations", delete_in_crm=True)
    acme = organisation(world, "Acme")
    world.sync()
    there = world.xero_id("Organizations", acme)
    world.sandbox.edit("Contacts", there, {"ContactStatus": "ARCHIVED"})
    _undo(world, world.sync().id)
    (again,) = (one.ref.id for one in world.host.all("Organizations"))
    yield Seen("Organizations", again, told=True)


def undo_no_delete(world: World) -> Iterator[Seen]:
    there = world.sandbox.add("Contacts", {"Name": "Acme"})["ContactID"]
    run = world.sync()
    (acme,) = (o.crm_id for o in world.xt.sync.outcomes(run_id=run.id) if o.xero_id == there)
    real = MemoryHost.modules
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            MemoryHost,
            "modules",
            lambda host: [replace(one, can=one.can - {"delete"}) for one in real(host)],
        )
        _undo(world, run.id)
        yield Seen("Organizations", str(acme), told=True)


def undo_money(world: World) -> Iterator[Seen]:
    billed = invoice(world, "I1", organisation(world, "Acme"))
    world.sync()
    paid_in_xero(world, world.xero_id("Invoices", billed), "4")
    _undo(world, world.sync().id)
    yield Seen("Invoices", billed, told=True)


def erased(world: World) -> Iterator[Seen]:
    ann = organisation(world, "Ann Lee", email1="ann@lee.example")
    world.sync()
    world.xt.privacy.erase("ann@lee.example", "Ann Lee", "a test")
    world.host.edit("Organizations", ann, phone="2")
    yield Seen("Organizations", ann)
    world.xt.privacy.release("ann@lee.example")


def list_erased(world: World) -> Iterator[Seen]:
    firm = organisation(world, "Acme", email1="office@acme.example")
    contact(world, "Ann", "Lee", firm, email="ann@lee.example")
    world.sync()
    world.xt.privacy.erase("ann@lee.example", "Ann Lee", "a test")
    new = contact(world, "Bo", "Rae", firm, email="bo@rae.example")
    yield Seen("Contacts", new)
    world.xt.privacy.release("ann@lee.example")


def _undo(world: World, run: str) -> None:
    world.wait()
    world.xt.undo.run([run], "a test")
