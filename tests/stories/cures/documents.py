"""Stories of codes that invoices and payments have."""

# size: one story per code, each a few lines

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.engine.plan.test_foreseen import _tracked
from tests.stories.cures.telling import Seen, enter, type_cure
from tests.stories.sync.credits import let_credit, note
from tests.stories.sync.money import COMPUTED, by_hand, stored
from tests.stories.sync.people import (
    count_a_cent_off,
    invoice,
    line,
    organisation,
    paid_in_xero,
    payment,
)
from tests.stories.sync.test_bills import bill, entered_in_xero, option
from tests.stories.sync.test_invoices_in import contact as xero_contact
from tests.stories.sync.test_invoices_in import in_xero, xero_line
from tests.stories.sync.test_line_merge import edit_there
from tests.world import World
from xtiger.engine.plan.invoice.judge import InvoiceJudge
from xtiger.model.plans import Item
from xtiger.model.records import Currency


def _made(world: World, lines: list[dict[str, Any]] | None = None, **values: Any) -> Seen:
    number = values.pop("number", "I1")
    return Seen("Invoices", invoice(world, number, organisation(world, "Acme"), lines, **values))


def _edit(world: World, seen: Seen, **values: Any) -> None:
    world.host.edit(seen.module, str(seen.crm_id), **values)


def _line(world: World, seen: Seen, **values: Any) -> None:
    (first,) = world.host.record("Invoices", str(seen.crm_id)).lines
    world.host.edit_lines("Invoices", str(seen.crm_id), [{"id": first["id"], **values}])


def organisation_missing(world: World) -> Iterator[Seen]:
    seen = Seen("Invoices", invoice(world, "I1", None))
    yield seen
    _edit(world, seen, account_id=organisation(world, "Acme"))


def invoice_date_missing(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, invoicedate=None))
    _edit(world, seen, invoicedate=date(2026, 11, 2))


def due_date_missing(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, duedate=None))
    _edit(world, seen, duedate=date(2026, 12, 2))


def number_missing(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, number=""))
    _edit(world, seen, invoice_no="I1")


def number_taken(world: World) -> Iterator[Seen]:
    _in_xero(world, "I1", "Other")
    yield (seen := _made(world))
    _edit(world, seen, invoice_no="I2")


def _in_xero(world: World, number: str, name: str, **values: Any) -> str:
    there = world.sandbox.add("Contacts", {"Name": name})["ContactID"]
    return str(
        world.sandbox.add(
            "Invoices",
            {
                "Type": "ACCREC",
                "Contact": {"ContactID": there},
                "InvoiceNumber": number,
                "Date": "2026-11-01",
                "DueDate": "2026-12-01",
                "Status": "AUTHORISED",
                "LineItems": [
                    {
                        "Description": "Work",
                        "Quantity": "1",
                        "UnitAmount": "10",
                        "AccountCode": "200",
                    }
                ],
                **values,
            },
        )["InvoiceID"]
    )


def number_taken_in_crm(world: World) -> Iterator[Seen]:
    acme = organisation(world, "Acme")
    bill = invoice(world, "INV-0001", acme)
    world.sync()
    world.sandbox.edit("Invoices", world.xero_id("Invoices", bill), {"InvoiceNumber": "OLD"})
    there = in_xero(world, world.xero_id("Organizations", acme))
    yield Seen("Invoices", xero_id=there)
    world.host.edit("Invoices", bill, invoice_no="OLD")


def lines_missing(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, []))
    world.host.edit_lines("Invoices", str(seen.crm_id), [line()])


def line_incomplete(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, [{"quantity": Decimal(1), "listprice": Decimal(1)}]))
    _line(world, seen, name="Work")


def text_too_long(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, subject="x" * 256))
    _edit(world, seen, subject="x")


def value_unreadable(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, total="a lot"))
    _edit(world, seen, total="10")


def mandatory_missing(world: World) -> Iterator[Seen]:
    bill = invoice(world, "I1", organisation(world, "Acme"))
    money = payment(world, bill, paymentdate=None)
    yield (seen := Seen("Payments", money))
    _edit(world, seen, paymentdate=date(2026, 11, 5))


def price_too_fine(world: World) -> Iterator[Seen]:
    goods = _tracked(world, "P1", 9)
    yield (seen := _made(world, [line("1", quantity=Decimal("1.00001"), product_id=goods)]))
    _line(world, seen, quantity=Decimal(1))


def taxes_many(world: World) -> Iterator[Seen]:
    taxes = [{"name": "A", "percent": Decimal(20)}, {"name": "B", "percent": Decimal(5)}]
    yield (seen := _made(world, [line(taxes=taxes)]))
    _line(world, seen, taxes=taxes[:1])


def tax_unknown(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, [line(tax_percent=Decimal(19), tax_name="VAT 19 %")]))
    type_cure(world, seen, TAXTYPE="OUTPUT2")


def tax_amount_unclear(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, [line("10.00", tax_amount="1.23")]))
    _line(world, seen, tax_amount="2.00")


def group_tax_not_combined(world: World) -> Iterator[Seen]:
    taxes = [{"name": "A", "percent": Decimal(12)}, {"name": "B", "percent": Decimal(8)}]
    yield (seen := _made(world, [line(taxes=taxes)], taxtype="group"))
    type_cure(world, seen, TAXTYPE="OUTPUT2")


def account_missing(world: World) -> Iterator[Seen]:
    world.default_account("")
    yield (seen := _made(world))
    type_cure(world, seen, CODE="200")


def group_discount(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, discount_percent=Decimal(10)))
    _edit(world, seen, discount_percent=None)


def tracking_unknown(world: World) -> Iterator[Seen]:
    option(world, "tracking_map", {"Region": "North"})
    yield _made(world)
    option(world, "tracking_map", {})


def branding_unknown(world: World) -> Iterator[Seen]:
    option(world, "branding_theme", "Silver")
    yield _made(world)
    option(world, "branding_theme", "")


def group_discount_stated(world: World) -> Iterator[Seen]:
    yield _made(world, discount_percent=Decimal(10), total=Decimal(9))


def group_discount_differs(world: World) -> Iterator[Seen]:
    option(world, "discount_on_lines", "on")
    yield (seen := _made(world, discount_percent=Decimal(10), total=Decimal(10)))
    _edit(world, seen, total=Decimal(9))


def group_discount_edited(world: World) -> Iterator[Seen]:
    option(world, "discount_on_lines", "on")
    seen = _made(world, discount_percent=Decimal(10), total=Decimal(9))
    world.sync()
    edit_there(world, str(seen.crm_id), {"DiscountRate": Decimal(20)})
    yield seen
    edit_there(world, str(seen.crm_id), {"DiscountRate": Decimal(10)})


def deducted_tax(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, deducted_tax=Decimal(2)))
    _edit(world, seen, deducted_tax=None)


def currency_not_enabled(world: World) -> Iterator[Seen]:
    _trades_in(world, "NZD")
    yield _made(world, currency="NZD")
    world.sandbox.add("Currencies", {"Code": "NZD"})


def currency_fixed(world: World) -> Iterator[Seen]:
    _trades_in(world, "USD")
    world.sandbox.add("Currencies", {"Code": "USD"})
    seen = _made(world, currency="GBP")
    world.sync()
    _edit(world, seen, currency="USD")
    yield seen
    _edit(world, seen, currency="GBP")


def _invoice_options(world: World, **values: Any) -> None:
    old = world.xt.mappings.get("Invoices")
    assert old is not None
    world.xt.mappings.save(replace(old, options={**old.options, **values}))


def _trades_in(world: World, code: str, decimals: int = 2) -> None:
    """The CRM has the currency."""
    world.host._currencies = (*world.host.currencies(), Currency(code, decimals))


def _foreign(world: World, code: str = "USD", decimals: int = 2, **values: Any) -> Seen:
    _trades_in(world, code, decimals)
    world.sandbox.add("Currencies", {"Code": code})
    return _made(world, currency=code, **values)


def rate_missing(world: World) -> Iterator[Seen]:
    _invoice_options(world, rate_source="crm")
    yield (seen := _foreign(world, conversion_rate=Decimal(1)))
    _edit(world, seen, conversion_rate=Decimal("0.8"))


def rate_apart(world: World) -> Iterator[Seen]:
    _invoice_options(world, rate_source="crm")
    seen = _foreign(world, conversion_rate=Decimal("0.8"))
    world.sync()
    stored(world, str(seen.crm_id), CurrencyRate=Decimal("1.5"))
    yield seen
    _edit(world, seen, conversion_rate=Decimal("0.75"))


def total_too_fine(world: World) -> Iterator[Seen]:
    module = world.host._modules["Invoices"]
    fine = tuple(replace(f, decimals=f.decimals and 3) for f in module.fields)
    world.host._modules["Invoices"] = replace(module, fields=fine)
    yield (seen := _foreign(world, "KWD", 3, total=Decimal("10.004")))
    _edit(world, seen, total=Decimal("10.000"))


def total_differs(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, total="12"))
    _edit(world, seen, total="10")


def tax_account_mismatch(world: World) -> Iterator[Seen]:
    yield (
        seen := _made(
            world, [line(account="310", tax_name="20% (VAT on Income)", tax_percent=Decimal(20))]
        )
    )
    _line(world, seen, account="200")


def status_unknown(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, invoicestatus="Pondered"))
    type_cure(world, seen, STATUS="AUTHORISED")


def cancelled(world: World) -> Iterator[Seen]:
    yield _made(world, invoicestatus="Cancel")


def cancel_not_allowed(world: World) -> Iterator[Seen]:
    seen = _made(world)
    world.sync()
    _edit(world, seen, invoicestatus="Cancel")
    yield seen
    type_cure(world, seen)


def credit_invoice(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, invoicestatus="Credit Invoice"))
    world.xt.credits.make("Invoices", str(seen.crm_id))


def supplier_credit(world: World) -> Iterator[Seen]:
    option(world, "purchase_account", "400")
    made = bill(world, "B1", [line("-10")])
    yield Seen("Invoices", made)
    world.xt.credits.make("Invoices", made)


def credit_edited(world: World) -> Iterator[Seen]:
    let_credit(world)
    seen = _made(world, [line("-10")])
    world.sync()
    (line_there,) = note(world)["LineItems"]
    there = {name: value for name, value in line_there.items() if name not in COMPUTED}
    world.sandbox.edit(
        "CreditNotes", note(world)["CreditNoteID"], {"LineItems": [{**there, "UnitAmount": 12}]}
    )
    yield seen
    _line(world, seen, listprice=Decimal(-12))


def _crediting(world: World, **values: Any) -> tuple[str, Seen]:
    """An invoice of 10.00 that is in Xero, and a new one that gives 4.00 of it back."""
    let_credit(world)
    sold = _made(world, **values)
    world.sync()
    customer = world.in_crm("Invoices", str(sold.crm_id), "account_id")
    own = invoice(world, "C1", customer, [line("-4")], credits_id=sold.crm_id)
    return str(sold.crm_id), Seen("Invoices", own)


def credit_waits(world: World) -> Iterator[Seen]:
    sold, seen = _crediting(world, invoicestatus="Created")
    yield seen
    world.host.edit("Invoices", sold, invoicestatus="Approved")


def credit_of_another(world: World) -> Iterator[Seen]:
    _, seen = _crediting(world)
    _edit(world, seen, account_id=organisation(world, "Other"))
    yield seen
    _edit(world, seen, credits_id=None)


def credit_left(world: World) -> Iterator[Seen]:
    sold, seen = _crediting(world)
    paid_in_xero(world, world.xero_id("Invoices", sold))
    yield seen
    _edit(world, seen, credits_id=None)


def invoice_locked(world: World) -> Iterator[Seen]:
    seen = _made(world)
    world.sync()
    paid_in_xero(world, world.xero_id("Invoices", str(seen.crm_id)))
    world.sync()
    _line(world, seen, listprice=Decimal(13))
    yield seen
    _line(world, seen, listprice=Decimal(10))


def invoice_reduced(world: World) -> Iterator[Seen]:
    seen = _made(world)
    world.sync()
    paid_in_xero(world, world.xero_id("Invoices", str(seen.crm_id)), "2")
    world.sync()
    _line(world, seen, listprice=Decimal(3))
    yield seen
    world.xt.credits.make("Invoices", str(seen.crm_id))


def period_locked(world: World) -> Iterator[Seen]:
    world.sandbox.edit("Organisation", world.organisation(), {"PeriodLockDate": "2026-11-10"})
    yield _made(world)
    world.sandbox.edit("Organisation", world.organisation(), {"PeriodLockDate": None})


def edited_in_xero(world: World) -> Iterator[Seen]:
    world.settings("Invoices", direction="to_xero")
    seen = _made(world)
    world.sync()
    _reprice(world, seen, "66")
    yield seen
    world.host.edit_lines("Invoices", str(seen.crm_id), [line("66")])


def _reprice(world: World, seen: Seen, price: str) -> None:
    there = dict(world.in_xero("Invoices", str(seen.crm_id))["LineItems"][0])
    edited = {**there, "UnitAmount": Decimal(price), "LineAmount": None, "TaxAmount": None}
    xero_id = world.xero_id("Invoices", str(seen.crm_id))
    world.sandbox.edit("Invoices", xero_id, {"LineItems": [edited]})


def edited_in_crm(world: World) -> Iterator[Seen]:
    seen = _made(world)
    world.sync()
    world.settings("Invoices", direction="to_crm")
    _line(world, seen, listprice=Decimal(3))
    yield seen
    _reprice(world, seen, "3")


def currency_not_in_crm(world: World) -> Iterator[Seen]:
    world.sandbox.add("Currencies", {"Code": "EUR"})
    there = in_xero(world, xero_contact(world), CurrencyCode="EUR")
    yield Seen("Invoices", xero_id=there)
    world.host._currencies = (*world.host.currencies(), Currency("EUR"))


def type_not_carried(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, xero_type="Quote"))
    _edit(world, seen, xero_type="Invoice")


def type_fixed(world: World) -> Iterator[Seen]:
    seen = _made(world)
    world.sync()
    _edit(world, seen, xero_type="Bill")
    yield seen
    _edit(world, seen, xero_type="Invoice")


def document_looks_same(world: World) -> Iterator[Seen]:
    option(world, "purchase_account", "400")
    maker = organisation(world, "Maker")
    world.sync()
    entered_in_xero(world, maker)
    yield (seen := Seen("Invoices", bill(world, maker=maker)))
    type_cure(world, seen)


def document_in_crm(world: World) -> Iterator[Seen]:
    option(world, "bills_from_xero", True)
    option(world, "purchase_account", "400")
    maker = organisation(world, "Maker")
    world.sync()
    there = entered_in_xero(world, maker)
    crm_id = bill(world, maker=maker)
    yield Seen("Invoices", xero_id=there)
    world.xt.links.link("Invoices", crm_id, there)
    world.settings("Invoices", first_link="crm")


def purchase_account_missing(world: World) -> Iterator[Seen]:
    yield (seen := Seen("Invoices", bill(world)))
    type_cure(world, seen, CODE="400")


def purchase_tax_unknown(world: World) -> Iterator[Seen]:
    option(world, "purchase_account", "400")
    taxed = line(tax_percent=Decimal(19), tax_name="VAT 19 %")
    yield (seen := Seen("Invoices", bill(world, lines=[taxed])))
    type_cure(world, seen, TAXTYPE="INPUT2")


def crm_total_differs(world: World) -> Iterator[Seen]:
    there = in_xero(world, xero_contact(world), xero_line("10", TaxType="OUTPUT2", TaxAmount=1))
    yield Seen("Invoices", xero_id=there)
    raw = next(r for r in world.xero("Invoices") if r["InvoiceID"] == there)
    lines = [{**raw["LineItems"][0], "TaxAmount": None}]
    world.sandbox.edit("Invoices", there, {"LineItems": lines})


def crm_total_wrong(world: World) -> Iterator[Seen]:
    with pytest.MonkeyPatch.context() as patch:
        count_a_cent_off(patch)
        there = in_xero(world, xero_contact(world))
        yield Seen("Invoices", xero_id=there)
    (made,) = world.host.all("Invoices")
    world.host.edit("Invoices", made.ref.id, total="10")


def xero_total_differs(world: World) -> Iterator[Seen]:
    seen, real = _made(world), InvoiceJudge._with_needs

    def a_cent_off(desk: InvoiceJudge, *given: Any) -> Item:
        item = real(desk, *given)
        return replace(item, expected_total=Decimal("10.01"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(InvoiceJudge, "_with_needs", a_cent_off)
        yield seen
    _line(world, seen, listprice="11")


def discount_refused(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, [line(discount_percent=Decimal(101))]))
    _line(world, seen, discount_percent=Decimal(10))


def line_below_half_cent(world: World) -> Iterator[Seen]:
    goods = _tracked(world, "P1", 1000)
    yield (seen := _made(world, [line("0.001", product_id=goods)]))
    _line(world, seen, quantity=Decimal(1000))


def quantity_refused(world: World) -> Iterator[Seen]:
    goods = _tracked(world, "P1", 9)
    back = line("10", quantity=Decimal(-1), product_id=goods)
    yield (seen := _made(world, [back, line("30")]))
    first, second = world.host.record("Invoices", str(seen.crm_id)).lines
    lines = [{"id": first["id"], "quantity": Decimal(1)}, {"id": second["id"]}]
    world.host.edit_lines("Invoices", str(seen.crm_id), lines)


def total_negative(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, [line("-10")]))
    _edit(world, seen, invoicestatus="Created")


def number_signs(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, number="I\u00e91"))
    _edit(world, seen, invoice_no="I1")


def number_voided(world: World) -> Iterator[Seen]:
    there = _in_xero(world, "I1", "Other")
    world.sandbox.edit("Invoices", there, {"Status": "VOIDED"})
    yield (seen := _made(world))
    _edit(world, seen, invoice_no="I2")


# --- payments ---


def _billed(world: World) -> str:
    bill = invoice(world, "I1", organisation(world, "Acme"))
    world.sync()
    return bill


def payment_account_invalid(world: World) -> Iterator[Seen]:
    yield (seen := Seen("Payments", payment(world, _billed(world), account="200")))
    _edit(world, seen, account="090")


def payment_needs_approval(world: World) -> Iterator[Seen]:
    bill = invoice(world, "I1", organisation(world, "Acme"), invoicestatus="Created")
    yield Seen("Payments", payment(world, bill))
    world.host.edit("Invoices", bill, invoicestatus="Approved")


def payment_not_received(world: World) -> Iterator[Seen]:
    yield (seen := Seen("Payments", payment(world, _billed(world), paymentstatus="Pending")))
    _edit(world, seen, paymentstatus="Received")


def payment_taken_back(world: World) -> Iterator[Seen]:
    seen = Seen("Payments", payment(world, _billed(world)))
    world.sync()
    _edit(world, seen, paymentstatus="Failure")
    yield seen
    _edit(world, seen, paymentstatus="Received")


def payment_account_missing(world: World) -> Iterator[Seen]:
    yield (seen := Seen("Payments", payment(world, _billed(world), account=None)))
    type_cure(world, seen, CODE="090")


def payment_account_currency(world: World) -> Iterator[Seen]:
    yield (seen := Seen("Payments", payment(world, _billed(world), account="092")))
    _edit(world, seen, account="090")


def payment_amount_invalid(world: World) -> Iterator[Seen]:
    yield (seen := Seen("Payments", payment(world, _billed(world), "-5")))
    _edit(world, seen, amount=Decimal(5))


def payment_too_high(world: World) -> Iterator[Seen]:
    yield (seen := Seen("Payments", payment(world, _billed(world), "10.01")))
    _edit(world, seen, amount=Decimal(10))


def payment_looks_same(world: World) -> Iterator[Seen]:
    bill = _billed(world)
    world.settings("Payments", direction="to_xero")
    paid_in_xero(world, world.xero_id("Invoices", bill), "4")
    yield (seen := Seen("Payments", payment(world, bill, "4")))
    type_cure(world, seen)


def payment_ambiguous(world: World) -> Iterator[Seen]:
    bill = _billed(world)
    world.settings("Payments", direction="to_xero")
    there = world.xero_id("Invoices", bill)
    money = [paid_in_xero(world, there, "3") for _ in range(2)]
    yield (seen := Seen("Payments", payment(world, bill, "3")))
    type_cure(world, seen, XERO_ID=money[0])


def payment_locked(world: World) -> Iterator[Seen]:
    bill = _billed(world)
    seen = Seen("Payments", payment(world, bill, "4"))
    world.sync()
    xero_id = world.xero_id("Payments", str(seen.crm_id))
    world.sandbox.edit("Payments", xero_id, {"IsReconciled": True})
    _edit(world, seen, amount=Decimal(3))
    yield seen
    _edit(world, seen, amount=Decimal(4))


def payment_of_other(world: World) -> Iterator[Seen]:
    there = world.sandbox.add("Contacts", {"Name": "Maker"})["ContactID"]
    bill = world.sandbox.add(
        "Invoices",
        {
            "Type": "ACCPAY",
            "Contact": {"ContactID": there},
            "Date": "2026-11-01",
            "DueDate": "2026-12-01",
            "Status": "AUTHORISED",
            "LineItems": [
                {"Description": "Wood", "Quantity": "1", "UnitAmount": "5", "AccountCode": "310"}
            ],
        },
    )["InvoiceID"]
    yield Seen("Payments", xero_id=paid_in_xero(world, bill, "5"))


def payment_of_unsynced(world: World) -> Iterator[Seen]:
    world.settings("Invoices", create_in_crm=False)
    there = _in_xero(world, "X1", "Bell")
    money = paid_in_xero(world, there, "4")
    yield Seen("Payments", xero_id=money)
    enter(world, "modules", "set", "Invoices", "--create-in-crm", "on")


# --- what no line tells ----------------------------------------------------------------------

VAT = {"tax_name": "20% (VAT on Income)", "tax_percent": Decimal(20)}


def total_apart(world: World) -> Iterator[Seen]:
    seen = _made(world, [line("10", **VAT)], total="12")
    world.sync()
    by_hand(world, str(seen.crm_id), "2.01")
    yield seen
    by_hand(world, str(seen.crm_id), None)


def sums_apart(world: World) -> Iterator[Seen]:
    seen = _made(world, [line("10", **VAT)])
    world.sync()
    by_hand(world, str(seen.crm_id), "2.01")
    yield seen
    by_hand(world, str(seen.crm_id), None)


def currency_apart(world: World) -> Iterator[Seen]:
    mapping = world.xt.mappings.get("Invoices")
    assert mapping is not None
    rows = tuple(row for row in mapping.rows if row.xero != "CurrencyCode")
    world.xt.mappings.save(replace(mapping, rows=rows))
    seen = _made(world)
    world.sync()
    stored(world, str(seen.crm_id), CurrencyCode="EUR")
    yield seen
    stored(world, str(seen.crm_id), CurrencyCode="GBP")


def approval_missing(world: World) -> Iterator[Seen]:
    own = world.organisation()
    world.sandbox.edit("Organisation", own, {"NotAllowed": ["CreateApprovedInvoice"]})
    seen = _made(world)
    world.sync()
    yield seen
    world.sandbox.edit("Organisation", own, {"NotAllowed": []})
    there = world.xero_id("Invoices", str(seen.crm_id))
    world.sandbox.edit("Invoices", there, {"Status": "AUTHORISED"})


def paid_without_payment(world: World) -> Iterator[Seen]:
    yield (seen := _made(world, invoicestatus="Paid"))
    paid_in_xero(world, world.xero_id("Invoices", str(seen.crm_id)))


def money_apart(world: World) -> Iterator[Seen]:
    seen = _made(world)
    world.sync()
    _edit(world, seen, received="5")
    yield seen
    _edit(world, seen, received=None)
