"""A bill of the CRM that gives money back becomes a credit note of its supplier in Xero."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.stories.sync.credits import crediting, let_credit, note
from tests.stories.sync.money import quiet
from tests.stories.sync.people import invoice, line, organisation, product
from tests.stories.sync.test_bills import bill, free_numbers, option
from tests.stories.sync.test_crashes import killed_sync
from tests.stories.sync.test_first_link import code_of
from tests.world import World, make_world
from xtiger.hosts.standard import standard_modules
from xtiger.xero.organisations import XeroOrganisation


@pytest.fixture
def buying(tmp_path: Path) -> Iterator[World]:
    """A world whose bills have an account, and say what they give back."""
    modules = free_numbers([crediting(module) for module in standard_modules()])
    with make_world(tmp_path, modules=modules) as made:
        made.connect()
        option(made, "purchase_account", "400")
        yield made


@pytest.mark.parametrize("status", ["Approved", "Credit Invoice"])
def test_it_waits_for_a_press_and_has_the_rules_of_suppliers(buying: World, status: str) -> None:
    """Held with the button; then with purchase account and tax, net of discounts, and no doubt."""
    goods = product(buying, "P1", sales_account="200", purchase_account="310")
    sign = -1 if status == "Approved" else 1
    lines = [
        line(
            str(10 * sign),
            product_id=goods,
            tax_percent=Decimal(20),
            discount_percent=Decimal(10),
        ),
        line(str(4 * sign)),
    ]
    own = bill(buying, "B1", lines, invoicestatus=status)
    buying.sync()
    before, held = buying.xero("CreditNotes"), buying.outcome("Invoices", own)

    buying.xt.credits.make("Invoices", own)
    buying.sync()

    assert ([], "supplier_credit") == (before, held.cause.code if held.cause else "")
    assert ["credit_note"] == [one.verb for one in held.proposals]
    made = note(buying)
    assert ("ACCPAYCREDIT", "B1", "AUTHORISED", Decimal("14.80")) == (
        made["Type"],
        made["CreditNoteNumber"],
        made["Status"],
        made["Total"],
    )
    assert [(Decimal(9), "310", "INPUT2"), (Decimal(4), "400", "NONE")] == [
        (one["UnitAmount"], one["AccountCode"], one["TaxType"]) for one in made["LineItems"]
    ]
    assert [] == buying.xero("Invoices")
    assert quiet(buying)
    assert buying.xt.proof.reconcile().agrees
    rows = {row.label: row.value for row in buying.xt.panel("Invoices", own).rows}
    assert "Supplier credit" == rows["Xero Invoice Type"]


def test_it_is_set_against_its_bill(buying: World) -> None:
    """By the option for all, in one sync, once; a sale that it names is none of its own."""
    let_credit(buying)
    maker = organisation(buying, "Maker")
    there = bill(buying, "B1", [line("30")], maker=maker, balance=Decimal(30))
    own = bill(buying, "C1", [line("-10")], maker=maker, credits_id=there, balance=Decimal(-10))

    buying.sync()
    buying.sync()

    (bought,) = buying.xero("Invoices")
    assert (Decimal(20), Decimal(0), 1) == (
        bought["AmountDue"],
        note(buying)["RemainingCredit"],
        len(buying.xero("Allocations")),
    )
    balances = [buying.in_crm("Invoices", one, "balance") for one in (there, own)]
    assert [Decimal(20), Decimal(0)] == balances
    assert quiet(buying)
    assert buying.xt.proof.reconcile().agrees


def test_numbers_of_suppliers_are_their_own(buying: World) -> None:
    """Two suppliers' credits and a customer's of one number go in one plan."""
    let_credit(buying)
    customer = organisation(buying, "Acme")
    owns = [
        bill(buying, "1", [line("-9")], maker=organisation(buying, one)) for one in ("Ash", "Oak")
    ]
    owns.append(invoice(buying, "1", customer, [line("-7", account="200")]))

    buying.sync()

    assert 3 == len({buying.xero_id("Invoices", one) for one in owns})
    assert quiet(buying)


def test_one_that_somebody_entered_in_xero_is_held(buying: World) -> None:
    """Same supplier, day and total: a person links it, and it is compared."""
    let_credit(buying)
    maker = organisation(buying, "Maker")
    buying.sync()
    made = buying.sandbox.add(
        "CreditNotes",
        {
            "Type": "ACCPAYCREDIT",
            "Contact": {"ContactID": buying.xero_id("Organizations", maker)},
            "Date": "2026-11-02",
            "Status": "AUTHORISED",
            "LineItems": [
                {
                    "Description": "Wood",
                    "UnitAmount": "10",
                    "AccountCode": "400",
                    "TaxType": "NONE",
                }
            ],
        },
    )
    own = bill(buying, "B1", [line("-10")], maker=maker)
    buying.sync()
    held = code_of(buying, "Invoices", own)

    buying.xt.links.link("Invoices", own, str(made["CreditNoteID"]))
    buying.settings("Invoices", first_link="crm")
    buying.sync()

    assert "document_looks_same" == held
    assert 1 == len(buying.xero("CreditNotes"))
    assert made["CreditNoteID"] == buying.xero_id("Invoices", own)


@pytest.mark.parametrize("status", [0, 500])
def test_an_answer_that_is_lost_is_looked_up(buying: World, status: int) -> None:
    """Two alike to the last line but the number are there once each."""
    let_credit(buying)
    maker = organisation(buying, "Maker")
    owns = [bill(buying, number, [line("-10")], maker=maker) for number in ("C1", "C2")]
    buying.sandbox.fault(
        "lost_answer", path="/api.xro/2.0/CreditNotes", method="PUT", status=status
    )

    buying.sync()
    buying.sync()

    assert 2 == len(buying.xero("CreditNotes"))
    assert 2 == len({buying.xero_id("Invoices", one) for one in owns})
    assert quiet(buying)


def test_a_kill_makes_no_second_one(buying: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Xero has no address of it: a person says that it is the same, and never are there two."""
    let_credit(buying)
    maker = organisation(buying, "Maker")
    buying.sync()
    own = bill(buying, "C1", [line("-10")], maker=maker)

    killed_sync(monkeypatch, buying, XeroOrganisation, "send", before=False)
    buying.wait(600)
    buying.sync()
    held = code_of(buying, "Invoices", own)
    buying.xt.links.link("Invoices", own, str(note(buying)["CreditNoteID"]))
    buying.settings("Invoices", first_link="crm")
    buying.sync()

    assert "document_looks_same" == held
    assert note(buying)["CreditNoteID"] == buying.xero_id("Invoices", own)
