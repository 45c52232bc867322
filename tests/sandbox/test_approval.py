"""Claims about the rights of the organisation's user, and about its settings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.client import Client
from tests.sandbox.test_creditnotes import LINE, invoice, note
from xtiger.sandbox.accounting import messages


@pytest.fixture
def contact(client: Client) -> str:
    return str(client.put("Contacts", {"Name": "Alpha"})[0]["ContactID"])


def _may_not(client: Client, *actions: str, **more: str) -> None:
    client.sandbox.edit("Organisation", client.tenant, {"NotAllowed": list(actions)} | more)


@pytest.mark.parametrize("wanted", ["SUBMITTED", "DRAFT"])
def test_approval_is_downgraded_with_200(client: Client, contact: str, wanted: str) -> None:
    """AUTHORISED comes back as something less; the answer is good and must be read."""
    _may_not(client, "CreateApprovedInvoice", ApprovalStatus=wanted)
    made = invoice(client, contact)
    again = client.post(f"Invoices/{made['InvoiceID']}", {"Status": "AUTHORISED"})[0]

    assert (wanted, wanted) == (made["Status"], again["Status"])
    assert wanted == note(client, contact)["Status"]


def test_bills_have_an_action_of_their_own(client: Client, contact: str) -> None:
    """Who may not approve sales may still approve bills."""
    _may_not(client, "CreateApprovedInvoice")
    line = LINE | {"AccountCode": "400"}
    bill = invoice(client, contact, Type="ACCPAY", LineItems=[line])

    assert "AUTHORISED" == bill["Status"]


def test_approved_before_stays_approved(client: Client, contact: str) -> None:
    """An edit of what is approved needs no new approval."""
    made = invoice(client, contact)
    _may_not(client, "CreateApprovedInvoice")
    changed = client.post(f"Invoices/{made['InvoiceID']}", {"Reference": "R"})[0]

    assert "AUTHORISED" == changed["Status"]


def test_actions_say_what_is_not_allowed(client: Client) -> None:
    """Organisation/Actions tells; the sandbox's own settings are shown nowhere."""
    _may_not(client, "CreateApprovedInvoice", "UseMulticurrency")
    rows = client.get("Organisation/Actions")["Actions"]
    organisation = client.get("Organisation")["Organisations"][0]

    assert ["CreateApprovedInvoice", "UseMulticurrency"] == [
        row["Name"] for row in rows if row["Status"] == "NOT-ALLOWED"
    ]
    assert {"NotAllowed", "ApprovalStatus"}.isdisjoint(organisation)


def test_plan_with_one_currency(client: Client, contact: str) -> None:
    """Neither foreign documents nor further currencies."""
    _may_not(client, "UseMulticurrency")
    element = {"Type": "ACCREC", "Contact": {"ContactID": contact}, "CurrencyCode": "EUR"}

    assert [messages.CURRENCY.format(CUR="EUR")] == client.errors("PUT", "Invoices", element)
    assert [messages.OWN_MULTICURRENCY] == client.errors("PUT", "Currencies", {"Code": "CHF"})


@pytest.mark.parametrize("kind", ["CreditNotes", "BankTransactions", "Payments"])
def test_lock_dates_hold_for_all_documents(client: Client, contact: str, kind: str) -> None:
    """Nothing is written on or before either lock date."""
    sale = invoice(client, contact)
    client.sandbox.edit("Organisation", client.tenant, {"EndOfYearLockDate": "2026-03-31"})
    day = {"Date": "2026-03-31"}
    elements: dict[str, Any] = {
        "CreditNotes": {"Type": "ACCRECCREDIT", "Contact": {"ContactID": contact}},
        "BankTransactions": {
            "Type": "RECEIVE",
            "Contact": {"ContactID": contact},
            "BankAccount": {"Code": "090"},
            "LineItems": [LINE],
        },
        "Payments": {
            "Invoice": {"InvoiceID": sale["InvoiceID"]},
            "Account": {"Code": "090"},
            "Amount": 1,
        },
    }

    assert [messages.YEAR_LOCKED.format(date="31 March 2026")] == client.errors(
        "PUT", kind, elements[kind] | day
    )


@pytest.mark.parametrize(
    ("types", "sums"),
    [
        ("Exclusive", ("99.99", "20.01", "120.00")),
        ("Inclusive", ("83.31", "16.68", "99.99")),
        ("NoTax", ("99.99", "0.00", "99.99")),
    ],
)
def test_tax_is_rounded_per_line_then_summed(
    client: Client, contact: str, types: str, sums: tuple[str, str, str]
) -> None:
    """Three lines of 33.33: the sum of rounded taxes is another than the rounded sum."""
    lines = [LINE | {"UnitAmount": Decimal("33.33")}] * 3
    made = invoice(client, contact, LineAmountTypes=types, LineItems=lines)

    assert [Decimal(text) for text in sums] == [
        made[name] for name in ("SubTotal", "TotalTax", "Total")
    ]


def test_repeating_id_is_read_only(client: Client, contact: str) -> None:
    """What is sent is ignored; Xero's own is shown."""
    made = invoice(client, contact, RepeatingInvoiceID=contact)
    client.sandbox.edit("Invoices", made["InvoiceID"], {"RepeatingInvoiceID": contact})
    shown = client.get(f"Invoices/{made['InvoiceID']}")["Invoices"][0]

    assert ("RepeatingInvoiceID" in made, contact) == (False, shown["RepeatingInvoiceID"])


def test_merged_contact_points_to_the_other(client: Client, contact: str) -> None:
    """It is archived, hidden, and its documents are the other's."""
    sale = invoice(client, contact)
    other = client.put("Contacts", {"Name": "Beta"})[0]["ContactID"]
    client.sandbox.merge(contact, other)
    gone = client.get(f"Contacts/{contact}")["Contacts"][0]
    moved = client.get(f"Invoices/{sale['InvoiceID']}")["Invoices"][0]

    assert ("ARCHIVED", other) == (gone["ContactStatus"], gone["MergedToContactID"])
    assert other == moved["Contact"]["ContactID"]
    assert ["Beta"] == [row["Name"] for row in client.get("Contacts")["Contacts"]]


def test_gdpr_request_hides_like_archiving(client: Client, contact: str) -> None:
    """Out of lists, closed to edits and documents, until includeArchived asks for it."""
    client.post("Contacts", {"ContactID": contact, "ContactStatus": "GDPRREQUEST"})
    listed = [
        len(client.get("Contacts", **query)["Contacts"])
        for query in ({}, {"includeArchived": "true"})
    ]

    assert [0, 1] == listed
    assert [messages.CONTACT_ARCHIVED] == client.errors(
        "POST", "Contacts", {"ContactID": contact, "FirstName": "A"}
    )
    assert [messages.CONTACT_ARCHIVED_DOCUMENT] == client.errors(
        "PUT", "Invoices", {"Type": "ACCREC", "Contact": {"ContactID": contact}}
    )


def test_default_tracking_of_a_contact(client: Client, contact: str) -> None:
    """Names of category and option come back on full reads."""
    tracking = [{"TrackingCategoryName": "Region", "TrackingOptionName": "North"}]
    client.post("Contacts", {"ContactID": contact, "SalesTrackingCategories": tracking})
    shown = client.get(f"Contacts/{contact}")["Contacts"][0]

    assert (tracking, []) == (
        shown["SalesTrackingCategories"],
        shown["PurchasesTrackingCategories"],
    )
