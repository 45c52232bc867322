"""The part of the store that holds how invoices reached their customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any, Final, Unpack

from sqlalchemy import Select, select

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import locked_row, rows_with, upsert
from xtiger.model.customers.deliveries import Delivery
from xtiger.ports.store.customers.deliveries import DeliveryChange

_ROW = tables.delivery.c
_NAMES: Final = tuple(field.name for field in fields(Delivery))
_ALL: Final[Select[Any]] = select(*(_ROW[name] for name in _NAMES))
_KEY = ("connection_id", "xero_id")


class DeliveryPart(Part):
    """Deliveries."""

    def deliveries(self, connection_id: str, ids: Iterable[str]) -> Mapping[str, Delivery]:
        """Xero id → how the invoice reached its customer; of which nothing is known: absent."""
        query = _ALL.where(_ROW.connection_id == connection_id)
        with self._database.reading() as db:
            return {row.xero_id: _of(row) for row in rows_with(db, query, _ROW.xero_id, ids)}

    def change_delivery(
        self, connection_id: str, xero_id: str, **changes: Unpack[DeliveryChange]
    ) -> None:
        """Set these values of one."""
        with self._database.writing() as db:
            row = {"connection_id": connection_id, **asdict(replace(Delivery(xero_id), **changes))}
            # What another process sets meanwhile of the others is its own.
            keep = [name for name in _NAMES if name not in changes]
            upsert(db, tables.delivery, [row], by=_KEY, keep=keep)

    def claim_sending(
        self, connection_id: str, xero_id: str, times: int, at: datetime
    ) -> Delivery | None:
        """Say that an invoice is being sent that was sent so often; None where another was first.

        One whose sending is under way is not claimed again before its end is known.
        """
        start = {**asdict(Delivery(xero_id)), "connection_id": connection_id}
        key = {name: start.pop(name) for name in _KEY}
        with self._database.writing() as db:
            row = locked_row(db, tables.delivery, key, start)
            if row.sent_times != times or row.sending == "trying":
                return None
            known = replace(_of(row), sending="trying", sent_at=at)
            upsert(
                db, tables.delivery, [{"connection_id": connection_id, **asdict(known)}], by=_KEY
            )
            return known


def _of(row: Any) -> Delivery:
    return Delivery(**{name: row._mapping[name] for name in _NAMES})
