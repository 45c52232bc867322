"""pyxero, which writes XML and reads JSON, works with the sandbox but for its addresses."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import xero.auth  # type: ignore[import-untyped]
from xero import Xero
from xero.auth import OAuth2Credentials
from xero.exceptions import (  # type: ignore[import-untyped]
    XeroBadRequest,
    XeroForbidden,
    XeroNotAvailable,
    XeroNotFound,
    XeroRateLimitExceeded,
    XeroUnauthorized,
)

from tests.contract.served import SCOPES, Served, served
from tests.sandbox.client import REDIRECT

LINE = {
    "Description": "Work",
    "Quantity": Decimal(2),
    "UnitAmount": Decimal("50.00"),
    "AccountCode": "200",
}


@pytest.fixture
def sandbox() -> Iterator[Served]:
    with served() as running:
        yield running


@pytest.fixture
def credentials(sandbox: Served, monkeypatch: pytest.MonkeyPatch) -> OAuth2Credentials:
    """The library's credentials after its own consent flow."""
    # oauthlib speaks to https only, unless told that this is a test.
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setattr(xero.auth, "XERO_BASE_URL", sandbox.url)
    monkeypatch.setattr(xero.auth, "XERO_OAUTH2_TOKEN_URL", f"{sandbox.url}/connect/token")
    monkeypatch.setattr(
        xero.auth,
        "XERO_OAUTH2_AUTHORIZE_URL",
        f"{sandbox.url}/identity/connect/authorize",
    )
    box = sandbox.box
    made = OAuth2Credentials(
        box.client_id, box.client_secret, callback_uri=REDIRECT, scope=SCOPES.split()
    )
    address = urlsplit(made.generate_url())
    allowed = requests.post(
        f"{sandbox.url}{address.path}",
        params=None,
        data=dict(
            part.split("=", 1) for part in requests.compat.unquote_plus(address.query).split("&")
        )
        | {"tenant": sandbox.tenant, "decision": "allow"},
        allow_redirects=False,
        timeout=10,
    )
    made.verify(allowed.headers["Location"])
    made.set_default_tenant()
    return made


@pytest.fixture
def api(credentials: OAuth2Credentials) -> Any:
    return Xero(credentials)


def _invoice(api: Any, contact_id: str, **fields: Any) -> dict[str, Any]:
    element = {
        "Type": "ACCREC",
        "Contact": {"ContactID": contact_id},
        "LineItems": [LINE],
        "Date": dt.date(2026, 11, 20),
        "DueDate": dt.date(2026, 12, 20),
        "Status": "AUTHORISED",
        "LineAmountTypes": "Exclusive",
    }
    return dict(api.invoices.put(element | fields)[0])


def test_consent_refresh_and_tenants(credentials: OAuth2Credentials, sandbox: Served) -> None:
    """The library's own flow ends with a token that it can refresh."""
    old = credentials.token["refresh_token"]
    credentials.refresh()

    assert [sandbox.tenant] == [row["tenantId"] for row in credentials.get_tenants()]
    assert old != credentials.token["refresh_token"]


def test_contacts_live(api: Any) -> None:
    """Create, read, filter, order, page, change and archive."""
    made = api.contacts.put({"Name": "Alpha & Söhne", "EmailAddress": "a@example.com"})[0]
    for name in ("Beta", "Gamma"):
        api.contacts.put({"Name": name})
    found = api.contacts.filter(Name="Alpha & Söhne")
    paged = api.contacts.filter(page=1, order="Name DESC")
    api.contacts.save({"ContactID": made["ContactID"], "FirstName": "Ann"})
    changed = api.contacts.get(made["ContactID"])[0]
    api.contacts.save({"ContactID": made["ContactID"], "ContactStatus": "ARCHIVED"})
    left = api.contacts.all()

    assert [made["ContactID"]] == [row["ContactID"] for row in found]
    assert ["Gamma", "Beta", "Alpha & Söhne"] == [row["Name"] for row in paged]
    assert ("Ann", ["Beta", "Gamma"]) == (changed["FirstName"], sorted(r["Name"] for r in left))


def test_persons_and_addresses_in_xml(api: Any) -> None:
    """Lists of an element arrive as lists, flags as flags."""
    made = api.contacts.put(
        {
            "Name": "Alpha",
            "EmailAddress": "a@example.com",
            "ContactPersons": [{"FirstName": "Bob", "IncludeInEmails": True}],
            "Addresses": [{"AddressType": "POBOX", "City": "Leeds"}],
        }
    )[0]
    shown = api.contacts.get(made["ContactID"])[0]

    assert [("Bob", True)] == [
        (row["FirstName"], row["IncludeInEmails"]) for row in shown["ContactPersons"]
    ]
    assert "Leeds" in [row["City"] for row in shown["Addresses"]]


def test_modified_since(api: Any) -> None:
    """The library's HTTP date is understood."""
    api.contacts.put({"Name": "Alpha"})

    assert [] == api.contacts.filter(since=dt.datetime(2099, 1, 1, tzinfo=dt.UTC))
    assert 1 == len(api.contacts.filter(since=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)))


def test_invoice_is_paid_and_reopened(api: Any) -> None:
    """Lines with decimals, a payment, PAID, and the payment deleted."""
    contact = api.contacts.put({"Name": "Alpha"})[0]["ContactID"]
    made = _invoice(api, contact)
    paid = api.payments.put(
        {
            "Invoice": {"InvoiceID": made["InvoiceID"]},
            "Account": {"Code": "090"},
            "Date": dt.date(2026, 11, 20),
            "Amount": Decimal("120.00"),
        }
    )[0]
    closed = api.invoices.get(made["InvoiceID"])[0]
    api.payments.delete(paid["PaymentID"])
    opened = api.invoices.get(made["InvoiceID"])[0]

    assert (120, "PAID", "AUTHORISED", 120) == (
        made["Total"],
        closed["Status"],
        opened["Status"],
        opened["AmountDue"],
    )


def test_invoice_is_filtered_and_voided(api: Any) -> None:
    """The library's where parts are understood; VOIDED is the end."""
    contact = api.contacts.put({"Name": "Alpha"})[0]["ContactID"]
    made = _invoice(api, contact)
    found = api.invoices.filter(
        Contact_ContactID=contact, Status="AUTHORISED", Date__gte=dt.date(2026, 11, 1)
    )
    api.invoices.save({"InvoiceID": made["InvoiceID"], "Status": "VOIDED"})

    assert [made["InvoiceID"]] == [row["InvoiceID"] for row in found]
    assert "VOIDED" == api.invoices.get(made["InvoiceID"])[0]["Status"]


def test_credit_note_is_allocated(api: Any) -> None:
    """The library's older name of the amount is understood."""
    contact = api.contacts.put({"Name": "Alpha"})[0]["ContactID"]
    made = _invoice(api, contact)
    note = api.creditnotes.put(
        {
            "Type": "ACCRECCREDIT",
            "Contact": {"ContactID": contact},
            "LineItems": [LINE],
            "Status": "AUTHORISED",
        }
    )[0]
    api.creditnotes.put_allocation(
        note["CreditNoteID"],
        {
            "Amount": Decimal(120),
            "Date": dt.date(2026, 11, 20),
            "Invoice": {"InvoiceID": made["InvoiceID"]},
        },
    )

    assert "PAID" == api.invoices.get(made["InvoiceID"])[0]["Status"]


def test_history_and_attachment(api: Any) -> None:
    """A note and a file come back."""
    contact = api.contacts.put({"Name": "Alpha"})[0]["ContactID"]
    made = _invoice(api, contact)["InvoiceID"]
    api.invoices.put_history(made, "Called them")
    api.invoices.put_attachment(made, "a.txt", io.BytesIO(b"hello"), "text/plain")
    content = io.BytesIO()
    api.invoices.get_attachment(made, "a.txt", content)
    notes = [row["Details"] for row in api.invoices.get_history(made)["HistoryRecords"]]

    assert (True, b"hello") == ("Called them" in notes, content.getvalue())
    assert 1 == len(api.invoices.get_attachments(made)["Attachments"])


def test_settings_and_items(api: Any) -> None:
    """Accounts, rates and organisation read; an item is made and deleted."""
    made = api.items.put({"Code": "A", "Name": "Bolt", "IsSold": True})[0]
    api.items.delete(made["ItemID"])

    assert 42 == len(api.accounts.filter(Status="ACTIVE"))
    assert "Empty Trading Ltd" == api.organisations.all()[0]["Name"]
    assert [] == api.items.all()


def test_validation_errors_are_told(api: Any) -> None:
    """Xero's own words are in the library's exception."""
    api.contacts.put({"Name": "Alpha"})
    with pytest.raises(XeroBadRequest) as refused:
        api.contacts.put({"Name": "Alpha"})

    assert any("already assigned" in text for text in refused.value.errors)


def test_other_errors_have_their_exceptions(api: Any, sandbox: Served) -> None:
    """404, 429, 503, 401 and 403 each as the library names them."""
    with pytest.raises(XeroNotFound):
        api.contacts.get(sandbox.tenant)
    sandbox.box.fault("status", status=429, problem="day")
    with pytest.raises(XeroRateLimitExceeded, match="day"):
        api.contacts.all()
    sandbox.box.fault("status", status=503)
    with pytest.raises(XeroNotAvailable):
        api.contacts.all()
    sandbox.box.fault("token_expired")
    with pytest.raises(XeroUnauthorized):
        api.contacts.all()
    sandbox.box.disconnect(sandbox.tenant)
    with pytest.raises(XeroForbidden):
        api.contacts.all()


def test_invoice_as_pdf(api: Any) -> None:
    """The library asks for the document itself by its Accept header."""
    contact = api.contacts.put({"Name": "Alpha"})[0]["ContactID"]
    made = _invoice(api, contact)["InvoiceID"]

    assert api.invoices.get(made, headers={"Accept": "application/pdf"}).startswith(b"%PDF-")
