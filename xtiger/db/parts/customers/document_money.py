"""The part of the store that holds what documents of Xero are worth, as columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection as DbConnection
from sqlalchemy import Select, select

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import rows_with, upsert
from xtiger.model.customers.document_money import DocumentMoney
from xtiger.rules.customers.document_money import INVOICES

_ROW = tables.document_money.c
_NAMES: Final = tuple(field.name for field in fields(DocumentMoney))
_ALL: Final[Select[Any]] = select(*(_ROW[name] for name in _NAMES))


class DocumentMoneyPart(Part):
    """Money of documents; written with the last seen copies, see `ShadowPart.save_shadows`."""

    def document_money(
        self, connection_id: str, kind: str, ids: Iterable[str]
    ) -> Mapping[str, DocumentMoney]:
        """Xero id → what the document is worth; those that were never seen are absent."""
        query = _ALL.where(_ROW.connection_id == connection_id, _ROW.kind == kind)
        with self._database.reading() as db:
            return {row.xero_id: _of(row) for row in rows_with(db, query, _ROW.xero_id, ids)}

    def money_of_contacts(
        self, connection_id: str, contact_ids: Collection[str]
    ) -> Sequence[DocumentMoney]:
        """Every document of these contacts."""
        query = _ALL.where(_ROW.connection_id == connection_id)
        with self._database.reading() as db:
            return [_of(row) for row in rows_with(db, query, _ROW.contact_id, contact_ids)]

    def overdue_money(self, connection_id: str, since: date, day: date) -> Sequence[DocumentMoney]:
        """Open invoices of sales that were due from `since` on and before `day`."""
        query = _ALL.where(
            _ROW.connection_id == connection_id,
            _ROW.kind == INVOICES,
            _ROW.sells,
            _ROW.is_open,
            _ROW.due_day >= since,
            _ROW.due_day < day,
        )
        with self._database.reading() as db:
            return [_of(row) for row in db.execute(query.order_by(_ROW.due_day, _ROW.xero_id))]

    def sent_and_open(self, connection_id: str, limit: int) -> Sequence[str]:
        """Ids of open invoices that were sent and not opened yet, the longest unread first."""
        delivery = tables.delivery.c
        both = (delivery.connection_id == _ROW.connection_id) & (delivery.xero_id == _ROW.xero_id)
        query = (
            select(_ROW.xero_id)
            .select_from(tables.document_money.outerjoin(tables.delivery, both))
            .where(
                _ROW.connection_id == connection_id,
                _ROW.kind == INVOICES,
                _ROW.sells,
                _ROW.is_open,
                _ROW.is_sent,
                delivery.opened_at.is_(None),
            )
            .order_by(delivery.looked_at.is_not(None), delivery.looked_at, _ROW.xero_id)
            .limit(limit)
        )
        with self._database.reading() as db:
            return list(db.execute(query).scalars())


def write_money(db: DbConnection, connection_id: str, money: Iterable[DocumentMoney]) -> None:
    """Insert or replace what documents are worth, in the transaction of their copies."""
    rows = [
        {"connection_id": connection_id, **asdict(one), "is_open": one.is_open} for one in money
    ]
    upsert(db, tables.document_money, rows, by=["connection_id", "kind", "xero_id"])


def _of(row: Any) -> DocumentMoney:
    return DocumentMoney(**{name: row._mapping[name] for name in _NAMES})
