"""The part of the store for the lists that Xero offers to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Table, delete, insert, select

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import AnyRow, serialise
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.values import Plain

_ACCOUNT_FIELDS = [column for column in tables.account.c if column.name != "connection_id"]


class ChartPart(Part):
    """Accounts, tax rates, currencies."""

    def accounts(self, connection_id: str) -> Sequence[Account]:
        """The chart of accounts as last read, by code; those without one last."""
        query = select(*_ACCOUNT_FIELDS).where(tables.account.c.connection_id == connection_id)
        with self._database.reading() as db:
            found = [Account(**row._mapping) for row in db.execute(query)]
        # Here, since databases sort text in different ways.
        return sorted(found, key=lambda account: (not account.code, account.code, account.name))

    def tax_rates(self, connection_id: str) -> Sequence[TaxRate]:
        """The tax rates as last read, by name."""
        table = tables.tax_rate
        query = select(table).where(table.c.connection_id == connection_id)
        with self._database.reading() as db:
            found = [_tax_rate(row) for row in db.execute(query)]
        return sorted(found, key=lambda rate: (rate.name, rate.tax_type))

    def currencies(self, connection_id: str) -> Sequence[str]:
        """The currency codes enabled in Xero as last read, in order."""
        table = tables.currency
        query = select(table.c.code).where(table.c.connection_id == connection_id)
        with self._database.reading() as db:
            return sorted(db.execute(query).scalars())

    def replace_accounts(self, connection_id: str, accounts: Iterable[Account]) -> None:
        """Replace the chart."""
        rows = {
            account.account_id: {c.name: getattr(account, c.name) for c in _ACCOUNT_FIELDS}
            for account in accounts
        }
        self._replace(tables.account, connection_id, list(rows.values()))

    def replace_tax_rates(self, connection_id: str, rates: Iterable[TaxRate]) -> None:
        """Replace the tax rates."""
        rows = [
            {
                "position": position,
                "tax_type": rate.tax_type,
                "name": rate.name,
                "rate": rate.rate,
                "status": rate.status,
                "classes": sorted(rate.classes),
                "components": [list(part) for part in rate.components],
            }
            for position, rate in enumerate(rates)
        ]
        self._replace(tables.tax_rate, connection_id, rows)

    def replace_currencies(self, connection_id: str, codes: Iterable[str]) -> None:
        """Replace the currency codes."""
        rows = [{"code": code} for code in dict.fromkeys(codes)]
        self._replace(tables.currency, connection_id, rows)

    def _replace(self, table: Table, connection_id: str, rows: list[dict[str, Plain]]) -> None:
        with self._database.writing() as db:
            serialise(db, f"{table.name} {connection_id}")
            db.execute(delete(table).where(table.c.connection_id == connection_id))
            if rows:
                db.execute(insert(table), [{"connection_id": connection_id, **row} for row in rows])


def _tax_rate(row: AnyRow) -> TaxRate:
    return TaxRate(
        tax_type=row.tax_type,
        name=row.name,
        rate=row.rate,
        status=row.status,
        classes=frozenset(row.classes),
        components=tuple((name, rate, compound) for name, rate, compound in row.components),
    )
