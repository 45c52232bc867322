"""Undo of one run: both sides as before, people's later edits kept, and held until released."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import contact, invoice, organisation, paid_in_xero, payment, product
from tests.world import World, connected_world

MODULES = ("Organizations", "Contacts", "Products", "Invoices", "Payments")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A connected world without a brake."""
    with connected_world(tmp_path) as made:
        for module in MODULES:
            made.settings(module, brake_share=100)
        yield made


def status(world: World, kind: str) -> list[str]:
    """The statuses of a kind in the sandbox, sorted."""
    return sorted(str(one.get("ContactStatus") or one.get("Status")) for one in world.xero(kind))


def undo(world: World, *runs: str, **part: Any) -> object:
    """Undo after a pause, and check what holds for every run."""
    world.wait()
    done = world.xt.undo.run(runs, "a test", **part)
    world.check()
    return done


def names(world: World) -> list[str]:
    """The organisations of the CRM, sorted."""
    page = world.host.changed_since("Organizations", None)
    return sorted(str(one.values["accountname"]) for one in page.records if not one.deleted)


def codes(world: World) -> set[str]:
    """The causes that a plan leaves standing."""
    return {item.cause.code for item in world.plan().items if item.cause is not None}


@pytest.mark.feature("O3")
def test_what_a_first_sync_made_in_xero_is_taken_back(world: World) -> None:
    """Contacts are archived, items deleted, invoices voided, payments deleted; the CRM stays."""
    acme = organisation(world, "Acme", email1="a@b.example")
    contact(world, "Ann", "Lee", acme, email="ann@b.example")
    product(world, "P1", sales_account="200")
    billed = invoice(world, "I1", acme)
    world.sync()
    payment(world, billed)
    world.sync()
    first, second = [r.id for r in world.xt.sync.runs(9) if r.trigger == "person"]

    undo(world, first, second)

    assert [["ARCHIVED"], [], ["VOIDED"], ["DELETED"]] == [
        status(world, kind) for kind in ("Contacts", "Items", "Invoices", "Payments")
    ]
    assert "Acme" == world.in_crm("Organizations", acme, "accountname")
    # The next sync does nothing of it again.
    assert ({"undone"}, 0) == (codes(world), world.actions())


def test_an_update_goes_back_and_an_edit_made_since_stays(world: World) -> None:
    """The name that the run wrote goes back; the phone that somebody changed since is kept."""
    acme = organisation(world, "Acme", phone="1")
    world.sync()
    world.host.edit("Organizations", acme, accountname="Acme Ltd", phone="2")
    run = world.sync()
    raw = dict(world.in_xero("Organizations", acme))
    phones = [
        {**one, "PhoneNumber": "3"} if one.get("PhoneNumber") == "2" else one
        for one in raw["Phones"]
    ]
    world.wait()
    world.sandbox.edit("Contacts", raw["ContactID"], {"Phones": phones})

    undo(world, run.id)

    now = world.in_xero("Organizations", acme)
    assert ("Acme", "3") == (
        now["Name"],
        next(one["PhoneNumber"] for one in now["Phones"] if one.get("PhoneNumber")),
    )
    outcome = world.outcome("Organizations", acme)
    assert outcome.cause is not None
    assert ["undone", "undo_kept"] == [one.code for one in outcome.cause.each()]


def test_what_a_run_wrote_in_the_crm_is_taken_back(world: World) -> None:
    """Records made in the CRM are deleted there, a change goes back; Xero stays as it is."""
    kept = organisation(world, "Bell", phone="1")
    world.sync()
    world.sandbox.add("Contacts", {"Name": "Newcomer"})
    theirs = world.xero_id("Organizations", kept)
    world.wait()
    world.sandbox.edit("Contacts", theirs, {"Name": "Bell Ltd"})
    run = world.sync()
    before = names(world)

    undo(world, run.id)

    assert "Bell" == world.in_crm("Organizations", kept, "accountname")
    assert (["Bell Ltd", "Newcomer"], ["Bell"]) == (before, names(world))
    assert {"Bell Ltd", "Newcomer"} == {one["Name"] for one in world.xero("Contacts")}
    assert ({"undone"}, 0) == (codes(world), world.actions())


def test_what_is_released_is_done_again(world: World) -> None:
    """The cure: after the release the next sync sends the name once more, and makes anew."""
    acme = organisation(world, "Acme")
    world.sync()
    world.host.edit("Organizations", acme, accountname="Acme Ltd")
    run = world.sync()
    undo(world, run.id)
    assert "Acme" == world.in_xero("Organizations", acme)["Name"]

    assert 1 == world.xt.undo.release()
    world.sync()

    assert "Acme Ltd" == world.in_xero("Organizations", acme)["Name"]
    assert [] == world.xt.undo.holds()


def test_what_was_archived_is_made_anew_once_it_is_released(world: World) -> None:
    """A contact that an undo archived cannot come back in Xero: a new one is made, once."""
    acme = organisation(world, "Acme")
    run = world.sync()
    undo(world, run.id)
    world.sync()
    assert ["ARCHIVED"] == status(world, "Contacts")

    world.xt.undo.release(record=acme)
    world.sync()
    world.sync()

    assert ["ACTIVE", "ARCHIVED"] == status(world, "Contacts")


def test_an_undo_is_taken_back(world: World) -> None:
    """What it archived is made anew, what it changed goes out once more."""
    acme = organisation(world, "Acme")
    world.sync()
    world.host.edit("Organizations", acme, accountname="Acme Ltd")
    organisation(world, "Bell")
    run = world.sync()
    undo(world, run.id)
    (undone,) = [one for one in world.xt.sync.runs(9) if one.trigger == "undo"]
    shown = [item.verb for item in world.xt.undo.plan([undone.id]).items]

    undo(world, undone.id)

    live = [one["Name"] for one in world.xero("Contacts") if one["ContactStatus"] == "ACTIVE"]
    assert ["create", "update"] == sorted(str(verb) for verb in shown)
    assert ["Acme Ltd", "Bell"] == sorted(live)
    assert (set(), 0) == (codes(world), world.actions())


def test_a_part_is_taken_back_and_the_rest_stays(world: World) -> None:
    """Of one module, or of one record."""
    acme, bell = organisation(world, "Acme"), organisation(world, "Bell")
    product(world, "P1", sales_account="200")
    run = world.sync()

    undo(world, run.id, module="Products")
    undo(world, run.id, module="Organizations", record=acme)

    assert [] == world.xero("Items")
    assert ["ACTIVE", "ARCHIVED"] == status(world, "Contacts")
    assert "ACTIVE" == world.in_xero("Organizations", bell)["ContactStatus"]


def test_money_that_people_entered_keeps_its_invoice(world: World) -> None:
    """An invoice that somebody paid in Xero since is not voided, and that is said."""
    acme = organisation(world, "Acme")
    billed = invoice(world, "I1", acme)
    run = world.sync()
    paid_in_xero(world, world.xero_id("Invoices", billed), "4")

    undo(world, run.id, module="Invoices")

    assert ["AUTHORISED"] == status(world, "Invoices")
    cause = world.outcome("Invoices", billed).cause
    assert cause is not None
    assert "invoice_locked" == cause.code


def test_a_plan_writes_nothing_and_says_the_same(world: World) -> None:
    """The plan has the verbs that the undo then carries out."""
    acme = organisation(world, "Acme")
    invoice(world, "I1", acme)
    run = world.sync()
    world.wait()

    plan = world.xt.undo.plan([run.id])

    assert [("Organizations", "archive"), ("Invoices", "void")] == [
        (item.module, item.verb) for item in plan.items
    ]
    assert [["ACTIVE"], ["AUTHORISED"]] == [
        status(world, kind) for kind in ("Contacts", "Invoices")
    ]
    assert [] == world.xt.undo.holds()


def test_what_runs_wrote_is_forgotten_after_ninety_days(world: World) -> None:
    """By the next run that does anything, so that the table of a home that is used stays small."""
    organisation(world, "Acme")
    old = world.sync().id
    connection = world.xt.connections.get().id
    # A connection that is not used for 60 days ends.
    for name in ("Beech", "Cedar"):
        assert world.xt.store.images(connection, [old])
        world.wait(44 * 86_400)
        organisation(world, name)
        world.sync()
    assert world.xt.store.images(connection, [old])

    world.wait(3 * 86_400)
    organisation(world, "Date")
    newest = world.sync().id

    assert not world.xt.store.images(connection, [old])
    assert world.xt.store.images(connection, [newest])


def test_what_another_record_has_by_now_stays(world: World) -> None:
    """Its maker was deleted in the CRM, and a duplicate that shared it took its place."""
    world.settings("Organizations", duplicates="share", create_in_crm=False)
    first, second = (organisation(world, "Acme") for _ in range(2))
    run = world.sync()
    world.host.remove("Organizations", first)
    world.sync()
    world.sync()

    undo(world, run.id)

    assert ["ACTIVE"] == status(world, "Contacts")
    assert world.xero_id("Organizations", second) == world.xero("Contacts")[0]["ContactID"]
