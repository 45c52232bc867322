"""Claims about PUT and POST as such: bodies, summaries of errors, partial success."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.sandbox.client import Client
from tests.sandbox.test_invoices import draft
from xtiger.sandbox import Sandbox

GOOD, BAD = {"Name": "Good"}, {"Name": "B<d"}


def test_summary_lists_the_failed_and_saves_the_good(client: Client, sandbox: Sandbox) -> None:
    """By default one bad element makes a 400 that hides the good ones, which are saved."""
    answer = client.call("PUT", "Contacts", {"Contacts": [GOOD, BAD]})

    assert (400, ["B<d"], ["Good"]) == (
        answer.status_code,
        [row["Name"] for row in (answer.json or {})["Elements"]],
        [row["Name"] for row in sandbox.table("Contacts")],
    )


def test_without_summary_each_element_answers_in_order(client: Client) -> None:
    """summarizeErrors=false: 200, all elements, each with its own status."""
    rows = client.put("Contacts", BAD, GOOD, BAD, summarizeErrors="false")

    assert ["ERROR", "OK", "ERROR"] == [row["StatusAttributeString"] for row in rows]
    assert [1, 0, 1] == [len(row.get("ValidationErrors", [])) for row in rows]


def test_failed_create_has_an_id_that_means_nothing(client: Client) -> None:
    """The echo of a failed create carries an id: zero or invented, never a real one."""
    contact = client.put("Contacts", BAD, summarizeErrors="false")[0]
    invoice = client.put("Invoices", draft(Status="PAID"), summarizeErrors="false")[0]

    assert "00000000-0000-0000-0000-000000000000" == contact["ContactID"]
    assert 404 == client.call("GET", f"Invoices/{invoice['InvoiceID']}").status_code


def test_bare_object_and_list_are_both_taken(client: Client) -> None:
    """One object needs no list around it; the answer is a list all the same."""
    bare = client.call("PUT", "Contacts", {"Name": "A"}).json or {}
    listed = client.call("PUT", "Contacts", {"Contacts": [{"Name": "B"}]}).json or {}

    assert ["A", "B"] == [answer["Contacts"][0]["Name"] for answer in (bare, listed)]


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        ("Contacts", b"{", "The request body is not valid JSON"),
        ("Contacts", b"", "The request body is not valid JSON"),
        ("Contacts", b"\xff", "The request body is not valid JSON"),
        ("Invoices", b"{}", "No data has been processed for this endpoint. This endpoint is "),
        ("Invoices", b'{"Contacts": []}', "No data has been processed for this endpoint."),
        ("Invoices", b'{"Invoices": []}', "No data has been processed for this endpoint."),
        ("Invoices", b'{"Type": "ACCREC", "Date": "2026-11-20 00:00:00"}', "The string '2026-"),
        ("Invoices", b'{"Type": "ACCREC", "Date": "2026-02-30"}', "The string '2026-02-30' is "),
        ("Invoices", b'{"Type": "ACCREC", "LineAmountTypes": "NO_TAX"}', "Error converting "),
        ("Invoices", b'{"Type": "ACCREC", "Total": "lots"}', "Error converting value"),
        ("Invoices", b'{"Type": "ACCREC", "Total": NaN}', "The request body is not valid JSON"),
        ("Invoices", b'{"Type": "ACCREC", "SentToContact": "maybe"}', "Error converting value"),
        ("Invoices", b'{"Type": "ACCREC", "LineItems": {}}', "Expected a list at 'LineItems'"),
        ("Invoices", b'{"Type": "ACCREC", "Contact": "Bob"}', "Expected an object at 'Contact'"),
        ("Contacts", b'{"Name": "A", "ContactID": "1"}', "Error converting value"),
        ("Contacts", b'{"Name": ["A"], "TaxNumber": "1"}', "Error converting value"),
    ],
)
def test_unreadable_bodies(client: Client, kind: str, body: bytes, message: str) -> None:
    """What cannot be read answers PostDataInvalidException and saves nothing."""
    answer = client.call("PUT", kind, body)
    content = answer.json or {}

    assert (400, 14, "PostDataInvalidException") == (
        answer.status_code,
        content["ErrorNumber"],
        content["Type"],
    )
    assert content["Message"].startswith(message)


def test_unreadable_element_saves_none_of_its_neighbours(client: Client, sandbox: Sandbox) -> None:
    """A bad date in the second element refuses the whole request, the first included."""
    client.call("PUT", "Invoices", {"Invoices": [draft(), draft(Date="soon")]})

    assert [] == sandbox.table("Invoices")


def test_unknown_properties_and_null_are_ignored(client: Client) -> None:
    """As in Xero, what is not known does no harm; null means not sent."""
    made = client.put("Contacts", {"Name": "A", "Colour": "red", "TaxNumber": None})[0]

    assert "A" == made["Name"]


@pytest.mark.parametrize(
    "day",
    ["2026-11-20", "2026-11-20T00:00:00", "/Date(1795132800000)/", "/Date(1795132800000+0000)/"],
)
def test_days_are_read_in_xeros_forms(client: Client, day: str) -> None:
    """ISO day, ISO moment and milliseconds mean the same day."""
    assert "2026-11-20T00:00:00" == client.put("Invoices", draft(Date=day))[0]["DateString"]


def test_numbers_survive_exactly(client: Client) -> None:
    """A price that no binary fraction holds comes back as it was sent."""
    line = {"Description": "x", "UnitAmount": Decimal("0.1003"), "Quantity": Decimal("3.0001")}
    made = client.put("Invoices", draft(LineItems=[line]), unitdp="4")[0]["LineItems"][0]

    assert (Decimal("0.1003"), Decimal("3.0001")) == (made["UnitAmount"], made["Quantity"])
