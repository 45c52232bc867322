"""The part of the store that holds the payments of CRMs that only know how much was received."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import rows_with
from xtiger.model.records import ReceivedPayment
from xtiger.model.values import Plain

_ROW = tables.received.c
_ALL = select(_ROW.number, _ROW.invoice, _ROW["values"], _ROW.at, _ROW.grown, _ROW.gone)


class ReceivedPart(Part):
    """Payments that stand for what an invoice says was received."""

    def received(self, tenant: str, ids: Collection[str]) -> Mapping[str, ReceivedPayment]:
        """Id → payment, those taken back too; what does not exist is absent."""
        query = _ALL.where(_ROW.tenant == tenant)
        with self._database.reading() as db:
            rows = rows_with(db, query, _ROW.number, _numbers(ids))
            return {str(row.number): _payment(row) for row in rows}

    def received_for(
        self, tenant: str, invoices: Collection[str]
    ) -> Mapping[str, Sequence[ReceivedPayment]]:
        """CRM invoice id → its payments that were not taken back, oldest first."""
        query = _ALL.where(_ROW.tenant == tenant, ~_ROW.gone)
        with self._database.reading() as db:
            found = [_payment(row) for row in rows_with(db, query, _ROW.invoice, invoices)]
        kept: dict[str, list[ReceivedPayment]] = {}
        for one in sorted(found, key=lambda payment: payment.number):
            kept.setdefault(one.invoice, []).append(one)
        return kept

    def received_after(self, tenant: str, after: int, limit: int) -> Sequence[ReceivedPayment]:
        """Payments with a higher number, in its order."""
        query = _ALL.where(_ROW.tenant == tenant, _ROW.number > after)
        with self._database.reading() as db:
            return [_payment(row) for row in db.execute(query.order_by(_ROW.number).limit(limit))]

    def add_received(
        self,
        tenant: str,
        invoice: str,
        values: Mapping[str, Plain],
        at: datetime,
        *,
        key: str | None = None,
        grown: bool = False,
    ) -> ReceivedPayment:
        """Keep a payment; with a `key` that is known the one made before comes back."""
        row = {"tenant": tenant, "invoice": invoice, "values": dict(values), "at": at}
        row |= {"key": key, "grown": grown, "gone": False}
        with self._database.writing() as db:
            if key is not None:
                same = _ALL.where(_ROW.tenant == tenant, _ROW.key == key)
                known = db.execute(same).one_or_none()
                if known is not None:
                    return _payment(known)
            made = db.execute(insert(tables.received).values(row)).inserted_primary_key
            assert made is not None  # one row was inserted
            return ReceivedPayment(made[0], invoice, dict(values), at, grown)

    def change_received(
        self, tenant: str, payment_id: str, values: Mapping[str, Plain], at: datetime
    ) -> bool:
        """Change values of a payment; False where there is none."""
        with self._database.writing() as db:
            known = self.received(tenant, [payment_id]).get(payment_id)
            if known is None or known.gone:
                return False
            changed = {"values": {**known.values, **values}, "at": at}
            db.execute(update(tables.received).where(_ROW.number == known.number).values(changed))
        return True

    def withdraw_received(self, tenant: str, ids: Collection[str], at: datetime) -> None:
        """Take payments back: they count as deleted."""
        with self._database.writing() as db:
            db.execute(
                update(tables.received)
                .where(_ROW.tenant == tenant, _ROW.number.in_(_numbers(ids)))
                .values(gone=True, at=at)
            )

    def forget_received(self, tenant: str) -> None:
        """Remove the payments of a tenant."""
        with self._database.writing() as db:
            db.execute(delete(tables.received).where(_ROW.tenant == tenant))


def _numbers(ids: Collection[str]) -> list[int]:
    return [int(one) for one in ids if one.isascii() and one.isdigit()]


def _payment(row: Any) -> ReceivedPayment:
    return ReceivedPayment(
        row.number, row.invoice, dict(row[2] or {}), row.at, bool(row.grown), bool(row.gone)
    )
