"""Claims about what Xero refuses or changes, that a kinder sandbox would let pass.

How well each rule is known stands in docs/sandbox.md.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.client import Client
from tests.sandbox.test_invoices import draft
from tests.sandbox.test_lines import line

QUANTITY = "Quantity must not be less than zero."
TOTAL = "The Total for this document must be greater than or equal to zero."
DISCOUNT = "The discount rate '0' is invalid. Discount must not be greater than the line total."
NO_EMAIL = "Additional people cannot be added when the primary person has no email address set."


# --- documents and lines ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["ACCREC", "ACCPAY"])
@pytest.mark.parametrize("status", ["SUBMITTED", "AUTHORISED"])
def test_total_below_zero_is_not_approved(client: Client, kind: str, status: str) -> None:
    """A draft may be below zero; it is neither submitted nor approved so."""
    row = line(UnitAmount=-5, AccountCode="429")
    made = client.put("Invoices", draft(Type=kind, LineItems=[row], DueDate="2026-12-20"))[0]
    found = client.errors("POST", f"Invoices/{made['InvoiceID']}", {"Status": status})

    assert (Decimal("-6.00"), [TOTAL]) == (made["Total"], found)


def test_line_below_zero_is_taken(client: Client) -> None:
    """A price below zero is how a credit stands on an invoice, if the total allows it."""
    rows = [line(), line(UnitAmount=-100)]
    made = client.put("Invoices", draft(LineItems=rows, Status="AUTHORISED"))[0]

    assert Decimal("0.00") == made["Total"]


@pytest.mark.parametrize("kind", ["Invoices", "CreditNotes", "Quotes", "PurchaseOrders"])
@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"Quantity": -1}, QUANTITY),
        ({"Quantity": -1, "UnitAmount": -5}, QUANTITY),
        ({"Quantity": 0}, "A line item with a price needs a Quantity other than zero."),
        ({"Quantity": 10**12}, "The Quantity of a line item is too large."),
    ],
)
def test_quantity_is_refused(client: Client, kind: str, fields: dict[str, Any], error: str) -> None:
    """Below zero, zero with a price, 13 digits: refused on drafts too."""
    types = {"Invoices": "ACCREC", "CreditNotes": "ACCRECCREDIT"}
    account = "429" if kind == "PurchaseOrders" else "200"
    contact = client.put("Contacts", {"Name": "Alpha"})[0]["ContactID"]
    document: dict[str, Any] = {"Contact": {"ContactID": contact}, "Date": "2026-11-20"}
    document |= {"LineItems": [line(AccountCode=account, **fields)]}
    document |= {"Type": types[kind]} if kind in types else {}

    assert error in client.errors("PUT", kind, document)


@pytest.mark.parametrize("price", ["0.0049", "-0.0001"])
def test_approved_line_of_less_than_half_a_cent(client: Client, price: str) -> None:
    """A draft takes it and loses its account; approved it is refused for that account."""
    rows = [line(), line(UnitAmount=Decimal(price))]
    made = client.put("Invoices", draft(LineItems=rows), unitdp="4")[0]
    at_once = draft(LineItems=rows, Status="AUTHORISED")
    later = {"Status": "AUTHORISED", "DueDate": "2026-12-20"}

    assert "AccountCode" not in made["LineItems"][1]
    assert ["Account must be valid."] == client.errors("PUT", "Invoices", at_once, unitdp="4")
    assert ["Account must be valid."] == client.errors(
        "POST", f"Invoices/{made['InvoiceID']}", later, unitdp="4"
    )


@pytest.mark.parametrize("fields", [{"UnitAmount": 0}, {"DiscountRate": 100}])
def test_line_of_nothing_loses_account_and_tax(client: Client, fields: dict[str, Any]) -> None:
    """A line of 0.00 is stored without them, and the invoice can be approved all the same."""
    made = client.put("Invoices", draft(LineItems=[line(), line(**fields)]))[0]
    later = {"Status": "AUTHORISED", "DueDate": "2026-12-20"}
    approved = client.post(f"Invoices/{made['InvoiceID']}", later)[0]

    for document in (made, approved):
        kept = [{"AccountCode", "TaxType"} & row.keys() for row in document["LineItems"]]
        assert [{"AccountCode", "TaxType"}, set()] == kept


def test_line_of_nothing_that_gets_a_price_needs_an_account(client: Client) -> None:
    """What was lost does not come back by itself."""
    rows = [line(), line(UnitAmount=0)]
    made = client.put("Invoices", draft(LineItems=rows, Status="AUTHORISED"))[0]
    ids = [{"LineItemID": row["LineItemID"]} for row in made["LineItems"]]
    path = f"Invoices/{made['InvoiceID']}"
    priced = [ids[0], ids[1] | {"UnitAmount": 5}]
    found = client.errors("POST", path, {"LineItems": priced})
    priced[1] |= {"AccountCode": "200"}
    after = client.post(path, {"LineItems": priced})[0]

    assert ["A line item needs an AccountCode for this status."] == found
    assert "OUTPUT2" == after["LineItems"][1]["TaxType"]


@pytest.mark.parametrize("rate", [Decimal("100.01"), -1])
def test_rate_out_of_bounds(client: Client, rate: Decimal) -> None:
    """A rate is between 0 and 100."""
    found = client.errors("PUT", "Invoices", draft(LineItems=[line(DiscountRate=rate)]))

    assert [DISCOUNT.replace("'0'", f"'{rate}'")] == found


def test_discount_rate_is_kept_with_two_places(client: Client) -> None:
    """33.3333 % is 33.33 %, for the amount too."""
    row = line(UnitAmount=300, DiscountRate=Decimal("33.3333"))
    made = client.put("Invoices", draft(LineItems=[row]))[0]["LineItems"][0]

    assert (Decimal("33.33"), Decimal("200.01")) == (made["DiscountRate"], made["LineAmount"])


@pytest.mark.parametrize(
    "later", [{"Status": "AUTHORISED", "DueDate": "2026-12-20"}, {"Reference": "New"}]
)
def test_discount_amount_is_restated_later(client: Client, later: dict[str, str]) -> None:
    """50.50 off 300 is kept as 16.83 %: the next write of the invoice counts with that."""
    row = line(UnitAmount=300, DiscountAmount=Decimal("50.50"))
    made = client.put("Invoices", draft(LineItems=[row]))[0]
    after = client.post(f"Invoices/{made['InvoiceID']}", later)[0]
    once_more = client.post(f"Invoices/{made['InvoiceID']}", {"Reference": "Newer"})[0]

    assert [Decimal("299.40"), Decimal("299.41"), Decimal("299.41")] == [
        document["Total"] for document in (made, after, once_more)
    ]
    assert Decimal("50.49") == after["LineItems"][0]["DiscountAmount"]


def test_discount_amount_that_is_sent_again_stands(client: Client) -> None:
    """A line with its amount in the request is counted with that amount."""
    row = line(UnitAmount=300, DiscountAmount=Decimal("50.50"))
    made = client.put("Invoices", draft(LineItems=[row]))[0]
    again = {"LineItems": [row | {"LineItemID": made["LineItems"][0]["LineItemID"]}]}

    assert Decimal("299.40") == client.post(f"Invoices/{made['InvoiceID']}", again)[0]["Total"]


def test_discount_is_not_restated_once_money_arrived(client: Client) -> None:
    """A part-paid invoice keeps its amounts when its reference changes."""
    row = line(UnitAmount=300, DiscountAmount=Decimal("50.50"))
    made = client.put("Invoices", draft(LineItems=[row], Status="AUTHORISED"))[0]
    invoice = {"InvoiceID": made["InvoiceID"]}
    client.put("Payments", {"Invoice": invoice, "Account": {"Code": "090"}, "Amount": 10})
    after = client.post(f"Invoices/{made['InvoiceID']}", {"Reference": "New"})[0]

    assert Decimal("299.40") == after["Total"]


# --- the rounding account -----------------------------------------------------------------------


@pytest.mark.parametrize("price", [Decimal("0.01"), Decimal("-0.02")])
def test_rounding_line_is_taken(client: Client, price: Decimal) -> None:
    """The one system account that lines may have, with the tax type of its own."""
    rows = [line(), line(Description="Rounding", UnitAmount=price, AccountCode="860")]
    made = client.put("Invoices", draft(LineItems=rows, Status="AUTHORISED"))[0]

    assert ("860", "NONE", Decimal("120.00") + price) == (
        made["LineItems"][1]["AccountCode"],
        made["LineItems"][1]["TaxType"],
        made["Total"],
    )


@pytest.mark.parametrize("code", ["610", "800", "820", "960", "877"])
def test_other_system_accounts_are_refused(client: Client, code: str) -> None:
    """Debtors, creditors, tax, retained earnings, transfers: on no line."""
    assert [f"Account code '{code}' is not a valid code for this document."] == client.errors(
        "PUT", "Invoices", draft(LineItems=[line(AccountCode=code)])
    )


@pytest.mark.parametrize("fields", [{"DiscountRate": 0}, {"DiscountAmount": 0}])
def test_rounding_line_has_no_discount(client: Client, fields: dict[str, Any]) -> None:
    """Not even one of zero."""
    row = line(UnitAmount=1, AccountCode="860", **fields)

    assert ["A line on the rounding account has no discount, item or tracking."] == client.errors(
        "PUT", "Invoices", draft(LineItems=[row])
    )


def test_line_below_zero_has_no_discount_amount(client: Client) -> None:
    """Zero is an amount too."""
    row = line(UnitAmount=-1, DiscountAmount=0)

    assert [DISCOUNT] == client.errors("PUT", "Invoices", draft(LineItems=[line(), row]))


# --- nothing to pay -----------------------------------------------------------------------------


def test_invoice_of_nothing_is_paid_when_approved(client: Client) -> None:
    """There is nothing to pay; a price makes it due, and it may be voided."""
    nothing = draft(LineItems=[line(UnitAmount=0)], Status="AUTHORISED")
    made = client.put("Invoices", nothing)[0]
    path = f"Invoices/{made['InvoiceID']}"
    priced = client.post(path, {"Status": "AUTHORISED", "LineItems": [line()]})[0]
    again = client.post(path, {"LineItems": [line(UnitAmount=0)]})[0]
    voided = client.post(path, {"Status": "VOIDED"})[0]

    assert ["PAID", "AUTHORISED", "PAID", "VOIDED"] == [
        document["Status"] for document in (made, priced, again, voided)
    ]
    assert "FullyPaidOnDate" in made
    assert "FullyPaidOnDate" not in priced


# --- contacts and items -------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_account_number_is_given_once(client: Client, method: str) -> None:
    """No two active contacts have the same, whatever its case; its holder keeps it."""
    first = client.put("Contacts", {"Name": "Alpha", "AccountNumber": "A-1"})[0]
    found = client.errors(method, "Contacts", {"Name": "Beta", "AccountNumber": "a-1"})
    same = {"ContactID": first["ContactID"], "AccountNumber": "A-1", "FirstName": "Ann"}

    assert ["The Account Number already exists"] == found
    assert "Ann" == client.post("Contacts", same)[0]["FirstName"]


def test_email_stays_while_persons_exist(client: Client) -> None:
    """The first address cannot be emptied before the persons are gone."""
    person = {"FirstName": "Ann", "LastName": "Lee", "EmailAddress": "ann@alpha.example"}
    made = client.put(
        "Contacts",
        {"Name": "Alpha", "EmailAddress": "office@alpha.example", "ContactPersons": [person]},
    )[0]
    path = f"Contacts/{made['ContactID']}"

    assert [NO_EMAIL] == client.errors("POST", path, {"EmailAddress": ""})
    assert "Ann" == client.post(path, {"FirstName": "Ann"})[0]["FirstName"]


def test_tracked_item_has_no_purchase_account(client: Client) -> None:
    """What is bought for stock goes to the stock's account; becoming tracked drops the other."""
    plain = {"Code": "W1", "PurchaseDetails": {"UnitPrice": 5, "AccountCode": "310"}}
    client.put("Items", plain)
    tracked = {"Code": "W1", "InventoryAssetAccountCode": "630"}
    cogs = {"COGSAccountCode": "310"}
    refused = tracked | {"PurchaseDetails": cogs | {"AccountCode": "310"}}
    found = client.errors("POST", "Items", refused)
    made = client.post("Items", tracked | {"PurchaseDetails": cogs})[0]

    assert ["A tracked item takes no PurchaseDetails.AccountCode."] == found
    assert "AccountCode" not in made["PurchaseDetails"]


def test_four_byte_signs_are_dropped(client: Client) -> None:
    """Names and descriptions lose what needs four bytes; all else stays, in any script."""
    rocket = "\N{ROCKET}"
    person = {"FirstName": f"Ann{rocket}", "LastName": "Lee", "EmailAddress": "ann@alpha.example"}
    contact = client.put(
        "Contacts",
        {
            "Name": f"{rocket} Alpha {rocket} \N{CJK UNIFIED IDEOGRAPH-6A2A} {rocket}",
            "EmailAddress": "office@alpha.example",
            "ContactPersons": [person],
        },
    )[0]
    item = client.put("Items", {"Code": "W1", "Name": f"Mug {rocket}", "Description": rocket})[0]
    invoice = client.put("Invoices", draft(LineItems=[line(Description=f"Work {rocket}!")]))[0]

    assert ("Alpha \N{CJK UNIFIED IDEOGRAPH-6A2A}", "Ann") == (
        contact["Name"],
        contact["ContactPersons"][0]["FirstName"],
    )
    assert ("Mug", False) == (item["Name"], "Description" in item)
    assert "Work!" == invoice["LineItems"][0]["Description"]


# --- allocations --------------------------------------------------------------------------------


@pytest.mark.parametrize("without", ["Amount", "Invoice", "Date"])
def test_allocation_says_amount_invoice_and_day(client: Client, without: str) -> None:
    """Each of the three must be there."""
    contact = {"Contact": {"Name": "Alpha"}, "LineItems": [line()], "Status": "AUTHORISED"}
    note = client.put("CreditNotes", contact | {"Type": "ACCRECCREDIT"})[0]
    invoice = client.put("Invoices", draft(**contact))[0]
    row = {"Amount": 1, "Date": "2026-11-20", "Invoice": {"InvoiceID": invoice["InvoiceID"]}}
    path = f"CreditNotes/{note['CreditNoteID']}/Allocations"
    good = client.call("PUT", path, {"Allocations": [row]})
    bad = client.call("PUT", path, {"Allocations": [{n: row[n] for n in row if n != without}]})

    assert (200, 400) == (good.status_code, bad.status_code)
    assert "An allocation needs Amount, Invoice and Date." == (bad.json or {})["Message"]
