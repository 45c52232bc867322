"""Which rate a tax means that is kept as an amount, and when that cannot be said."""

from __future__ import annotations

from decimal import Decimal

import pytest

from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.plans import Cause
from xtiger.rules.taxes import TaxTable, tax_of_line, tax_of_sum

RATES = [
    TaxRate(name, name, Decimal(percent), classes=frozenset({"REVENUE"}))
    for name, percent in (("NONE", "0"), ("LOW", "5"), ("MIDDLE", "17.5"), ("HIGH", "20"))
]
SALES = Account("a1", "200", "Sales", "REVENUE", "REVENUE", tax_type="HIGH")


def _table(tax_map: dict[str, str] | None = None) -> TaxTable:
    return TaxTable(RATES, tax_map or {})


def _of_line(tax: str, net: str, table: TaxTable, account: Account | None = None) -> object:
    found = tax_of_line(Decimal(tax), Decimal(net), table, account)
    return found.data["rates"] if isinstance(found, Cause) else found and found.percent


@pytest.mark.parametrize(
    ("tax", "net", "means"),
    [
        ("2.47", "12.34", Decimal(20)),
        # Not rounded by the CRM, and a line below zero.
        ("2.468", "12.34", Decimal(20)),
        ("-0.62", "-12.34", Decimal(5)),
        ("0", "12.34", None),
        ("0.004", "12.34", None),
        ("2.50", "12.34", "-"),
        # Both make two cents of ten.
        ("0.02", "0.10", "17.5 %, 20 %"),
    ],
)
def test_the_rate_is_the_one_of_the_same_cent(tax: str, net: str, means: object) -> None:
    """One percentage that makes the cent is meant; none or several are told."""
    assert means == _of_line(tax, net, _table())


def test_of_several_the_account_or_the_map_says_which() -> None:
    """The account's own rate counts, and before it the percentage that the tax map names."""
    assert Decimal(20) == _of_line("0.02", "0.10", _table(), SALES)
    assert Decimal("17.5") == _of_line("0.02", "0.10", _table({"17.5": "MIDDLE"}), SALES)


@pytest.mark.parametrize(
    ("tax", "nets", "means"),
    [
        # By line 0.98, of the sum 0.97.
        ("0.98", ["2.43", "2.43"], Decimal(20)),
        ("0.97", ["2.43", "2.43"], Decimal(20)),
        ("0", ["2.43"], None),
        ("0.50", ["2.43", "2.43"], "-"),
    ],
)
def test_one_tax_for_all_lines(tax: str, nets: list[str], means: object) -> None:
    """The tax of the whole invoice fits as Xero counts it, or taken of the sum."""
    found = tax_of_sum(Decimal(tax), [Decimal(net) for net in nets], _table())

    assert means == (found.data["rates"] if isinstance(found, Cause) else found and found.percent)


def test_a_map_names_percentages_among_other_names() -> None:
    """Where several rates make the cent, the one that the map says by its number is meant."""
    assert Decimal("17.5") == _of_line("0.02", "0.10", _table({"VAT": "HIGH", "17.5": "MIDDLE"}))
