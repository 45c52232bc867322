"""Payments from Xero, deletes on both sides, and what happens around a run with payments."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.stories.sync.money import due, live, quiet
from tests.stories.sync.people import (
    invoice,
    line,
    organisation,
    paid_in_xero,
    payment,
    unpaid_in_xero,
)
from tests.stories.sync.removing import allowed, link_state
from tests.stories.sync.test_first_link import contact
from tests.world import World, make_world
from xtiger.errors import MappingInvalid
from xtiger.hosts.standard import standard_modules
from xtiger.mapping.check import with_option

ALL_ROLES = ("organisation", "contact", "product", "service", "invoice")


@pytest.mark.feature("F027")
def test_a_payment_made_in_xero_comes_into_the_crm(billed: tuple[World, str]) -> None:
    """Invoice, day, amount, account code, reference, and the status Received."""
    world, bill = billed
    paid_in_xero(world, world.xero_id("Invoices", bill), "4", Reference="Bank 12")

    world.sync()

    (record,) = world.host.all("Payments")
    names = ("invoice_id", "paymentdate", "amount", "paymentstatus", "account", "reference")
    assert [bill, date(2026, 11, 5), Decimal(4), "Received", "090", "Bank 12"] == [
        record.values[name] for name in names
    ]
    assert quiet(world)
    assert 1 == len(live(world))


def test_a_payment_of_a_bill_is_left_out(world: World) -> None:
    """Only sales invoices are paid in the CRM."""
    world.settings("Organizations", create_in_crm=False)
    bill = world.sandbox.add(
        "Invoices",
        {
            "Type": "ACCPAY",
            "Contact": {"ContactID": contact(world, "Supplier")},
            "Date": "2026-11-01",
            "DueDate": "2026-12-01",
            "Status": "AUTHORISED",
            "LineItems": [
                {"Description": "x", "Quantity": 1, "UnitAmount": 5, "AccountCode": "429"}
            ],
        },
    )
    there = paid_in_xero(world, bill["InvoiceID"], "5")

    world.sync()

    (left,) = world.xt.sync.outcomes(xero_id=there, limit=1)
    assert left.cause is not None
    assert ("excluded", "payment_of_other") == (left.result, left.cause.code)
    assert [] == list(world.host.all("Payments"))


def test_a_payment_of_an_invoice_that_is_not_synced_follows_it_later(world: World) -> None:
    """Left out at first; once the invoice is linked, its payment comes."""
    acme = organisation(world, "Acme")
    world.sync()
    there = world.sandbox.add(
        "Invoices",
        {
            "Type": "ACCREC",
            "InvoiceNumber": "X1",
            "Date": "2026-11-02",
            "DueDate": "2026-12-02",
            "Contact": {"ContactID": world.xero_id("Organizations", acme)},
            "Status": "AUTHORISED",
            "LineItems": [
                {
                    "Description": "Work",
                    "Quantity": 1,
                    "UnitAmount": 10,
                    "AccountCode": "200",
                    "TaxType": "NONE",
                }
            ],
        },
    )
    world.settings("Invoices", direction="to_xero")
    paid = paid_in_xero(world, there["InvoiceID"], "5")
    world.sync()
    (left,) = world.xt.sync.outcomes(xero_id=paid, limit=1)
    assert left.cause is not None
    assert ("excluded", "payment_of_unsynced") == (left.result, left.cause.code)
    bill = invoice(world, "X1", acme, [line("10", account="200")])
    world.sync()
    world.xt.links.link("Invoices", bill, there["InvoiceID"])

    world.sync()
    world.sync()

    assert [bill] == [record.values["invoice_id"] for record in world.host.all("Payments")]


@pytest.mark.feature("F037")
@pytest.mark.parametrize("switch", [True, False])
def test_a_payment_deleted_in_xero(billed: tuple[World, str], switch: bool) -> None:
    """Deleted in the CRM under the switch, else its link is an orphan; never sent again."""
    world, bill = billed
    crm_id = payment(world, bill, "4")
    world.sync()
    if switch:
        allowed(world)
    unpaid_in_xero(world, world.xero_id("Payments", crm_id))

    world.sync()
    world.sync()

    assert [] == live(world)
    assert (0 if switch else 1) == len(world.host.all("Payments"))
    assert ("removed" if switch else "orphan") == link_state(world, "Payments", crm_id)


@pytest.mark.feature("F037")
@pytest.mark.parametrize("switch", [True, False])
def test_a_payment_deleted_in_the_crm(billed: tuple[World, str], switch: bool) -> None:
    """Deleted in Xero under the switch, and the invoice is open again; it never comes back."""
    world, bill = billed
    crm_id = payment(world, bill, "4")
    world.sync()
    if switch:
        allowed(world)
    world.host.remove("Payments", crm_id)

    world.sync()
    world.sync()

    assert [] == list(world.host.all("Payments"))
    assert (0 if switch else 1) == len(live(world))
    assert Decimal(10 if switch else 6) == due(world)


def test_an_invoice_is_voided_once_its_payment_is_gone(billed: tuple[World, str]) -> None:
    """Both deleted in the CRM: the payment goes first, the follow-up voids the invoice."""
    world, bill = billed
    crm_id = payment(world, bill, "4")
    world.sync()
    allowed(world)
    world.host.remove("Payments", crm_id)
    world.host.remove("Invoices", bill)

    world.sync()

    assert ["VOIDED"] == [raw["Status"] for raw in world.xero("Invoices")]
    assert quiet(world)


def test_the_invoices_follow_in_the_same_call(billed: tuple[World, str]) -> None:
    """A second small run of the invoices takes one call, and the first one is answered."""
    world, bill = billed
    payment(world, bill)
    before = world.calls()

    run = world.sync()

    last = world.xt.sync.runs(2)
    assert ["follow-up", "person"] == [one.trigger for one in last]
    assert run.id == last[1].id
    assert (1, ("Invoices",)) == (last[0].calls, last[0].modules)
    assert world.calls() - before == run.calls + last[0].calls
    assert quiet(world)


def test_without_payments_there_is_no_follow_up(billed: tuple[World, str]) -> None:
    """Nor when only the CRM was written."""
    world, bill = billed
    paid_in_xero(world, world.xero_id("Invoices", bill), "4")

    world.sync()

    assert "person" == world.xt.sync.runs(1)[0].trigger


def test_a_crm_without_payments_is_synced_as_before(tmp_path: Path) -> None:
    """No module, no money received on the invoice: no feed, no scope asked for."""
    modules = [
        replace(one, fields=tuple(f for f in one.fields if f.role != "invoice.received"))
        for one in standard_modules()
        if one.role in ALL_ROLES
    ]
    with make_world(tmp_path, modules=modules) as world:
        world.connect()
        world.default_account()
        invoice(world, "I1", organisation(world, "Acme"))

        world.sync()

        assert 1 == len(world.xero("Invoices"))
        assert [] == [c for c in world.sandbox.calls() if "/Payments" in c.path]


@pytest.mark.parametrize("account", ["090", "Business Bank Account"])
def test_a_payments_mapping_takes_its_own_option_only(world: World, account: str) -> None:
    """The account must take payments; a sales account is none of them."""
    mapping, store = world.xt.mappings.get("Payments"), world.xt.store
    assert mapping is not None
    world.sync()
    accounts = store.accounts(world.xt.connections.get().id)
    made = with_option(mapping, "payment_account", account, accounts, ())

    assert "090" == made.options["payment_account"]
    with pytest.raises(MappingInvalid, match="cannot take payments"):
        with_option(mapping, "payment_account", "200", accounts, ())
    with pytest.raises(MappingInvalid, match="no option sales_account"):
        with_option(mapping, "sales_account", "200", accounts, ())
