"""The part of the store that holds runs, what they overwrote, and the calls to Xero."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from xtiger.db import tables
from xtiger.db.part import Part
from xtiger.db.statements import insert_for, upsert
from xtiger.links import Side
from xtiger.plans import Call, Run

_RUN_FIELDS = [column for column in tables.run.c if column.name != "number"]
_CALL_FIELDS = [column for column in tables.call.c if column.name != "number"]


class RunPart(Part):
    """Runs, before-images, calls."""

    def save_run(self, run: Run) -> None:
        """Insert or replace by id."""
        row = {column.name: getattr(run, column.name) for column in _RUN_FIELDS}
        with self._database.writing() as db:
            upsert(db, tables.run, [row], by=["id"])

    def runs(self, connection_id: str | None = None, limit: int = 20) -> Sequence[Run]:
        """Runs, newest first."""
        query = select(*_RUN_FIELDS).order_by(tables.run.c.number.desc()).limit(limit)
        if connection_id is not None:
            query = query.where(tables.run.c.connection_id == connection_id)
        with self._database.reading() as db:
            return [
                Run(**{**row._mapping, "modules": tuple(row.modules)}) for row in db.execute(query)
            ]

    def save_before_image(
        self, run_id: str, side: Side, type: str, id: str, payload: Any, at: datetime
    ) -> None:
        """Keep what a record was before a run overwrote it; the first one of a run stays."""
        row = {
            "run_id": run_id,
            "side": side,
            "type": type,
            "id": id,
            "payload": payload,
            "at": at,
        }
        with self._database.writing() as db:
            query = insert_for(db, tables.before_image).values(row)
            db.execute(query.on_conflict_do_nothing())

    def before_images(self, run_id: str) -> Sequence[tuple[str, str, str, Any]]:
        """(side, type, id, payload) of what a run overwrote, in the order of its times."""
        table = tables.before_image
        query = select(table.c.side, table.c.type, table.c.id, table.c.payload)
        query = query.where(table.c.run_id == run_id).order_by(table.c.at)
        with self._database.reading() as db:
            return [tuple(row) for row in db.execute(query)]

    def add_call(self, call: Call) -> None:
        """Append to the call log."""
        row = {column.name: getattr(call, column.name) for column in _CALL_FIELDS}
        with self._database.writing() as db:
            db.execute(insert(tables.call).values(row))

    def calls(self, connection_id: str, since: datetime, limit: int = 1000) -> Sequence[Call]:
        """Calls since a moment (included), newest first."""
        table = tables.call
        query = select(*_CALL_FIELDS).where(
            table.c.connection_id == connection_id, table.c.at >= since
        )
        query = query.order_by(table.c.at.desc(), table.c.number.desc()).limit(limit)
        with self._database.reading() as db:
            return [Call(**row._mapping) for row in db.execute(query)]
