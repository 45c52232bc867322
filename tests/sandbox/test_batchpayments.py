"""Claims about batch payments."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.client import Client
from tests.sandbox.test_creditnotes import LINE, invoice, note
from xtiger.sandbox.accounting import messages


@pytest.fixture
def contact(client: Client) -> str:
    return str(client.put("Contacts", {"Name": "Alpha"})[0]["ContactID"])


def batch(*documents: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A batch that pays 20.00 of each document, as sent."""
    rows = [
        {name.removesuffix("ID"): {name: row[name]}, "Amount": 20}
        for row in documents
        for name in ("InvoiceID", "CreditNoteID")
        if name in row
    ]
    return {"Account": {"Code": "090"}, "Date": "2026-11-20", "Payments": rows} | fields


def test_batch_pays_several_invoices(client: Client, contact: str) -> None:
    """Each gets a payment of its own that names the batch."""
    sales = [invoice(client, contact) for _ in range(2)]
    made = client.put("BatchPayments", batch(*sales, Reference="R"))[0]
    due = [row["AmountDue"] for row in client.get("Invoices")["Invoices"]]
    paid = client.get("Payments")["Payments"]

    assert ("RECBATCH", 40, 2, "R") == (
        made["Type"],
        made["TotalAmount"],
        len(made["Payments"]),
        made["Reference"],
    )
    assert ([100, 100], {made["BatchPaymentID"]}) == (due, {row["BatchPaymentID"] for row in paid})


def test_payment_of_a_batch_goes_with_the_batch_only(client: Client, contact: str) -> None:
    """One by one they stay; the batch takes all of them along, once."""
    made = client.put("BatchPayments", batch(invoice(client, contact)))[0]
    path = f"BatchPayments/{made['BatchPaymentID']}"
    payment = made["Payments"][0]["PaymentID"]
    single = client.errors("POST", f"Payments/{payment}", {"Status": "DELETED"})
    gone = client.post(path, {"Status": "DELETED"})[0]
    again = client.errors("POST", path, {"Status": "DELETED"})

    assert ([messages.OWN_PAYMENT_BATCH], [messages.OWN_BATCH_STATUS]) == (single, again)
    assert ("DELETED", 120) == (gone["Status"], client.get("Invoices")["Invoices"][0]["AmountDue"])


def test_batch_is_all_or_nothing(client: Client, contact: str) -> None:
    """One payment that does not fit refuses the whole batch."""
    sale = invoice(client, contact)
    small = invoice(client, contact, LineItems=[LINE | {"UnitAmount": 10}])

    assert [messages.PAYMENT_TOO_HIGH] == client.errors("PUT", "BatchPayments", batch(sale, small))
    assert [] == client.sandbox.table("Payments")


def test_batch_has_one_side(client: Client, contact: str) -> None:
    """Sales and bills are not mixed, and credit notes are not in batches."""
    bill = invoice(client, contact, Type="ACCPAY", LineItems=[LINE | {"AccountCode": "400"}])
    wrong = [batch(invoice(client, contact), bill), batch(note(client, contact)), batch()]
    told = [client.errors("PUT", "BatchPayments", row)[0] for row in wrong]

    assert [messages.OWN_BATCH_SIDE] * 2 + [messages.OWN_BATCH_NEEDS] == told
    assert "PAYBATCH" == client.put("BatchPayments", batch(bill))[0]["Type"]
