"""Comparing afresh: what both sides really hold, read now."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.stories.sync.people import invoice, line, organisation, product
from tests.world import World
from xtiger.hosts.memory import MemoryHost
from xtiger.model.records import Page


def test_linked_records_agree_after_a_sync(world: World) -> None:
    """Organisation, product and invoice: no difference, to the cent."""
    acme = organisation(world, "Acme", email1="a@b.example", billing_street="1 Road\nMill")
    product(world, "P1")
    invoice(world, "I1", acme, total="10")
    world.sync()

    assert [] == world.xt.proof.differences()


@pytest.mark.parametrize("given", [{"listprice": Decimal(0)}, {"discount_percent": Decimal(100)}])
def test_a_line_of_nothing_is_no_difference(world: World, given: dict[str, Decimal]) -> None:
    """Xero keeps neither its account nor its tax; a second line still tells its own."""
    crm_id = invoice(world, "I1", organisation(world, "Acme"), [line("10"), line("5") | given])
    world.sync()

    assert "AccountCode" not in world.in_xero("Invoices", crm_id)["LineItems"][1]
    assert [] == world.xt.proof.differences()
    assert (0, {}) == (world.actions(), world.codes())


def test_an_edit_on_either_side_is_a_difference(world: World) -> None:
    """Edited here and there since the sync: both fields are named with both values."""
    acme = organisation(world, "Acme", email1="a@b.example")
    world.sync()
    world.host.edit("Organizations", acme, email1="b@b.example")
    world.sandbox.edit("Contacts", world.xero_id("Organizations", acme), {"TaxNumber": "GB9"})

    found = world.xt.proof.differences()

    assert {("Primary Email", "b@b.example", "a@b.example"), ("VAT Number", None, "GB9")} == {
        (one.field, one.crm, one.xero) for one in found
    }


def test_a_missing_side_is_a_difference(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A linked record that the CRM does not show is told as a whole."""
    acme = organisation(world, "Acme")
    world.sync()
    monkeypatch.setattr(MemoryHost, "get", lambda *_: {})
    monkeypatch.setattr(MemoryHost, "changed_since", lambda *_: Page((), "0", more=False))

    found = world.xt.proof.differences()

    assert [("record", False, True)] == [(one.field, one.crm, one.xero) for one in found]
    assert acme == found[0].crm_id


def test_totals_are_compared(world: World) -> None:
    """A total that the CRM changed since is a difference of the invoice."""
    crm_id = invoice(world, "I1", organisation(world, "Acme"), total="10")
    world.sync()
    world.host.edit("Invoices", crm_id, total="11")

    (found,) = world.xt.proof.differences()

    assert ("Invoices", "Total") == (found.module, found.field)


def test_an_orphan_is_not_compared(world: World) -> None:
    """What is gone on one side is known; it is no difference."""
    acme = organisation(world, "Acme")
    world.sync()
    world.sandbox.edit(
        "Contacts", world.xero_id("Organizations", acme), {"ContactStatus": "ARCHIVED"}
    )
    world.sync()

    assert [] == world.xt.proof.differences()
