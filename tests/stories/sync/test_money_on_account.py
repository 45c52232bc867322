"""Credit, pre- and overpayments of Xero: listed when switched on, shown on the invoice they pay."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, Protocol

import pytest
import requests

from tests.stories.sync.money import bill_one, due, quiet
from tests.stories.sync.test_credit_notes import credited
from tests.world import World
from xtiger.app import XTiger


def on_account(world: World, kind: str, amount: str = "50") -> str:
    """Money that a customer sent without an invoice, or beyond it; answers its id."""
    line: dict[str, Any] = {"Description": "On account", "LineAmount": amount}
    if kind == "PREPAYMENT":
        line |= {"Quantity": 1, "UnitAmount": amount, "AccountCode": "200", "TaxType": "NONE"}
    world.sandbox.add(
        "BankTransactions",
        {
            "Type": f"RECEIVE-{kind}",
            "Contact": {"ContactID": world.xero("Contacts")[0]["ContactID"]},
            "BankAccount": {"Code": "090"},
            "LineAmountTypes": "NoTax",
            "Date": "2026-11-02",
            "LineItems": [line],
        },
        world.organisation(),
    )
    plural = f"{kind.capitalize()}s"
    return str(world.xero(plural)[-1][f"{kind.capitalize()}ID"])


class Connected(Protocol):
    """What is connected to an organisation."""

    @property
    def xt(self) -> XTiger:
        """The library."""
        ...


def allocate(world: Connected, plural: str, credit_id: str, invoice_id: str, amount: str) -> None:
    """An accountant sets credit against an invoice in Xero."""
    connection = world.xt.connections.get()
    tokens = world.xt.store.tokens(connection.id)
    assert tokens is not None
    answer = requests.put(
        f"{world.xt.settings.xero_url}/api.xro/2.0/{plural}/{credit_id}/Allocations",
        json={"Amount": amount, "Date": "2026-11-03", "Invoice": {"InvoiceID": invoice_id}},
        headers={
            "Accept": "application/json",
            "Authorization": f"Bearer {tokens.access.reveal()}",
            "xero-tenant-id": connection.organisation_id,
        },
        timeout=60,
    )
    answer.raise_for_status()


def switch(world: World, module: str) -> None:
    """The administrator lists it from now on."""
    settings = world.xt.modules.settings(module)
    world.xt.modules.save_settings(replace(settings, enabled=True))


@pytest.mark.parametrize("kind", ["PREPAYMENT", "OVERPAYMENT"])
def test_money_on_account_is_listed(world: World, kind: str) -> None:
    """Switched on and synced: who sent it, its sums and its day; nothing waits for it."""
    bill_one(world)
    own, module = on_account(world, kind), f"{kind.capitalize()}s"
    switch(world, module)
    run = world.sync()

    (found,) = world.xt.modules.listed(module)
    assert own == found.xero_id
    values = {name: found.values[name] for name in ("contact", "type", "total", "remaining")}
    assert {
        "contact": "Acme",
        "type": f"RECEIVE-{kind}",
        "total": Decimal(50),
        "remaining": Decimal(50),
    } == values
    assert {"read": 1} == run.counts[module]
    assert quiet(world)


@pytest.mark.feature("F140")
def test_what_credit_pays_is_shown_on_the_invoice(world: World) -> None:
    """A credit note, a prepayment and an overpayment: each with its amount, and less is due."""
    world, bill = bill_one(world)
    invoice_id = world.xero_id("Invoices", bill)
    allocate(world, "CreditNotes", credited(world, "CN-7"), invoice_id, "2")
    allocate(world, "Prepayments", on_account(world, "PREPAYMENT"), invoice_id, "3")
    allocate(world, "Overpayments", on_account(world, "OVERPAYMENT"), invoice_id, "4")
    world.sync()

    rows = {row.label: row.value for row in world.xt.panel("Invoices", bill).rows}
    assert Decimal(1) == due(world)
    shown = "Credit note CN-7 2.00 · Prepayment 3.00 · Overpayment 4.00"
    assert shown == rows["Credited"]
    assert rows["Due"].startswith("1.00 GBP")
    assert Decimal(1) == Decimal(str(world.in_crm("Invoices", bill, "balance")))
    assert quiet(world)
