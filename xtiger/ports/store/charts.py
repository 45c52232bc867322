"""The ChartStore protocol: accounts, tax rates and currencies as read from Xero."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.ports.store.transactional import Transactional


class ChartStore(Transactional, Protocol):
    """The lists of an organisation that people choose from, as last read."""

    def accounts(self, connection_id: str) -> Sequence[Account]:
        """The chart of accounts as last read, by code."""
        ...

    def tax_rates(self, connection_id: str) -> Sequence[TaxRate]:
        """The tax rates as last read, by name."""
        ...

    def currencies(self, connection_id: str) -> Sequence[str]:
        """The currency codes enabled in Xero as last read."""
        ...

    def replace_accounts(self, connection_id: str, accounts: Iterable[Account]) -> None:
        """Replace the chart."""
        ...

    def replace_tax_rates(self, connection_id: str, rates: Iterable[TaxRate]) -> None:
        """Replace the tax rates."""
        ...

    def replace_currencies(self, connection_id: str, codes: Iterable[str]) -> None:
        """Replace the currency codes."""
        ...
