"""Claims about payments."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.client import Client
from tests.sandbox.test_invoices import draft
from xtiger.sandbox import Sandbox

EXCEEDS = "Payment amount exceeds the amount outstanding on this document"


def _invoice(client: Client, **fields: Any) -> Any:
    return client.put("Invoices", draft(Status="AUTHORISED", **fields))[0]


def payment(invoice: Any, **fields: Any) -> dict[str, Any]:
    """Return a payment of 10 on the bank account."""
    full = {
        "Invoice": {"InvoiceID": invoice["InvoiceID"]},
        "Account": {"Code": "090"},
        "Date": "2026-11-20",
        "Amount": 10,
    }
    return {name: value for name, value in (full | fields).items() if value is not None}


def test_payment_shows_document_and_account(client: Client) -> None:
    """A payment names its invoice and account in short, and its type."""
    made = client.put("Payments", payment(_invoice(client), Reference="r"))[0]

    assert ("ACCRECPAYMENT", "090", "INV-0001", "Alpha", "r") == (
        made["PaymentType"],
        made["Account"]["Code"],
        made["Invoice"]["InvoiceNumber"],
        made["Invoice"]["Contact"]["Name"],
        made["Reference"],
    )


def test_document_may_be_named_by_number(client: Client) -> None:
    """InvoiceNumber in place of the id finds the sales invoice."""
    invoice = _invoice(client)
    by_number = {"InvoiceNumber": invoice["InvoiceNumber"]}
    made = client.put("Payments", payment(invoice, Invoice=by_number))[0]

    assert invoice["InvoiceID"] == made["Invoice"]["InvoiceID"]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"Amount": Decimal("120.01")}, EXCEEDS),
        ({"Amount": 0}, "The payment Amount must be greater than zero."),
        ({"Account": {"Code": "999"}}, "Account could not be found"),
        ({"Account": {"Code": "215"}}, "Account could not be found"),
        ({"Account": {"Code": "200"}}, "Account type is invalid for making a payment to/from"),
        ({"Invoice": None}, "A payment must name the document that it pays."),
        (
            {"Invoice": {"InvoiceID": "00000000-0000-0000-0000-000000000000"}},
            "An existing Invoice with the specified InvoiceID could not be found",
        ),
    ],
)
def test_rules(client: Client, fields: dict[str, Any], error: str) -> None:
    """Each rule refuses the payment with its own message."""
    assert [error] == client.errors("PUT", "Payments", payment(_invoice(client), **fields))


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED"])
def test_only_authorised_documents_are_paid(client: Client, status: str) -> None:
    """A document that is not approved takes no payment."""
    invoice = client.put("Invoices", draft(Status=status))[0]

    assert ["Payments can only be made against Authorised documents"] == client.errors(
        "PUT", "Payments", payment(invoice)
    )


def test_accounts_enabled_for_payments_take_them(client: Client) -> None:
    """EnablePaymentsToAccount makes an account that is no bank a payment account."""
    made = client.put("Payments", payment(_invoice(client), Account={"Code": "835"}))[0]

    assert "835" == made["Account"]["Code"]


def test_second_payment_in_one_call_sees_the_first(client: Client, sandbox: Sandbox) -> None:
    """Amounts in one call add up: the second is refused, the first stays saved."""
    invoice = _invoice(client)
    errors = client.errors(
        "PUT", "Payments", payment(invoice, Amount=100), payment(invoice, Amount=100)
    )

    assert ([EXCEEDS], 1) == (errors, len(sandbox.table("Payments")))


def test_post_creates_one_bare_payment(client: Client) -> None:
    """POST /Payments takes one payment as it is."""
    answer = client.call("POST", "Payments", payment(_invoice(client)))

    assert (200, 1) == (answer.status_code, len((answer.json or {})["Payments"]))


def test_deleted_payment_stays_in_the_list(client: Client) -> None:
    """Deleting keeps the row with Status DELETED, where readers find it."""
    made = client.put("Payments", payment(_invoice(client)))[0]
    client.call("POST", f"Payments/{made['PaymentID']}", {"Status": "DELETED"})

    assert ["DELETED"] == [row["Status"] for row in client.get("Payments")["Payments"]]


def test_payment_is_deleted_once_and_never_edited(client: Client) -> None:
    """Only Status DELETED is taken, and only once."""
    path = f"Payments/{client.put('Payments', payment(_invoice(client)))[0]['PaymentID']}"
    message = "A payment can be deleted only, once and while it is not reconciled."
    edited = client.errors("POST", path, {"Amount": 5})
    client.call("POST", path, {"Status": "DELETED"})

    assert [[message]] * 2 == [edited, client.errors("POST", path, {"Status": "DELETED"})]


@pytest.mark.parametrize(("code", "bank"), [("090", "50.00"), ("092", "100.00")])
def test_bank_amount_is_in_the_currency_of_the_account(
    client: Client, code: str, bank: str
) -> None:
    """A euro invoice paid into pounds moves the pounds; into a euro account the euros."""
    invoice = _invoice(client, CurrencyCode="EUR", CurrencyRate=2)
    made = client.put("Payments", payment(invoice, Amount=100, Account={"Code": code}))[0]

    assert Decimal(bank) == made["BankAmount"]


def test_filter_by_document(client: Client) -> None:
    """Payments of one invoice are found by where."""
    first, second = _invoice(client), _invoice(client)
    client.put("Payments", payment(first), payment(second))
    rows = client.get("Payments", where=f'Invoice.InvoiceID==guid("{first["InvoiceID"]}")')

    assert [first["InvoiceID"]] == [row["Invoice"]["InvoiceID"] for row in rows["Payments"]]
