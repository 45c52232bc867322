"""The part of the store that holds what Xero refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, select

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import upsert
from xtiger.model.links import Refusal

_REFUSAL = tables.refusal.c
_KEY = ("connection_id", "module", "crm_id")


class RefusalPart(Part):
    """Refusals, until the record goes or another one takes their place."""

    def refusals(self, connection_id: str, module: str) -> Mapping[str, Refusal]:
        """CRM id → what Xero refused of it."""
        query = select(tables.refusal).where(
            _REFUSAL.connection_id == connection_id, _REFUSAL.module == module
        )
        with self._database.reading() as db:
            return {
                row.crm_id: Refusal(**{**row._mapping, "also": tuple(row.also)})
                for row in db.execute(query)
            }

    def save_refusals(self, refusals: Iterable[Refusal]) -> None:
        """Insert or replace by connection, module and CRM id."""
        rows = [{c.name: getattr(one, c.name) for c in _REFUSAL} for one in refusals]
        if rows:
            with self._database.writing() as db:
                upsert(db, tables.refusal, rows, by=_KEY)

    def forget_refusals(self, connection_id: str, module: str, crm_ids: Iterable[str]) -> None:
        """Remove those of these records."""
        with self._database.writing() as db:
            for crm_id in crm_ids:
                db.execute(
                    delete(tables.refusal).where(
                        _REFUSAL.connection_id == connection_id,
                        _REFUSAL.module == module,
                        _REFUSAL.crm_id == crm_id,
                    )
                )
