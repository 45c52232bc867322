"""Whether what Xero has under our natural key is what we wrote."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from xtiger.engine.pair.ours import made_by, same_document
from xtiger.model.records import XeroRecord

LINE = {"Description": "Tea", "Quantity": 2, "UnitAmount": 5}
SENT: dict[str, Any] = {
    "InvoiceNumber": "I1",
    "Contact": {"ContactID": "c1"},
    "Url": "https://crm.example/7",
    "Date": "2026-11-20",
    "LineItems": [LINE],
}


def test_a_contact_of_our_key_is_ours() -> None:
    """The key holds our own sign, whatever people made of the name since."""
    assert made_by("Contact", {"Name": "Acme"}, {"Name": "Renamed"})


@pytest.mark.parametrize(
    ("sent", "there", "ours"),
    [
        ({"Name": "Tea"}, {"Name": "Tea"}, True),
        ({"Name": "Tea", "Description": "Green"}, {"Name": "New", "Description": "Green"}, True),
        ({"Name": "Tea"}, {"Name": "Coffee"}, False),
        ({"Code": "T1"}, {"Code": "T1"}, False),
        ({"Name": ""}, {"Name": ""}, False),
    ],
)
def test_an_item_of_our_code_has_our_name_or_text(
    sent: dict[str, str], there: dict[str, str], ours: bool
) -> None:
    """A code alone is anybody's."""
    assert ours == made_by("Item", sent, there)


@pytest.mark.parametrize(
    ("changed", "ours"),
    [
        ({}, True),
        ({"Date": "2026-11-21"}, True),
        ({"LineItems": [LINE | {"Quantity": 3}]}, True),
        ({"Date": "2026-11-21", "LineItems": []}, False),
        ({"Url": "https://crm.example/8"}, False),
        ({"Url": None}, False),
        ({"Contact": {"ContactID": "c2"}}, False),
        ({"Contact": None}, False),
        ({"LineItems": [{"Quantity": "many"}]}, False),
    ],
)
def test_an_invoice_is_ours_by_address_and_date_or_lines(
    changed: dict[str, Any], ours: bool
) -> None:
    """A person may have edited one of both before it was seen; what cannot be read is no proof."""
    assert ours == made_by("Invoice", SENT, {**SENT, **changed})


@pytest.mark.parametrize(
    ("sent", "there", "ours"),
    [("R1", "R1", True), ("R1", "R2", False), (None, "", True), ("R1", None, False)],
)
def test_without_an_address_the_reference_tells(
    sent: str | None, there: str | None, ours: bool
) -> None:
    """A CRM that has no pages for its records."""
    bare = {key: value for key, value in SENT.items() if key != "Url"}

    assert ours == made_by("Invoice", bare | {"Reference": sent}, SENT | {"Reference": there})


@pytest.mark.parametrize(
    ("contact", "day", "totals", "same"),
    [
        ("c1", date(2026, 11, 20), {Decimal(10)}, True),
        ("c1", date(2026, 11, 20), {None, Decimal("10.00")}, True),
        ("c2", date(2026, 11, 20), {Decimal(10)}, False),
        ("c1", date(2026, 11, 21), {Decimal(10)}, False),
        ("c1", None, {Decimal(10)}, False),
        ("c1", date(2026, 11, 20), {Decimal(11)}, False),
        ("c1", date(2026, 11, 20), set(), False),
    ],
)
def test_an_invoice_that_no_write_explains_has_our_payer_day_and_total(
    contact: str, day: date | None, totals: set[Decimal], same: bool
) -> None:
    """All three, or it is somebody else's."""
    values = {"Date": date(2026, 11, 20), "Total": Decimal(10)}
    there = XeroRecord("Invoice", "x1", values, raw={"Contact": {"ContactID": "c1"}})

    assert same == same_document(there, contact, day, totals)
