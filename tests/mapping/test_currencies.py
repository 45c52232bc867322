"""Exchange rates as both sides write them, and limits of currencies of fewer places."""

from __future__ import annotations

from decimal import Decimal

import pytest

from xtiger.mapping.currencies import coarse_limit, crm_rate, same_rate, xero_rate


@pytest.mark.parametrize("rate", [None, "0", "-1", "1", "1.000"])
def test_a_rate_of_nothing_or_one_is_none(rate: str | None) -> None:
    """CRMs fill in 1 where nobody knows: it never counts as a rate."""
    assert xero_rate(None if rate is None else Decimal(rate)) is None


def test_a_rate_below_what_xero_can_write_is_none() -> None:
    """0 in six places is no rate."""
    assert xero_rate(Decimal(10_000_000)) is None


@pytest.mark.parametrize(
    ("crm", "xero"),
    [("0.8", "1.25"), ("0.006541", "152.881822"), ("2.5", "0.4"), ("0.85", "1.176471")],
)
def test_both_sides_write_the_reciprocal(crm: str, xero: str) -> None:
    """Base units for 1 of the currency in the CRM, units of it for 1 of the base in Xero."""
    assert Decimal(xero) == xero_rate(Decimal(crm))
    assert same_rate(Decimal(xero), xero_rate(Decimal(crm)) or Decimal(0), Decimal(0))


def test_xeros_rate_has_the_places_of_the_crms_field() -> None:
    """Six where the field says none."""
    assert Decimal("0.85") == crm_rate(Decimal("1.176471"), 4)
    assert Decimal("0.758288") == crm_rate(Decimal("1.31876"))


@pytest.mark.parametrize("rate", [None, "0", "-2"])
def test_xero_may_have_no_rate(rate: str | None) -> None:
    """Then the CRM gets none."""
    assert crm_rate(None if rate is None else Decimal(rate)) is None


@pytest.mark.parametrize(("ours", "same"), [("1.2513", False), ("1.2512", True), ("1.2488", True)])
def test_the_tolerance_is_a_share_of_xeros_rate(ours: str, same: bool) -> None:
    """0.1 % of 1.25 is 0.00125, either way."""
    assert same is same_rate(Decimal(ours), Decimal("1.25"), Decimal("0.1"))


@pytest.mark.parametrize(
    ("limit", "places", "expected"),
    [
        ("0.05", 2, "0.05"),
        ("0.05", 3, "0.05"),
        ("0.05", 0, "1"),
        ("0.005", 0, "0.5"),
        ("0", 0, "0"),
    ],
)
def test_a_limit_of_cents_is_one_of_smallest_units(limit: str, places: int, expected: str) -> None:
    """Five cents are five yen, but never more than the largest that is ever taken."""
    assert Decimal(expected) == coarse_limit(Decimal(limit), places, Decimal(1))
