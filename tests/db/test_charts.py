"""The lists read from Xero: accounts, tax rates, currencies."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from tests.db.samples import NOW
from xtiger.db.store import SqlStore
from xtiger.model.chart_of_accounts import Account, TaxRate

SALES = Account(
    "a1", "200", "Sales", "REVENUE", "REVENUE", "OUTPUT2", payments=True, updated_at=NOW
)
VAT = TaxRate(
    "OUTPUT2",
    "20% (VAT on Income)",
    Decimal("20.00"),
    "ACTIVE",
    frozenset({"REVENUE", "EQUITY"}),
    (("VAT", Decimal("20.0000"), False),),
)


def test_accounts_come_back_whole(store: SqlStore) -> None:
    """With every field that rules and pick lists need."""
    store.replace_accounts("c1", [SALES])

    assert [SALES] == store.accounts("c1")


def test_accounts_come_by_code(store: SqlStore) -> None:
    """Those without a code, as bank accounts may be, come last."""
    for_codes = [Account(code or "bank", code, "n", "t", "c") for code in ("", "400", "090")]
    store.replace_accounts("c1", for_codes)

    assert ["090", "400", ""] == [each.code for each in store.accounts("c1")]


def test_replacing_accounts_removes_the_old_ones(store: SqlStore) -> None:
    """Of this connection only."""
    store.replace_accounts("c1", [SALES])
    store.replace_accounts("c2", [SALES])
    store.replace_accounts("c1", [])

    assert ([], [SALES]) == (store.accounts("c1"), store.accounts("c2"))


def test_tax_rates_come_back_whole_by_name(store: SqlStore) -> None:
    """With their classes and parts, Decimals untouched."""
    other = TaxRate("NONE", "0% exempt", Decimal(0))
    store.replace_tax_rates("c1", [VAT, other])

    assert [other, VAT] == store.tax_rates("c1")


def test_currencies_come_back_in_order(store: SqlStore) -> None:
    """Once each."""
    store.replace_currencies("c1", ["USD", "EUR", "USD"])

    assert ["EUR", "USD"] == store.currencies("c1")


def test_lists_replaced_at_the_same_time_do_not_collide(store: SqlStore) -> None:
    """Eight readers that end together leave one whole list."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.replace_tax_rates("c1", [VAT]), range(8)))

    assert [VAT] == store.tax_rates("c1")
