"""The part of the store that holds what people decided about conflicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, select

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import rows_with, upsert
from xtiger.model.links import Decision

_DECISION = tables.decision.c
_KEY = ("connection_id", "module", "crm_id", "field")


class DecisionPart(Part):
    """Decisions, until a run has carried them out."""

    def decisions(
        self, connection_id: str, module: str, crm_ids: Iterable[str] | None = None
    ) -> Mapping[str, Sequence[Decision]]:
        """CRM id → what was decided of its conflicts, for these ids or (None) all."""
        query = select(tables.decision).where(
            _DECISION.connection_id == connection_id, _DECISION.module == module
        )
        found: dict[str, list[Decision]] = {}
        with self._database.reading() as db:
            for row in rows_with(db, query, _DECISION.crm_id, crm_ids):
                made = Decision(**{**row._mapping, "seen": tuple(row.seen)})
                found.setdefault(row.crm_id, []).append(made)
        return found

    def save_decisions(self, decisions: Iterable[Decision]) -> None:
        """Insert or replace by connection, module, CRM id and field."""
        rows = [
            {**{c.name: getattr(one, c.name) for c in _DECISION}, "seen": list(one.seen)}
            for one in decisions
        ]
        with self._database.writing() as db:
            upsert(db, tables.decision, rows, by=_KEY)

    def forget_decisions(
        self, connection_id: str, module: str, crm_id: str, fields: Iterable[str] | None = None
    ) -> None:
        """Remove the decisions on these fields of a record, or (None) all of it."""
        statement = delete(tables.decision).where(
            _DECISION.connection_id == connection_id,
            _DECISION.module == module,
            _DECISION.crm_id == crm_id,
        )
        if fields is not None:
            statement = statement.where(_DECISION.field.in_(list(fields)))
        with self._database.writing() as db:
            db.execute(statement)
