"""Amounts that Xero counts with tax, or without any, are in step with the CRM's net prices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.people import invoice, line, organisation
from tests.world import World


def changed(world: World, crm_id: str, **values: Any) -> None:
    """The accountant makes a line anew, under other terms of tax."""
    xero_id = world.xero_id("Invoices", crm_id)
    (old,) = world.in_xero("Invoices", crm_id)["LineItems"]
    row = {name: old[name] for name in ("LineItemID", "Description", "Quantity", "AccountCode")}
    head = {"LineAmountTypes": values.pop("amounts")}
    world.sandbox.edit("Invoices", xero_id, {**head, "LineItems": [{**row, **values}]})


def test_prices_with_tax_are_no_difference(world: World) -> None:
    """The accountant shows the same sum with tax: the proof agrees, as the sync does."""
    taxed = line("10.01", quantity=Decimal(3), tax_percent=Decimal(20))
    own = invoice(world, "I1", organisation(world, "Acme"), [taxed], total="36.04")
    world.sync()
    changed(world, own, amounts="Inclusive", UnitAmount="12.012", TaxType="OUTPUT2")

    world.sync()

    assert (0, True) == (world.actions(), world.xt.proof.reconcile().agrees)


@pytest.mark.parametrize(("price", "shown"), [("12.012", "10.01"), ("12.024", "10.02")])
def test_a_cent_more_with_tax_is_found(world: World, price: str, shown: str) -> None:
    """Net prices are what is compared: an unsynced edit is seen, and shown without tax."""
    taxed = line("10.00", quantity=Decimal(3), tax_percent=Decimal(20))
    own = invoice(world, "I1", organisation(world, "Acme"), [taxed], total="36.00")
    world.sync()
    changed(world, own, amounts="Inclusive", UnitAmount=price, TaxType="OUTPUT2")

    found = {one.field: (one.crm, one.xero) for one in world.xt.proof.reconcile().differences}

    assert (Decimal(10), Decimal(shown)) == found["Line 1: Price"]


def test_a_document_without_tax_is_no_difference(world: World) -> None:
    """NoTax documents keep tax types on their lines, which count for nothing."""
    made = world.sandbox.add("Contacts", {"Name": "Acme"})
    row = {"Description": "a", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
    world.sandbox.add(
        "Invoices",
        {
            "Type": "ACCREC",
            "Contact": {"ContactID": made["ContactID"]},
            "Date": "2026-11-03",
            "DueDate": "2026-12-03",
            "InvoiceNumber": "N1",
            "Status": "AUTHORISED",
            "LineAmountTypes": "NoTax",
            "LineItems": [{**row, "TaxType": "OUTPUT2"}],
        },
    )

    world.sync()

    assert (0, True) == (world.actions(), world.xt.proof.reconcile().agrees)
