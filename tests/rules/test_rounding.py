"""The line for rounding: where it is booked, how it looks, and how it is known again."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.values import Plain
from xtiger.rules.rounding import (
    RoundingAccount,
    is_rounding,
    is_small,
    rounding_account,
    rounding_line,
    rounding_of,
    sold_on,
)
from xtiger.rules.taxes import TaxTable

ACCOUNT = Account("a1", "860", "Rounding", "CURRLIAB", "LIABILITY", system="ROUNDING")
NONE = TaxRate("NONE", "No VAT", Decimal(0))
ZERO = TaxRate("ZERO", "Zero", Decimal(0))
FULL = TaxRate("OUTPUT2", "20%", Decimal(20))
AUSTRALIA = TaxRate("BASEXCLUDED", "BAS Excluded", Decimal(0))
LINE: dict[str, Plain] = {
    "LineItemID": "l1",
    "Description": "Rounding",
    "Quantity": Decimal(1),
    "UnitAmount": Decimal("-0.01"),
    "TaxAmount": Decimal(0),
}


def _found(account: Account, *rates: TaxRate) -> RoundingAccount | None:
    return rounding_account({account.code: account}, TaxTable(rates, {}))


@pytest.mark.parametrize(
    ("own", "rates", "tax_type"),
    [
        ("", (NONE, FULL), "NONE"),
        ("ZERO", (NONE, ZERO, FULL), "ZERO"),
        ("OUTPUT2", (NONE, FULL), "NONE"),
        ("", (AUSTRALIA, FULL), "BASEXCLUDED"),
        ("", (FULL,), "NONE"),
    ],
)
def test_it_is_booked_at_no_tax(own: str, rates: tuple[TaxRate, ...], tax_type: str) -> None:
    """The account's own tax where that is 0 %, else the one for none; Australia has another."""
    assert RoundingAccount("860", tax_type) == _found(replace(ACCOUNT, tax_type=own), *rates)


@pytest.mark.parametrize("changes", [{"system": ""}, {"status": "ARCHIVED"}, {"code": ""}])
def test_no_other_account_takes_it(changes: dict[str, str]) -> None:
    """Known by the system's word and not by its code; one that cannot be used is none."""
    assert None is _found(replace(ACCOUNT, **changes), NONE)  # type: ignore[arg-type]  # texts only


def test_a_line_has_the_id_of_the_one_that_is_there() -> None:
    """A new one has none."""
    place = RoundingAccount("860", "NONE")
    new = rounding_line(Decimal("0.02"), place, None)

    assert {
        "Description": "Rounding",
        "Quantity": 1,
        "UnitAmount": Decimal("0.02"),
        "AccountCode": "860",
        "TaxType": "NONE",
    } == new
    assert {"LineItemID": "l1", **new} == rounding_line(Decimal("0.02"), place, LINE)


@pytest.mark.parametrize(
    "changes",
    [
        {"Description": "Rounded"},
        {"ItemCode": "R"},
        {"Quantity": Decimal(2)},
        {"UnitAmount": None},
        {"UnitAmount": Decimal(0)},
        {"UnitAmount": Decimal("1.01")},
        {"TaxAmount": Decimal("0.01")},
        {"DiscountRate": Decimal(10)},
        {"DiscountAmount": Decimal("0.01")},
    ],
)
def test_any_other_line_is_none(changes: dict[str, Plain]) -> None:
    """What sells something, is taxed or is large is a line of the invoice."""
    assert is_rounding(LINE)
    assert is_rounding({**LINE, "Quantity": None})
    assert not is_rounding({**LINE, **changes})


def test_its_amount_counts() -> None:
    """Without a line nothing does."""
    assert Decimal("-0.01") == rounding_of(LINE)
    assert 0 == rounding_of(None) == rounding_of({})


@pytest.mark.parametrize(
    ("amount", "limit", "small"),
    [
        ("0.05", "0.05", True),
        ("-0.05", "0.05", True),
        ("0.06", "0.05", False),
        ("0", "0.05", False),
    ],
)
def test_the_limit_is_in_both_directions(amount: str, limit: str, small: bool) -> None:
    """And no limit is above the most."""
    assert small == is_small(Decimal(amount), Decimal(limit))
    assert not is_small(Decimal("1.01"), Decimal(5))


def test_a_line_on_an_account_for_sales_is_the_crms_own() -> None:
    """Each account that is not the system's may stand on a line of the CRM."""
    sales = Account("a2", "200", "Sales", "SALES", "REVENUE")
    ordinary = sold_on([ACCOUNT, sales, replace(sales, code="")])

    assert frozenset({"200"}) == ordinary
    assert is_rounding({**LINE, "AccountCode": "860"}, ordinary)
    assert is_rounding({**LINE, "AccountCode": "861"}, ordinary)
    assert not is_rounding({**LINE, "AccountCode": "200"}, ordinary)
