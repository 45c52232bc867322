"""Which tax rates may be made in Xero, where, and of what."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from xtiger.model.chart_of_accounts import TaxRate
from xtiger.rules.taxes import NewRate, has_tax_return, new_rate

TWO = NewRate("GST 5 % + PST 7 %", (("GST", Decimal(5), False), ("PST", Decimal(7), True)))


@pytest.mark.parametrize(
    ("version", "country", "files"),
    [
        ("UK", "GB", True),
        ("AUONRAMP", "AU", True),
        ("NZ", "NZ", True),
        ("GLOBAL", "ZA", True),
        ("GLOBAL", "SG", True),
        ("GLOBAL", "IE", False),
        ("GLOBAL", "CA", False),
        ("US", "US", False),
    ],
)
def test_a_tax_return_is_of_the_country(version: str, country: str, files: bool) -> None:
    """Rates made by API do not reach it."""
    assert files == has_tax_return({"Version": version, "CountryCode": country})


def test_an_organisation_that_was_never_read_may_have_one() -> None:
    """Then no rate is made."""
    assert has_tax_return({})


def test_a_rate_is_made_of_the_parts_of_its_tax() -> None:
    """Named as people write the tax; a part without a name is called as the whole."""
    parts = [["GST", "5", False], ["PST", "7", True]]
    rate = new_rate("GST 5 % + PST 7 %", parts)

    assert rate == TWO
    assert {
        "Name": "GST 5 % + PST 7 %",
        "TaxComponents": [
            {"Name": "GST", "Rate": Decimal(5), "IsCompound": False},
            {"Name": "PST", "Rate": Decimal(7), "IsCompound": True},
        ],
    } == TWO.element()
    assert NewRate("21 %", (("21 %", Decimal(21), False),)) == new_rate("21 %", [["", "21", False]])


@pytest.mark.parametrize(
    ("label", "parts"),
    [
        ("VAT", None),
        ("VAT", []),
        ("", [["VAT", "5", False]]),
        ("V" * 51, [["VAT", "5", False]]),
        ("VAT", [["VAT", "0", False]]),
        ("VAT", [["VAT", "101", False]]),
        ("VAT", [["VAT", "5.00001", False]]),
        ("VAT", [["A", "5", False], ["a", "7", False]]),
        ("VAT", [["A", "5", True], ["B", "7", True]]),
        ("VAT", [["A", "5", False], ["B", "0", False]]),
    ],
)
def test_what_xero_would_not_take_is_not_made(label: str, parts: Any) -> None:
    """A name too long, a percentage that is none, two parts alike, two on top of the others."""
    assert new_rate(label, parts) is None


@pytest.mark.parametrize(
    ("name", "parts", "status", "found"),
    [
        ("gst 5 % + pst 7 %", (("pst", "7", True), ("GST", "5", False)), "ACTIVE", True),
        ("Other", (("PST", "7", True), ("GST", "5", False)), "ACTIVE", False),
        ("GST 5 % + PST 7 %", (("PST", "7", False), ("GST", "5", False)), "ACTIVE", False),
        ("GST 5 % + PST 7 %", (("PST", "7", True), ("GST", "5", False)), "DELETED", False),
    ],
)
def test_one_that_is_there_is_not_made_twice(
    name: str, parts: Any, status: str, found: bool
) -> None:
    """The same name and parts, in use."""
    components = tuple((part, Decimal(percent), on_top) for part, percent, on_top in parts)
    rate = TaxRate("TAX001", name, Decimal("12.35"), status, components=components)

    assert (rate if found else None) == TWO.among([rate])
