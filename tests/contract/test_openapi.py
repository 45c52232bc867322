"""The checker itself: it accepts Xero's own examples and sees what is planted in them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest
import simplejson

from tests.contract import defects
from tests.contract.openapi import Contract, contract

KINDS = (
    "Organisation",
    "Contacts",
    "Items",
    "Accounts",
    "TaxRates",
    "Currencies",
    "Invoices",
    "Payments",
    "BatchPayments",
    "CreditNotes",
    "BankTransactions",
    "Prepayments",
    "Overpayments",
    "Quotes",
    "PurchaseOrders",
    "TrackingCategories",
    "ContactGroups",
    "BrandingThemes",
)
TENANT = "00000000-0000-0000-0000-000000000001"
HEADERS = {
    "xero-tenant-id": TENANT,
    "accept": "application/json",
    "content-type": "application/json; charset=utf-8",
}


@pytest.fixture
def checks() -> Contract:
    found = contract()
    if found is None:
        pytest.skip("Xero's OpenAPI document is not present")
    return found


def _examples(checks: Contract) -> list[tuple[str, str, str, Mapping[str, Any], Any]]:
    return [
        row
        for row in checks.answers_with_examples()
        if row[1].split("/")[1] in KINDS
        and not {"Attachments", "History", "CISSettings", "PaymentServices"}
        & set(row[1].split("/"))
        # What a deleted allocation looks like is told in two ways; the schema's is used here.
        and not (row[0] == "delete" and "Allocations" in row[1])
    ]


def test_examples_of_xero_conform(checks: Contract) -> None:
    """All answers printed as examples pass, given the known defects and nothing else."""
    found = {
        (method, path, status): checks.check_schema(schema, example)
        for method, path, status, schema, example in _examples(checks)
    }

    assert {} == {key: value for key, value in found.items() if value}
    assert len(found) > 80


def test_every_excused_property_is_needed(checks: Contract) -> None:
    """A defect that no example and no newer model needs would hide mistakes."""
    newer = {"RoundingAmount", "EnteredTotal", "QuantityAvailable", "QuantityOnBackOrder"}
    by_docs = {"Warnings", "ExpectedPaymentDateString", "PlannedPaymentDateString"}
    text = simplejson.dumps([row[4] for row in checks.answers_with_examples()])
    unused = {
        name
        for names in defects.ANSWER_PROPERTIES.values()
        for name in names - newer - by_docs
        if f'"{name}"' not in text
    }

    assert set() == unused


def test_misspelt_property_of_an_answer_is_seen(checks: Contract) -> None:
    """In every example, one wrong name at any depth is found."""
    missed = []
    for method, path, status, schema, example in _examples(checks):
        if status == "400":
            continue  # elements of a 400 are open: see the defects
        broken = copy.deepcopy(example)
        rows = next(value for value in broken.values() if isinstance(value, list))
        rows[0]["Nmae"] = "x"
        if not checks.check_schema(schema, broken):
            missed.append((method, path))

    assert [] == missed


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"Total": "40.00"}, "expected number"),
        ({"Total": True}, "expected number"),
        ({"InvoiceID": "7"}, "is not a uuid"),
        ({"InvoiceNumber": "x" * 256}, "longer than 255"),
        ({"Date": "2026-11-20"}, "is not a /Date(…)/"),
        ({"LineItems": {}}, "expected a list"),
        ({"Contact": "Bob"}, "expected an object"),
        ({"LineItems": [{"Colour": "red"}]}, "no such property"),
        ({"HasErrors": "false"}, "expected boolean"),
    ],
)
def test_wrong_values_of_an_answer_are_seen(
    checks: Contract, change: dict[str, Any], problem: str
) -> None:
    """Types, lengths, formats and names are checked, nested ones too."""
    body = simplejson.dumps({"Invoices": [change]}).encode()
    found = checks.check_answer("GET", "/Invoices", 200, body)

    assert [True] == [text.endswith(problem) for text in found]


def _request(checks: Contract, element: dict[str, Any], **query: str) -> list[str]:
    body = simplejson.dumps({"Invoices": [element]}).encode()
    return checks.check_request("PUT", "/api.xro/2.0/Invoices", query, HEADERS, body)


def test_good_request_passes(checks: Contract) -> None:
    """What Xero documents is accepted, the newer parameter included."""
    element = {
        "Type": "ACCREC",
        "Contact": {"ContactID": TENANT},
        "Date": "2026-11-20",
        "LineAmountTypes": "Exclusive",
        "LineItems": [{"Description": "x", "Quantity": 1, "UnitAmount": 2.5}],
        "Total": 3,
    }

    assert [] == _request(checks, element, unitdp="4", allowBackorders="true")


@pytest.mark.parametrize(
    ("element", "problem"),
    [
        ({"Type": "SALE"}, "'SALE' is not in the list of values"),
        ({"Nmae": "x"}, "no such property"),
        ({"AmountDue": 1}, "is read-only"),
        ({"UpdatedDateUTC": "/Date(1)/"}, "is read-only"),
        ({"Date": "/Date(1)/"}, "a day is sent as YYYY-MM-DD"),
        ({"Contact": {"Name": "x" * 256}}, "longer than 255"),
        ({"LineItems": [{"Quantity": "2"}]}, "expected number"),
    ],
)
def test_wrong_values_of_a_request_are_seen(
    checks: Contract, element: dict[str, Any], problem: str
) -> None:
    """Requests are checked against closed lists of values and read-only fields too."""
    assert [True] == [text.endswith(problem) for text in _request(checks, element)]


@pytest.mark.parametrize(
    ("content_type", "body", "problems"),
    [
        ("application/pdf", b"%PDF", []),
        ("application/json", b"%PDF", ["header Content-Type must be that of the file"]),
        ("application/pdf", b"", ["a file is empty"]),
    ],
)
def test_a_file_has_its_own_type(
    checks: Contract, content_type: str, body: bytes, problems: list[str]
) -> None:
    """What is attached is no JSON, and its type says what it is."""
    path = "/Invoices/5a1a6a0b-9f5e-4b1f-8b3f-0a4f6a3b2c1d/Attachments/a.pdf"
    found = checks.check_request("PUT", path, {}, HEADERS | {"content-type": content_type}, body)

    assert [f"PUT {path}: {problem}" for problem in problems] == found


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"xero-tenant-id": ""}, "header xero-tenant-id is missing"),
        ({"accept": "*/*"}, "header Accept must name application/json"),
        ({"content-type": "text/plain"}, "header Content-Type must be application/json"),
        ({"idempotency-key": "k" * 129}, "header Idempotency-Key is longer than 128"),
    ],
)
def test_headers_are_checked(checks: Contract, changes: dict[str, str], problem: str) -> None:
    """The headers that Xero asks for are asked for."""
    body = b'{"Contacts": [{"Name": "A"}]}'
    found = checks.check_request("PUT", "/Contacts", {}, HEADERS | changes, body)

    assert [f"PUT /Contacts: {problem}"] == found


@pytest.mark.parametrize(
    ("path", "query", "problem"),
    [
        ("/Items", {"page": "1"}, "unknown query parameter page"),
        ("/Contacts", {"includeArchived": "yes"}, "query parameter includeArchived must be true"),
        ("/Contacts", {"page": "one"}, "query parameter page must be a whole number"),
        ("/Gizmos", {}, "no such operation"),
    ],
)
def test_addresses_and_queries_are_checked(
    checks: Contract, path: str, query: dict[str, str], problem: str
) -> None:
    """Unknown endpoints and parameters are found."""
    found = checks.check_request("GET", path, query, HEADERS, b"")

    assert [True] == [problem in text for text in found]


@pytest.mark.parametrize(
    "path",
    [
        f"/Contacts/{TENANT}",
        "/Contacts/C-1",
        "/Items/W1",
        "/Invoices/INV-0001",
        "/Organisation/Actions",
    ],
)
def test_equivalent_paths_are_told_apart(checks: Contract, path: str) -> None:
    """An id, a number and a fixed word under the same endpoint all have their operation."""
    assert [] == checks.check_request("GET", path, {}, HEADERS, b"")


def test_bare_object_is_as_good_as_a_list(checks: Contract) -> None:
    """Xero takes both where the document names one of them."""
    bare = checks.check_request("PUT", "/Contacts", {}, HEADERS, b'{"Name": "A"}')
    account = b'{"Accounts": [{"Code": "1", "Name": "A"}]}'
    listed = checks.check_request("PUT", "/Accounts", {}, HEADERS, account)

    assert [[], []] == [bare, listed]
