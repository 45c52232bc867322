"""Accounts and tax rates as data: what is not said is the harmless case."""

from __future__ import annotations

from decimal import Decimal

from xtiger.model.chart_of_accounts import Account, TaxRate


def test_what_is_not_said_allows_nothing_more() -> None:
    """An account takes no payments and is no system's; a rate stands with no class of accounts."""
    account = Account("a1", "200", "Sales", "SALES", "REVENUE")
    rate = TaxRate("OUTPUT2", "20%", Decimal(20))

    assert ("ACTIVE", False, "") == (account.status, account.payments, account.system)
    assert ("ACTIVE", frozenset(), ()) == (rate.status, rate.classes, rate.components)
