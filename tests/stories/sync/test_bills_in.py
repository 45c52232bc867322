"""Bills of Xero that come into the CRM, once the mapping takes them in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.cures.telling import enter
from tests.stories.sync.money import quiet
from tests.stories.sync.people import invoice, organisation, paid_in_xero
from tests.stories.sync.test_bills import bill, entered_in_xero, option
from tests.stories.sync.test_first_link import code_of
from tests.stories.sync.test_invoices_in import contact, told
from tests.world import World, make_world
from xtiger.hosts.standard import standard_modules
from xtiger.model.start_answers import StartAnswers


@pytest.fixture
def taking(world: World) -> World:
    """A world that takes in the bills of Xero."""
    option(world, "bills_from_xero", True)
    return world


def of_supplier(world: World, name: str = "Maker", **values: Any) -> str:
    """A bill of 10.00 that a person entered in Xero, of a supplier of this name; its id."""
    there = contact(world, name)
    line = {"Description": "Wood", "UnitAmount": "10", "AccountCode": "400", "TaxType": "NONE"}
    given = {"Date": "2026-11-02", "DueDate": "2026-12-02", "Status": "AUTHORISED"}
    made = world.sandbox.add(
        "Invoices",
        {"Type": "ACCPAY", "Contact": {"ContactID": there}, "LineItems": [line], **given, **values},
    )
    return str(made["InvoiceID"])


@pytest.mark.feature("F025")
def test_a_bill_of_xero_comes_with_its_supplier_and_its_payments(taking: World) -> None:
    """As a record of the type Bill, with its figures; what Xero pays of it comes in, too."""
    taking.xt.start.answer(replace(StartAnswers(), bring="customers"), "a test")
    there = of_supplier(taking, InvoiceNumber="S-7")

    taking.sync()

    (made,) = taking.host.all("Invoices")
    assert ("Bill", "S-7", date(2026, 11, 2), "Approved", Decimal(10), Decimal(10)) == tuple(
        made.values[name]
        for name in ("xero_type", "invoice_no", "invoicedate", "invoicestatus", "total", "balance")
    )
    maker = str(made.values["account_id"])
    assert "Maker" == taking.in_crm("Organizations", maker, "accountname")
    assert quiet(taking)
    paid_in_xero(taking, there)
    taking.sync()
    taking.sync()
    assert ("Paid", Decimal(0)) == (
        taking.in_crm("Invoices", made.ref.id, "invoicestatus"),
        taking.in_crm("Invoices", made.ref.id, "balance"),
    )
    assert ["Paid"] == [one.values["paymentstatus"] for one in taking.host.all("Payments")]
    assert quiet(taking)
    assert [] == taking.xt.proof.differences()


def test_a_supplier_stays_out_whose_bills_do(taking: World) -> None:
    """The start is obeyed: no bill of before it comes, and nobody because of it."""
    start = replace(StartAnswers(), bring="customers", from_day=date(2026, 11, 1))
    taking.xt.start.answer(start, "a test")
    old = of_supplier(taking, Date="2026-10-31")
    taking.sync()
    assert ("before_start", 0) == (told(taking, old), len(taking.host.all("Organizations")))
    maker = taking.xero("Contacts")[0]["ContactID"]

    of_supplier(taking, "Other", Date="2026-11-03", Contact={"ContactID": maker})
    taking.sync()

    assert ["Maker"] == [one.values["accountname"] for one in taking.host.all("Organizations")]
    assert 1 == len(taking.host.all("Invoices"))


def test_start_says_that_suppliers_come_too(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once the mapping takes bills in, and only then."""
    assert not world.xt.start.takes_bills()

    option(world, "bills_from_xero", True)

    assert world.xt.start.takes_bills()
    world.xt.start.answer(replace(StartAnswers(), bring="customers"), "a test")
    enter(world, "start")
    assert "Suppliers come with the bills that the mapping takes in." in capsys.readouterr().out


def test_bills_come_once_the_option_is_set(world: World) -> None:
    """What stayed out before is looked at again; and none comes where it is taken away."""
    there = of_supplier(world)
    world.sync()
    assert "bill_not_carried" == told(world, there)

    option(world, "bills_from_xero", True)
    world.sync()

    assert 1 == len(world.host.all("Invoices"))
    assert quiet(world)


def test_a_bill_that_the_crm_has_is_held_on_both_sides(taking: World) -> None:
    """Entered on both sides: neither goes over before a person says whether it is the same."""
    option(taking, "purchase_account", "400")
    maker = organisation(taking, "Maker")
    taking.sync()
    there, crm_id = entered_in_xero(taking, maker), bill(taking, maker=maker)
    taking.sync()
    taking.sync()
    assert ("document_looks_same", "document_in_crm") == (
        code_of(taking, "Invoices", crm_id),
        told(taking, there),
    )

    taking.xt.links.link("Invoices", crm_id, None)
    taking.sync()
    taking.sync()

    assert (2, 2) == (len(taking.host.all("Invoices")), len(taking.xero("Invoices")))
    assert quiet(taking)


def test_a_number_that_the_crm_has_is_told(taking: World) -> None:
    """A CRM that takes each number once is asked no second time; given free, the bill comes."""
    sale = invoice(taking, "1", organisation(taking, "Acme"))
    there = of_supplier(taking, InvoiceNumber="1")
    taking.sync()
    taking.sync()
    assert "number_taken_in_crm" == told(taking, there)

    taking.host.edit("Invoices", sale, invoice_no="2")
    taking.sync()

    assert 2 == len(taking.host.all("Invoices"))
    assert quiet(taking)


def test_an_edit_travels_back_to_xero(taking: World) -> None:
    """A price that somebody corrects in the CRM goes to the bill that came in."""
    of_supplier(taking)
    taking.sync()
    (made,) = taking.host.all("Invoices")

    taking.host.edit_lines(
        "Invoices", made.ref.id, [{"id": made.lines[0]["id"], "listprice": Decimal(12)}]
    )
    taking.host.edit("Invoices", made.ref.id, total=Decimal(12), balance=Decimal(12))
    taking.sync()
    assert Decimal(12) == Decimal(taking.in_xero("Invoices", made.ref.id)["Total"])
    assert quiet(taking)


def test_unlinked_it_is_still_a_bill(tmp_path: Path) -> None:
    """Also in a CRM without a field for it: it is never sent as a sale."""
    modules = [
        replace(one, fields=tuple(f for f in one.fields if f.role != "xtiger.invoice_type"))
        for one in standard_modules()
    ]
    with make_world(tmp_path, modules=modules) as world:
        world.connect()
        option(world, "bills_from_xero", True)
        option(world, "purchase_account", "400")
        of_supplier(world)
        world.sync()
        (made,) = world.host.all("Invoices")

        world.xt.links.unlink("Invoices", made.ref.id)
        world.sync()

        assert {"ACCPAY"} == {raw["Type"] for raw in world.xero("Invoices")}
        assert 1 == len(world.xero("Invoices"))
