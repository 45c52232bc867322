"""The part of the store that holds plans which the brake stopped, and what the brake counts by."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import func, select

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import AnyRow, upsert
from xtiger.model.brakes import Brake, BrakedChange, BrakedPlan, BrakedState
from xtiger.model.runs import Trigger

_PLAN = tables.braked_plan.c
#: What changed a linked record.
_CHANGED = ("updated", "removed")


class BrakePart(Part):
    """Stopped plans until a person released them."""

    def save_braked_plan(self, plan: BrakedPlan) -> None:
        """Insert or replace by run."""
        row = {
            **{name: getattr(plan, name) for name in _PLAIN},
            "modules": list(plan.modules),
            "records": list(plan.records),
            "brakes": [asdict(one) for one in plan.brakes],
            "changes": [asdict(one) for one in plan.changes],
        }
        with self._database.writing() as db:
            upsert(db, tables.braked_plan, [row], by=["run_id"])

    def braked_plans(
        self, connection_id: str, *states: BrakedState, limit: int = 20
    ) -> Sequence[BrakedPlan]:
        """Stopped plans of a connection in one of these states, newest first."""
        query = select(tables.braked_plan).where(
            _PLAN.connection_id == connection_id, _PLAN.state.in_(states)
        )
        with self._database.reading() as db:
            return [
                _plan(row) for row in db.execute(query.order_by(_PLAN.number.desc()).limit(limit))
            ]

    def linked_counts(self, connection_id: str) -> Mapping[str, int]:
        """Module → number of its linked records, aliases not counted."""
        link = tables.link.c
        query = select(link.module, func.count().label("links")).where(
            link.connection_id == connection_id, link.role == "primary", link.state == "live"
        )
        with self._database.reading() as db:
            return {row.module: row.links for row in db.execute(query.group_by(link.module))}

    def changed_since(
        self, connection_id: str, since: datetime, triggers: Collection[Trigger]
    ) -> Mapping[str, set[str]]:
        """Module → ids of records that runs of these triggers changed or removed since.

        An id is the CRM's, or Xero's where the record has none in the CRM.
        """
        outcome, run = tables.outcome.c, tables.run.c
        query = (
            select(outcome.module, func.coalesce(outcome.crm_id, outcome.xero_id).label("id"))
            .join(tables.run, run.id == outcome.run_id)
            .where(
                run.connection_id == connection_id,
                run.started_at >= since,
                run.trigger.in_(list(triggers)),
                outcome.result.in_(_CHANGED),
            )
            .distinct()
        )
        found: dict[str, set[str]] = {}
        with self._database.reading() as db:
            for row in db.execute(query):
                found.setdefault(row.module, set()).add(row.id)
        return found


_PLAIN = ("run_id", "connection_id", "made_at", "state", "released_by", "released_at")


def _plan(row: AnyRow) -> BrakedPlan:
    return BrakedPlan(
        **{name: getattr(row, name) for name in _PLAIN},
        modules=tuple(row.modules),
        records=tuple(row.records),
        brakes=tuple(Brake(**one) for one in row.brakes),
        changes=tuple(
            BrakedChange(**{**one, "fields": tuple(tuple(field) for field in one["fields"])})
            for one in row.changes
        ),
    )
