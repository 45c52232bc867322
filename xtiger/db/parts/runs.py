"""The part of the store that holds runs, and what they overwrote."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import insert_for, upsert
from xtiger.model.links import Side
from xtiger.model.runs import Run, Trigger
from xtiger.model.values import Plain

_RUN_FIELDS = [column for column in tables.run.c if column.name != "number"]


class RunPart(Part):
    """Runs, before-images."""

    def save_run(self, run: Run) -> None:
        """Insert or replace by id."""
        row = {column.name: getattr(run, column.name) for column in _RUN_FIELDS}
        with self._database.writing() as db:
            upsert(db, tables.run, [row], by=["id"])

    def runs(
        self, connections: Collection[str], limit: int = 20, trigger: Trigger | None = None
    ) -> Sequence[Run]:
        """Runs of the connections of these ids, newest first; all, or those begun so."""
        query = select(*_RUN_FIELDS).order_by(tables.run.c.number.desc()).limit(limit)
        if trigger is not None:
            query = query.where(tables.run.c.trigger == trigger)
        return self._found(query.where(tables.run.c.connection_id.in_(connections)))

    def runs_named(self, connection_id: str, start: str, limit: int = 5) -> Sequence[Run]:
        """Runs of a connection whose ids begin so, newest first."""
        own = tables.run.c.connection_id == connection_id
        query = select(*_RUN_FIELDS).where(own, tables.run.c.id.startswith(start, autoescape=True))
        return self._found(query.order_by(tables.run.c.number.desc()).limit(limit))

    def next_run(self, connection_id: str, run_id: str) -> Run | None:
        """The run of a connection that began after this one; None after the newest."""
        place = select(tables.run.c.number).where(tables.run.c.id == run_id).scalar_subquery()
        own = tables.run.c.connection_id == connection_id
        query = select(*_RUN_FIELDS).where(own, tables.run.c.number > place)
        return next(iter(self._found(query.order_by(tables.run.c.number).limit(1))), None)

    def _found(self, query: Select[Any]) -> Sequence[Run]:
        with self._database.reading() as db:
            return [_run(row._mapping) for row in db.execute(query)]

    def save_before_images(
        self, run_id: str, side: Side, type: str, payloads: Mapping[str, Plain], at: datetime
    ) -> None:
        """Keep what records were before a run overwrote them; the first one of a run stays."""
        same = {"run_id": run_id, "side": side, "type": type, "at": at}
        rows = [{**same, "id": key, "payload": payload} for key, payload in payloads.items()]
        if not rows:
            return
        with self._database.writing() as db:
            db.execute(insert_for(db, tables.before_image).on_conflict_do_nothing(), rows)

    def before_images(self, run_id: str) -> Sequence[tuple[str, str, str, Plain]]:
        """(side, type, id, payload) of what a run overwrote, in the order of its times."""
        table = tables.before_image
        query = select(table.c.side, table.c.type, table.c.id, table.c.payload)
        query = query.where(table.c.run_id == run_id).order_by(table.c.at)
        with self._database.reading() as db:
            return [tuple(row) for row in db.execute(query)]


def _run(row: Mapping[Any, Any]) -> Run:
    by = row["started_by"] or ""
    return Run(**{**row, "modules": tuple(row["modules"]), "started_by": by})
