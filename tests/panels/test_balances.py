"""What a customer owes and has, on the panel of its organisation: from the store, no call."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.stories.sync.people import invoice, organisation, paid_in_xero
from tests.world import World, connected_world

LABELS = ("Outstanding", "Overdue", "Last payment", "Credit")


def _rows(world: World, crm_id: str) -> dict[str, str]:
    calls = world.calls()
    panel = world.xt.panel("Organizations", crm_id)
    assert calls == world.calls()
    return {row.label: row.text for row in panel.rows if row.label in LABELS}


@pytest.mark.feature("F044")
@pytest.mark.feature("F143")
def test_the_panel_says_what_a_customer_owes_by_currency(tmp_path: Path) -> None:
    """Outstanding, overdue, the last payment and credit; another customer's are its own."""
    with connected_world(tmp_path) as world:
        for name in ("CreditNotes", "Overpayments"):
            world.settings(name, enabled=True)
        acme, bell = organisation(world, "Acme"), organisation(world, "Bell")
        late = invoice(world, "I1", acme, duedate=date(2026, 11, 10))
        invoice(world, "I2", bell)
        none = organisation(world, "None")
        world.sync()
        contact = world.xero_id("Organizations", acme)
        document = {
            "Contact": {"ContactID": contact},
            "Date": "2026-11-02",
            "Status": "AUTHORISED",
            "LineAmountTypes": "NoTax",
        }
        line = {"Description": "x", "Quantity": 1, "AccountCode": "200"}
        world.sandbox.add("Currencies", {"Code": "EUR"})
        in_euro = {"Type": "ACCREC", "DueDate": "2026-12-02", "CurrencyCode": "EUR"}
        lines = {"LineItems": [{**line, "UnitAmount": 300}]}
        world.sandbox.add("Invoices", {**document, **in_euro, "CurrencyRate": "1.2", **lines})
        credit = {"Type": "ACCRECCREDIT", "LineItems": [{**line, "UnitAmount": "2.50"}]}
        world.sandbox.add("CreditNotes", {**document, **credit})
        paid_in_xero(world, world.xero_id("Invoices", late), "4")
        world.sync()

        assert {
            "Outstanding": "6.00 GBP · 300.00 EUR",
            "Overdue": "6.00 GBP",
            "Last payment": "4.00 GBP on 5 Nov",
            "Credit": "2.50 GBP",
        } == _rows(world, acme)
        assert {"Outstanding": "10.00 GBP"} == _rows(world, bell)
        assert {} == _rows(world, none)
        assert Decimal(6) == world.xero("Invoices")[0]["AmountDue"]
