"""The part of the store that holds the calls to Xero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, cast, delete, func, insert, select

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.model.calls import Call, Traffic

#: How long a call stays in the log: at 5,000 a day about half a million rows.
CALLS_KEPT = timedelta(days=92)
#: Each so many calls, the old ones are dropped.
_TRIM_EVERY = 500
_CALL_FIELDS = [column for column in tables.call.c if column.name != "number"]


class CallPart(Part):
    """Calls."""

    def add_call(self, call: Call) -> None:
        """Append to the call log; now and then, rows older than CALLS_KEPT are dropped."""
        row = {column.name: getattr(call, column.name) for column in _CALL_FIELDS}
        with self._database.writing() as db:
            made = db.execute(insert(tables.call).values(row)).inserted_primary_key
            if made is not None and made[0] % _TRIM_EVERY == 0:
                db.execute(delete(tables.call).where(tables.call.c.at < call.at - CALLS_KEPT))

    def calls(self, connection_id: str, since: datetime, limit: int = 1000) -> Sequence[Call]:
        """Calls since a moment (included), newest first."""
        table = tables.call
        query = select(*_CALL_FIELDS).where(
            table.c.connection_id == connection_id, table.c.at >= since
        )
        query = query.order_by(table.c.at.desc(), table.c.number.desc()).limit(limit)
        with self._database.reading() as db:
            return [Call(**row._mapping) for row in db.execute(query)]

    def traffic(self, connection_id: str, since: datetime) -> Sequence[Traffic]:
        """Calls and bytes since a moment (included) by day and kind, oldest first."""
        table = tables.call.c
        day = _utc_day(self._database.is_sqlite)
        sums = [
            func.count().label("calls"),
            func.sum(table.sent_bytes).label("sent"),
            func.sum(table.received_bytes).label("received"),
        ]
        query = select(day.label("day"), table.path, *sums)
        query = query.where(table.connection_id == connection_id, table.at >= since)
        found: dict[tuple[date, str], Traffic] = {}
        with self._database.reading() as db:
            for row in db.execute(query.group_by("day", table.path)):
                key = (date.fromisoformat(str(row.day)), row.path.strip("/").split("/")[0])
                before = found.get(key, Traffic(*key))
                found[key] = replace(
                    before,
                    calls=before.calls + row.calls,
                    sent_bytes=before.sent_bytes + int(row.sent),
                    received_bytes=before.received_bytes + int(row.received),
                )
        return [found[key] for key in sorted(found)]


def _utc_day(is_sqlite: bool) -> ColumnElement[Any]:
    """The day of a call in UTC, as text or as a date."""
    at = tables.call.c.at
    if is_sqlite:
        return func.date(at)
    return cast(func.timezone("UTC", at), Date)
