"""Options of a mapping: accounts, taxes and statuses are checked before they are saved."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.conftest import Xtiger
from xtiger.errors import MappingInvalid
from xtiger.mapping.check import with_option
from xtiger.mapping.option_specs import OPTIONS
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.mappings import Mapping

ROOT = Path(__file__).parents[2]
MAPPING = Mapping("Invoices", "Invoice", (), options={"tax_map": {"Old": "NONE"}})
ACCOUNTS = (
    Account("1", "200", "Sales", "REVENUE", "REVENUE"),
    Account("2", "960", "Retained Earnings", "EQUITY", "EQUITY", system="RETAINEDEARNINGS"),
    Account("3", "270", "Old Sales", "REVENUE", "REVENUE", status="ARCHIVED"),
)
RATES = (
    TaxRate("OUTPUT2", "20% (VAT on Income)", Decimal(20)),
    TaxRate("GONE", "Gone", Decimal(5), status="DELETED"),
)


def _options(name: str, value: str) -> object:
    return with_option(MAPPING, name, value, ACCOUNTS, RATES).options


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("sales_account", "200", {"tax_map": {"Old": "NONE"}, "sales_account": "200"}),
        ("charges_account", "", {"tax_map": {"Old": "NONE"}, "charges_account": None}),
        ("tax:VAT 19 %", "OUTPUT2", {"tax_map": {"Old": "NONE", "VAT 19 %": "OUTPUT2"}}),
        ("tax:Old", "", {"tax_map": {}}),
        (
            "status:Shipped",
            "AUTHORISED",
            {"tax_map": {"Old": "NONE"}, "status_map": {"Shipped": "AUTHORISED"}},
        ),
    ],
)
def test_option_is_set_or_taken_away(name: str, value: str, expected: object) -> None:
    """An option gets its value; an empty value takes it away."""
    assert expected == _options(name, value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("sales_account", "999", "no account 999"),
        ("sales_account", "960", "system accounts"),
        ("sales_account", "270", "archived"),
        ("tax:VAT 19 %", "OUTPUT9", "no active tax rate of the type OUTPUT9"),
        ("tax:VAT 5 %", "GONE", "no active tax rate of the type GONE"),
        ("status:Shipped", "PAID", "no status to send"),
        ("tax:", "OUTPUT2", "no option tax:"),
        ("colour", "red", "no option colour"),
    ],
)
def test_option_that_cannot_work_is_refused(name: str, value: str, said: str) -> None:
    """What Xero does not have is refused when it is saved, not when an invoice is sent."""
    with pytest.raises(MappingInvalid) as refused:
        _options(name, value)

    assert said in str(refused.value)


def test_help_and_page_list_every_option(xtiger: Xtiger) -> None:
    """From the one table: what can be set is what can be read of."""
    help_text = xtiger("mapping", "set", "--help").out
    page = (ROOT / "docs" / "mapping.md").read_text("utf-8").replace("\\|", "|")
    typed = [spec.typed for spec in OPTIONS]

    assert "receipts:CURRENCY" in typed
    assert [] == [one for one in typed if f"  {one}  (" not in help_text]
    assert [] == [one for one in typed if f"| `{one}` |" not in page]
