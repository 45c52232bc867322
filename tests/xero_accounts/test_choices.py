"""Tests of which accounts and tax rates may be chosen where."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from xero_accounts.choices import (
    account_label,
    choices,
    find_accounts,
    find_tax_rates,
    percent_text,
    tax_label,
)
from xtiger.model.chart_of_accounts import Account, TaxRate

SALES = Account("a1", "200", "Sales", "REVENUE", "REVENUE", "OUTPUT2")
OTHER = Account("a2", "260", "Other Revenue", "OTHERINCOME", "REVENUE")
OLD = Account("a3", "210", "Old Sales", "REVENUE", "REVENUE", status="ARCHIVED")
GAINS = Account("a4", "497", "Gains", "REVENUE", "REVENUE", system="BANKCURRENCYGAIN")
ADS = Account("a5", "400", "Advertising", "OVERHEADS", "EXPENSE")
DESK = Account("a6", "720", "Computers", "FIXED", "ASSET", payments=True)
STOCK = Account("a7", "630", "Stock", "INVENTORY", "ASSET")
BANK = Account("a8", "", "Business Bank", "BANK", "ASSET", currency="GBP")
OWING = Account("a9", "800", "Accounts Payable", "CURRLIAB", "LIABILITY", system="CREDITORS")
CHART = (OLD, OTHER, SALES, GAINS, ADS, DESK, STOCK, BANK, OWING)

VAT = TaxRate(
    "OUTPUT2", "20% (VAT on Income)", Decimal("20.0000"), "ACTIVE", frozenset({"REVENUE"})
)
COST = TaxRate("INPUT2", "VAT on Expenses", Decimal(20), "ACTIVE", frozenset({"EXPENSE"}))
GONE = TaxRate("TAX001", "Old VAT", Decimal("17.5"), "DELETED", frozenset({"REVENUE"}))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sales_account", ["200", "260"]),
        ("purchase_account", ["400", "720"]),
        ("payment_account", ["720", "a8"]),
        ("sales_tax", ["OUTPUT2"]),
        ("shoe_size", []),
    ],
)
def test_a_pick_list_holds_what_xero_takes_there(name: str, expected: list[str]) -> None:
    """Archived, system, stock and codeless accounts are left out where Xero refuses them."""
    found = [choice.value for choice in choices(name, CHART, (VAT, COST, GONE))]

    assert expected == found


def test_a_bank_account_shows_its_currency() -> None:
    """Two banks of the same name are told apart by currency."""
    assert account_label(BANK) == "Business Bank (GBP)"


def test_accounts_are_found_by_class() -> None:
    """The search for a class finds accounts of all its types."""
    assert find_accounts(CHART, type="expense") == [ADS]


def test_accounts_are_found_by_type() -> None:
    """The search for a type does not find other types of the same class."""
    assert find_accounts(CHART, type="otherincome") == [OTHER]


def test_accounts_are_found_by_part_of_the_description() -> None:
    """The search reads descriptions, in any case."""
    described = replace(ADS, description="Radio and print")

    assert find_accounts([SALES, described], text="RADIO") == [described]


def test_archived_accounts_can_be_left_out() -> None:
    """Only active accounts remain when archived ones are not wanted."""
    assert find_accounts([OLD, SALES], archived=False) == [SALES]


def test_accounts_come_by_code_and_codeless_ones_last() -> None:
    """The list reads as Xero's own chart does."""
    assert find_accounts([BANK, OTHER, SALES]) == [SALES, OTHER, BANK]


def test_tax_rates_are_found_by_tax_type() -> None:
    """The search reads names and tax types."""
    assert find_tax_rates([VAT, COST], text="input") == [COST]


def test_deleted_tax_rates_can_be_left_out() -> None:
    """Only active rates remain when archived ones are not wanted."""
    assert find_tax_rates([GONE, VAT], archived=False) == [VAT]


@pytest.mark.parametrize(
    ("rate", "expected"),
    [("20.0000", "20 %"), ("17.5", "17.5 %"), ("100", "100 %"), ("0", "0 %"), ("0.00", "0 %")],
)
def test_a_percentage_has_no_useless_zeros(rate: str, expected: str) -> None:
    """Zeros after the point go, zeros before it stay."""
    assert expected == percent_text(replace(VAT, rate=Decimal(rate)))


@pytest.mark.parametrize(
    ("rate", "expected"), [(VAT, "20% (VAT on Income)"), (COST, "VAT on Expenses, 20 %")]
)
def test_a_tax_says_its_percentage_once(rate: TaxRate, expected: str) -> None:
    """The percentage is added only to a name that does not say it."""
    assert expected == tax_label(rate)
