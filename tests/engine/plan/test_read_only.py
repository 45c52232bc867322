"""Read-only mode: Xero's changes come in, nothing leaves; active later."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.people import contact as person
from tests.stories.sync.people import invoice, organisation, payment, people
from tests.stories.sync.test_first_link import code_of, contact
from tests.world import World
from xtiger.errors import SettingInvalid
from xtiger.model.start_answers import Mode
from xtiger.ports.xero import WriteRequest
from xtiger.xero.organisations import XeroOrganisation


def choose(world: World, mode: Mode) -> None:
    """An administrator lets the connection only read, or send."""
    world.xt.start.answer(replace(world.xt.start.answers(), mode=mode), "a test")


def writes(world: World) -> int:
    """Requests so far that would change something in Xero."""
    sent = (c for c in world.sandbox.calls() if c.path.startswith("/api.xro"))
    return len([c for c in sent if c.method != "GET"])


@pytest.mark.feature("F118")
def test_it_only_reads_and_is_active_later(world: World) -> None:
    """What is new in Xero comes; what is new and changed here is counted, and goes later."""
    acme = organisation(world, "Acme", phone="1")
    bill = invoice(world, "I1", acme, total=Decimal(10))
    world.sync()
    choose(world, "read_only")
    before = writes(world)
    world.host.edit("Organizations", acme, phone="2")
    world.sandbox.edit("Contacts", world.xero_id("Organizations", acme), {"TaxNumber": "GB9"})
    contact(world, "From Xero")
    new = organisation(world, "Bell")
    paid = payment(world, bill)
    gone = organisation(world, "Cole")
    world.host.remove("Organizations", gone)

    run = world.sync()

    names = {one.values["accountname"] for one in world.host.all("Organizations")}
    assert before == writes(world)
    assert "From Xero" in names
    assert "GB9" == world.in_crm("Organizations", acme, "vat_number")
    assert "read_only" == code_of(world, "Organizations", new)
    assert "read_only" == code_of(world, "Payments", paid)
    assert 1 == run.counts["Organizations"]["excluded"]
    choose(world, "active")

    world.sync()

    assert {"Acme", "Bell", "From Xero"} == {one["Name"] for one in world.xero("Contacts")}
    assert "2" in str(world.in_xero("Organizations", acme)["Phones"])
    assert 1 == len(world.xero("Payments"))
    assert 0 == world.actions()


@pytest.mark.feature("F118")
def test_nothing_is_removed_in_xero(world: World) -> None:
    """Though the module removes there what the CRM deleted."""
    world.settings("Organizations", delete_in_xero=True)
    acme = organisation(world, "Acme")
    world.sync()
    choose(world, "read_only")
    world.host.remove("Organizations", acme)

    world.sync()

    assert ["ACTIVE"] == [one["ContactStatus"] for one in world.xero("Contacts")]


@pytest.mark.feature("F118")
def test_no_way_leads_past_it(world: World) -> None:
    """The door to Xero itself refuses, whoever writes."""
    choose(world, "read_only")
    door = world.xt._parts.doors.open(world.xt.connections.get())

    with pytest.raises(SettingInvalid, match="only read: nothing is sent to Xero"):
        door.send(WriteRequest("PUT", "/Contacts", b'{"Contacts": []}', "a-key"))

    assert [] == world.xero("Contacts")


@pytest.mark.feature("F118")
def test_what_the_crm_deleted_or_cancelled_meanwhile_goes_later(world: World) -> None:
    """It is counted as what is only read, and removed once the connection sends."""
    for module in ("Invoices", "Contacts"):
        world.settings(module, delete_in_xero=True)
    acme = organisation(world, "Acme", email1="a@b.example")
    gone = person(world, "Ann", "Lee", acme, email="ann@b.example")
    person(world, "Bob", "Ray", acme, email="bob@b.example")
    cancelled, deleted = (invoice(world, number, acme) for number in ("I1", "I2"))
    world.sync()
    choose(world, "read_only")
    before = writes(world)
    world.host.edit("Invoices", cancelled, invoicestatus="Cancel")
    world.host.remove("Invoices", deleted)
    world.host.remove("Contacts", gone)

    world.sync()

    codes = [code_of(world, "Invoices", one) for one in (cancelled, deleted)]
    assert ["read_only"] * 3 == [*codes, code_of(world, "Contacts", gone)]
    assert before == writes(world)
    world.sync()
    choose(world, "active")
    world.sync()
    assert {"VOIDED"} == {one["Status"] for one in world.xero("Invoices")}
    assert ["Bob Ray bob@b.example"] == people(world, acme)
    assert 0 == world.actions()


@pytest.mark.feature("F118")
def test_it_counts_amid_a_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not sent yet stays here, and goes once the connection sends."""
    sold = invoice(world, "I1", organisation(world, "Acme"))
    send = XeroOrganisation.send

    def then_only_read(door: XeroOrganisation, request: WriteRequest) -> Any:
        found = send(door, request)
        choose(world, "read_only")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(XeroOrganisation, "send", then_only_read)
        with pytest.raises(SettingInvalid, match="only read"):
            world.sync()

    assert (1, 0) == (len(world.xero("Contacts")), len(world.xero("Invoices")))
    choose(world, "active")
    world.sync()
    assert "created" == world.outcome("Invoices", sold).result
    assert (1, 1) == (len(world.xero("Contacts")), len(world.xero("Invoices")))


@pytest.mark.feature("F118")
def test_nothing_is_taken_back(world: World) -> None:
    """An undo that could do its half only does nothing, and holds nothing."""
    acme = organisation(world, "Acme", email1="a@b.example")
    ann = person(world, "Ann", "Lee", acme, email="ann@b.example")
    run = world.sync()
    choose(world, "read_only")

    with pytest.raises(SettingInvalid, match="only read"):
        world.xt.undo.run([run.id], "a test")

    world.sync()
    assert [] == world.xt.undo.holds()
    assert "unchanged" == world.last_result("Contacts", ann)
