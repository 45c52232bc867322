"""What an invoice and its accounts must have: said with its cure, and gone once that is done."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.money import quiet
from tests.stories.sync.people import invoice, line, organisation, product
from tests.stories.sync.test_invoices_in import contact, in_xero, xero_line
from tests.stories.sync.test_smallest_cases import say
from tests.world import World
from xtiger.errors import MappingInvalid

VAT: dict[str, Any] = {"tax_name": "20% (VAT on Income)", "tax_percent": Decimal(20)}
LOW: dict[str, Any] = {"tax_name": "5% (VAT on Income)", "tax_percent": Decimal(5)}


def said(world: World, module: str, crm_id: str) -> str:
    """What a person reads on the record: each reason, and what to do."""
    cause = world.outcome(module, crm_id).cause
    assert cause is not None
    return " ".join(world.xt.sentences.cause(cause, "browser"))


@pytest.mark.feature("F053")
def test_both_dates_are_demanded(world: World) -> None:
    """Without them an invoice is held in words, sent once filled in; a draft needs no due date."""
    acme = organisation(world, "Acme")
    none = invoice(world, "I1", acme, invoicedate=None, duedate=None)
    undue = invoice(world, "I2", acme, duedate=None)
    invoice(world, "I3", acme, duedate=None, invoicestatus="Created")
    world.sync()
    numbers = [one["InvoiceNumber"] for one in world.xero("Invoices")]
    words = said(world, "Invoices", none), said(world, "Invoices", undue)

    world.host.edit("Invoices", none, invoicedate=date(2026, 11, 2), duedate=date(2026, 12, 2))
    world.host.edit("Invoices", undue, duedate=date(2026, 12, 2))
    world.sync()

    assert ["I3"] == numbers
    assert "The invoice has no date." in words[0]
    assert all("The invoice has no due date." in one for one in words)
    dates = {one["InvoiceNumber"]: one.get("DueDate") for one in world.xero("Invoices")}
    assert {"I1": "2026-12-02", "I2": "2026-12-02", "I3": None} == dates
    assert quiet(world)


@pytest.mark.feature("F056")
def test_lines_without_tax_in_their_prices_may_have_any_rates(world: World) -> None:
    """20 %, 5 % and none on one invoice, out and in: no rate is demanded to be the others'."""
    lines = [line("100", **VAT), line("40", **LOW), line("7")]
    out = invoice(world, "I1", organisation(world, "Acme"), lines, total=Decimal(169))
    rates = ("OUTPUT2", "RROUTPUT", "NONE")
    priced = [xero_line(price, TaxType=rate) for price, rate in zip("123", rates, strict=True)]
    in_xero(world, contact(world, "Bolt"), *priced, InvoiceNumber="X1")

    world.sync()

    there = world.in_xero("Invoices", out)
    assert ("Exclusive", Decimal(147), Decimal(22)) == (
        there["LineAmountTypes"],
        there["SubTotal"],
        there["TotalTax"],
    )
    assert list(rates) == [one["TaxType"] for one in there["LineItems"]]
    (come,) = (one for one in world.host.all("Invoices") if one.values["invoice_no"] == "X1")
    assert [20, 5, 0] == [one.get("tax_percent") or 0 for one in come.lines]
    assert Decimal("6.30") == come.values["total"]
    assert quiet(world)
    assert world.xt.proof.reconcile().agrees


@pytest.mark.feature("F057")
def test_a_line_has_one_tax_in_xero(world: World) -> None:
    """Several are held in words; one left on the line goes, as does a rate of both in Xero."""
    acme = organisation(world, "Acme")
    both = [{"name": "City", "percent": Decimal(3)}, {"name": "State", "percent": Decimal(4)}]
    first = invoice(world, "I1", acme, [line("10", taxes=both)])
    second = invoice(world, "I2", acme, [line("10", taxes=both)])
    world.sync()
    before, words = world.xero("Invoices"), said(world, "Invoices", first)

    (only,) = world.host.record("Invoices", first).lines
    own = [{"name": VAT["tax_name"], "percent": Decimal(20)}]
    world.host.edit_lines("Invoices", first, [{"id": only["id"], "taxes": own}])
    parts = [{"Name": one["name"], "Rate": one["percent"]} for one in both]
    made = {"Name": "City and state", "ReportTaxType": "OUTPUT", "TaxComponents": parts}
    world.sandbox.add("TaxRates", made)
    world.wait(600)
    world.sync()

    assert [] == before
    assert "Line 1 has several taxes (City 3 % + State 4 %); Xero takes one per line." in words
    assert "Leave one tax on the line, or create a combined rate in Xero." in words
    taxes = [world.in_xero("Invoices", i)["LineItems"][0]["TaxType"] for i in (first, second)]
    assert "OUTPUT2" == taxes[0]
    assert Decimal("0.70") == world.in_xero("Invoices", second)["TotalTax"]
    assert quiet(world)


@pytest.mark.feature("F066")
@pytest.mark.feature("F101")
def test_an_account_that_items_cannot_use_is_refused(world: World) -> None:
    """Named when a mapping is saved, and held on a product before any call; another one goes."""
    goods = product(world, "P1", sales_account="610", unit_price=Decimal(1))
    missing = product(world, "P2", sales_account="4400", unit_price=Decimal(1))
    world.sync()
    before = {one["Code"] for one in world.xero("Items")}
    words = said(world, "Products", goods), said(world, "Products", missing)
    refused = []
    for account in ("960", "4400"):
        with pytest.raises(MappingInvalid) as wrong:
            say(world, "sales_account", account)
        refused.append(str(wrong.value))

    world.host.edit("Products", goods, sales_account="200")
    world.host.edit("Products", missing, sales_account="260")
    world.sync()

    assert set() == before
    assert "610" in words[0]
    assert "4400" in words[1]
    assert ["960" in refused[0], "Xero has no account 4400." in refused[1]] == [True, True]
    accounts = {one["Code"]: one["SalesDetails"]["AccountCode"] for one in world.xero("Items")}
    assert {"P1": "200", "P2": "260"} == accounts
    assert quiet(world)
