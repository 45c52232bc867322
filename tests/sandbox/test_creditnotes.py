"""Claims about credit notes, their allocations and refunds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.client import Client
from xtiger.sandbox.accounting import messages

LINE = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}


def note(client: Client, contact: str, **fields: Any) -> dict[str, Any]:
    """An approved sales credit note over 120.00."""
    element = {
        "Type": "ACCRECCREDIT",
        "Contact": {"ContactID": contact},
        "Status": "AUTHORISED",
        "LineItems": [LINE],
    }
    return dict(client.put("CreditNotes", element | fields)[0])


def invoice(client: Client, contact: str, **fields: Any) -> dict[str, Any]:
    """An approved sales invoice over 120.00."""
    element = {
        "Type": "ACCREC",
        "Contact": {"ContactID": contact},
        "Status": "AUTHORISED",
        "DueDate": "2026-12-20",
        "LineItems": [LINE],
    }
    return dict(client.put("Invoices", element | fields)[0])


def allocate(client: Client, path: str, invoice_id: str, amount: Any, **query: str) -> Any:
    """The answer to one allocation."""
    row = {"Amount": amount, "Date": "2026-11-20", "Invoice": {"InvoiceID": invoice_id}}
    return client.call("PUT", f"{path}/Allocations", {"Allocations": [row]}, query=query)


@pytest.fixture
def contact(client: Client) -> str:
    return str(client.put("Contacts", {"Name": "Alpha"})[0]["ContactID"])


def test_note_is_made_with_number_and_credit(client: Client, contact: str) -> None:
    """A note counts its own numbers and has its whole total left."""
    made = note(client, contact)

    assert ("CN-0001", Decimal(120), "AUTHORISED") == (
        made["CreditNoteNumber"],
        made["RemainingCredit"],
        made["Status"],
    )


def test_allocation_credits_the_invoice_and_uses_up_the_note(client: Client, contact: str) -> None:
    """Both sides move, and both are PAID when nothing is left."""
    credit, sale = note(client, contact), invoice(client, contact)
    path = f"CreditNotes/{credit['CreditNoteID']}"
    first = allocate(client, path, sale["InvoiceID"], 20)
    part = client.get(f"Invoices/{sale['InvoiceID']}")["Invoices"][0]
    allocate(client, path, sale["InvoiceID"], 100)
    whole = client.get(f"Invoices/{sale['InvoiceID']}")["Invoices"][0]
    used = client.get(path)["CreditNotes"][0]

    assert 200 == first.status_code
    assert ("AUTHORISED", 100, 20) == (part["Status"], part["AmountDue"], part["AmountCredited"])
    assert ("PAID", 0, 0) == (whole["Status"], whole["AmountDue"], whole["AmountPaid"])
    assert [credit["CreditNoteID"]] * 2 == [row["CreditNoteID"] for row in whole["CreditNotes"]]
    assert ("PAID", 0, 2) == (used["Status"], used["RemainingCredit"], len(used["Allocations"]))


def test_deleted_allocation_opens_both_again(client: Client, contact: str) -> None:
    """DELETE gives the credit back."""
    credit, sale = note(client, contact), invoice(client, contact)
    path = f"CreditNotes/{credit['CreditNoteID']}"
    allocate(client, path, sale["InvoiceID"], 120)
    made = client.get(path)["CreditNotes"][0]["Allocations"][0]["AllocationID"]
    answer = client.call("DELETE", f"{path}/Allocations/{made}")
    again = client.call("DELETE", f"{path}/Allocations/{made}")

    assert (200, True, 404) == (
        answer.status_code,
        (answer.json or {})["IsDeleted"],
        again.status_code,
    )
    assert [120, 120] == [
        client.get(path)["CreditNotes"][0]["RemainingCredit"],
        client.get(f"Invoices/{sale['InvoiceID']}")["Invoices"][0]["AmountDue"],
    ]


@pytest.mark.parametrize(
    ("amount", "changes", "message"),
    [
        (121, {}, messages.OWN_ALLOCATION_CREDIT),
        (0, {}, messages.OWN_ALLOCATION_CREDIT),
        (100, {"LineItems": [LINE | {"UnitAmount": 50}]}, messages.OWN_ALLOCATION_DUE),
        (1, {"Status": "DRAFT"}, messages.OWN_ALLOCATION_STATUS),
        (1, {"Contact": {"Name": "Beta"}}, messages.OWN_ALLOCATION_CONTACT),
        (1, {"CurrencyCode": "EUR"}, messages.OWN_ALLOCATION_CURRENCY),
        (1, {"Type": "ACCPAY"}, messages.OWN_ALLOCATION_TYPE),
    ],
)
def test_allocation_that_does_not_fit_is_refused(
    client: Client, contact: str, amount: int, changes: dict[str, Any], message: str
) -> None:
    """Amount, status, contact, currency and side must fit; nothing moves when they do not."""
    line = LINE | ({"AccountCode": "400"} if changes.get("Type") == "ACCPAY" else {})
    sale = invoice(client, contact, **({"LineItems": [line]} | changes))
    credit = note(client, contact)
    answer = allocate(client, f"CreditNotes/{credit['CreditNoteID']}", sale["InvoiceID"], amount)

    assert 400 == answer.status_code
    assert [message] == [row["Message"] for row in answer.json["Elements"][0]["ValidationErrors"]]
    assert [] == client.sandbox.table("Allocations")


def test_invoice_with_credit_is_not_voided(client: Client, contact: str) -> None:
    """An allocation, like a payment, keeps an invoice from being voided or re-priced."""
    credit, sale = note(client, contact), invoice(client, contact)
    allocate(client, f"CreditNotes/{credit['CreditNoteID']}", sale["InvoiceID"], 1)
    path = f"Invoices/{sale['InvoiceID']}"
    voided = client.errors("POST", path, {"Status": "VOIDED"})
    priced = client.errors("POST", path, {"LineItems": [LINE | {"UnitAmount": 1}]})
    moved = client.errors("POST", path, {"Contact": {"Name": "Beta"}})

    assert [messages.STATUS_MODIFICATION] == voided
    assert [messages.HAS_PAYMENT] * 2 == [*priced, *moved]


def test_used_note_is_neither_voided_nor_edited(client: Client, contact: str) -> None:
    """Not before its allocations are taken away."""
    credit, sale = note(client, contact), invoice(client, contact)
    path = f"CreditNotes/{credit['CreditNoteID']}"
    allocate(client, path, sale["InvoiceID"], 1)

    assert [messages.HAS_PAYMENT] == client.errors("POST", path, {"Status": "VOIDED"})


def test_voided_note_has_nothing_left(client: Client, contact: str) -> None:
    """VOIDED is the end; DELETED is for drafts."""
    credit = note(client, contact)
    draft = note(client, contact, Status="DRAFT")
    voided = client.post(f"CreditNotes/{credit['CreditNoteID']}", {"Status": "VOIDED"})[0]
    deleted = client.post(f"CreditNotes/{draft['CreditNoteID']}", {"Status": "DELETED"})[0]

    assert ("VOIDED", 0, "DELETED") == (
        voided["Status"],
        voided["RemainingCredit"],
        deleted["Status"],
    )


def test_discount_on_a_note_is_refused(client: Client, contact: str) -> None:
    """Only invoices and quotes have discounts."""
    element = {
        "Type": "ACCRECCREDIT",
        "Contact": {"ContactID": contact},
        "LineItems": [LINE | {"DiscountRate": 10}],
    }

    assert [messages.OWN_DISCOUNT_SALES] == client.errors("PUT", "CreditNotes", element)


def test_sales_numbers_are_unique_and_found(client: Client, contact: str) -> None:
    """POST with a number updates; PUT with it is refused; the number stands in the path, too."""
    made = note(client, contact, CreditNoteNumber="C-1", Status="DRAFT")
    taken = client.errors(
        "PUT",
        "CreditNotes",
        {"Type": "ACCRECCREDIT", "Contact": {"ContactID": contact}, "CreditNoteNumber": "c-1"},
    )
    element = {"Type": "ACCRECCREDIT", "CreditNoteNumber": "C-1", "Reference": "R"}
    changed = client.post("CreditNotes", element)[0]

    assert [messages.OWN_CREDIT_NUMBER_TAKEN] == taken
    assert (made["CreditNoteID"], "R") == (changed["CreditNoteID"], changed["Reference"])
    assert 1 == len(client.get("CreditNotes/C-1")["CreditNotes"])


def test_refund_is_a_payment_of_the_note(client: Client, contact: str) -> None:
    """It uses credit up, and deleting it gives the credit back."""
    credit = note(client, contact)
    path = f"CreditNotes/{credit['CreditNoteID']}"
    refund = {
        "CreditNote": {"CreditNoteID": credit["CreditNoteID"]},
        "Account": {"AccountID": client.account("090")},
        "Amount": 120,
        "Date": "2026-11-20",
    }
    paid = client.put("Payments", refund)[0]
    used = client.get(path)["CreditNotes"][0]
    client.post(f"Payments/{paid['PaymentID']}", {"Status": "DELETED"})
    back = client.get(path)["CreditNotes"][0]

    assert "ARCREDITPAYMENT" == paid["PaymentType"]
    assert ("PAID", 0, 1) == (used["Status"], used["RemainingCredit"], len(used["Payments"]))
    assert ("AUTHORISED", 120, 0) == (
        back["Status"],
        back["RemainingCredit"],
        len(back["Payments"]),
    )


def test_payment_names_one_document(client: Client, contact: str) -> None:
    """Two documents in one payment, or one that is not there, are refused."""
    credit, sale = note(client, contact), invoice(client, contact)
    both = {
        "CreditNote": {"CreditNoteID": credit["CreditNoteID"]},
        "Invoice": {"InvoiceID": sale["InvoiceID"]},
        "Account": {"Code": "090"},
        "Amount": 1,
    }
    nothing = {"CreditNote": {"CreditNoteNumber": "nope"}, "Account": {"Code": "090"}, "Amount": 1}

    assert [messages.OWN_PAYMENT_DOCUMENT] == client.errors("PUT", "Payments", both)
    assert [messages.CREDIT_NOTE_UNKNOWN] == client.errors("PUT", "Payments", nothing)


def test_lists_filter_and_page(client: Client, contact: str) -> None:
    """Without page there are no lines; where, order and If-Modified-Since work."""
    note(client, contact)
    note(client, contact, Status="DRAFT")
    plain = client.get("CreditNotes", where='Status=="DRAFT"')["CreditNotes"]
    paged = client.get("CreditNotes", page="1", order="CreditNoteNumber DESC")

    assert [[]] == [row["LineItems"] for row in plain]
    assert ["CN-0002", "CN-0001"] == [row["CreditNoteNumber"] for row in paged["CreditNotes"]]
    assert [1, 1] == [len(row["LineItems"]) for row in paged["CreditNotes"]]
    assert 2 == paged["pagination"]["itemCount"]
