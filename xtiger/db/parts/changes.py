"""The part of the store that remembers where readers got to and which keys may differ."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, case, delete, func, select, update

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import insert_for, upsert
from xtiger.model.links import DirtyKey, Side
from xtiger.model.setting_keys import CursorKey

if TYPE_CHECKING:
    from sqlalchemy.sql.base import ReadOnlyColumnCollection
    from sqlalchemy.sql.elements import KeyedColumnElement

_CHANGE = tables.change.c
_KEY = ("connection_id", "side", "type", "id")
_PLACES: Final = select(tables.cursor.c.value, tables.cursor.c.name).where(
    tables.cursor.c.connection_id == bindparam("connection")
)
_PLACE: Final = _PLACES.where(tables.cursor.c.name == bindparam("key"))
_MOVED: Final = (
    update(tables.cursor)
    .where(
        tables.cursor.c.connection_id == bindparam("connection"),
        tables.cursor.c.name == bindparam("key"),
    )
    .values(value=bindparam("place"))
)
#: The marked keys of a side and type, oldest first.
_MARKED: Final = (
    select(_CHANGE.id, _CHANGE.generation, _CHANGE.reason, _CHANGE.marked_at, _CHANGE.touched_at)
    .where(
        _CHANGE.connection_id == bindparam("connection"),
        _CHANGE.side == bindparam("of_side"),
        _CHANGE.type == bindparam("of_type"),
        _CHANGE.waiting,
    )
    .order_by(_CHANGE.marked_at, _CHANGE.number)
)


def _marked_again(
    excluded: ReadOnlyColumnCollection[str, KeyedColumnElement[Any]],
) -> dict[str, object]:
    """What changes of a key that is there already; `excluded` is the row that did not go in."""
    return {
        "generation": _CHANGE.generation + 1,
        "waiting": True,
        "reason": excluded.reason,
        "touched_at": excluded.touched_at,
        # A key marked again and again must not starve behind newer ones.
        "marked_at": case((_CHANGE.waiting, _CHANGE.marked_at), else_=excluded.marked_at),
    }


class ChangePart(Part):
    """Cursors and dirty keys."""

    def cursor(self, connection_id: str, key: CursorKey) -> str | None:
        """The place a reader got to, such as "Contact"; None to start over."""
        with self._database.reading() as db:
            place = db.execute(_PLACE, {"connection": connection_id, "key": key})
            found: str | None = place.scalar()
        return found

    def cursors(self, connection_id: str) -> Mapping[CursorKey, str]:
        """The places of all readers; who is not in it starts over."""
        with self._database.reading() as db:
            rows = db.execute(_PLACES, {"connection": connection_id})
            return {CursorKey(row.name): row.value for row in rows}

    def move_cursors(self, connection_id: str, places: Mapping[CursorKey, str]) -> None:
        """Remember the places of readers that have one; who is to start over meanwhile still is."""
        rows = [
            {"connection": connection_id, "key": key, "place": places[key]}
            for key in sorted(places)
        ]
        if rows:
            with self._database.writing() as db:
                db.execute(_MOVED, rows)

    def save_cursor(self, connection_id: str, key: CursorKey, value: str | None) -> None:
        """Remember the place; None forgets it, so that the next read is whole."""
        table = tables.cursor
        same = (table.c.connection_id == connection_id) & (table.c.name == key)
        with self._database.writing() as db:
            if value is None:
                db.execute(delete(table).where(same))
            else:
                row = {"connection_id": connection_id, "name": key, "value": value}
                upsert(db, table, [row], by=["connection_id", "name"])

    def mark(
        self,
        connection_id: str,
        side: Side,
        type: str,
        ids: Iterable[str],
        reason: str,
        at: datetime,
    ) -> None:
        """Mark keys dirty; a marked key gets a new generation and keeps its place in the queue."""
        rows = [
            {
                "connection_id": connection_id,
                "side": side,
                "type": type,
                "id": key,
                "generation": 1,
                "waiting": True,
                "reason": reason,
                "marked_at": at,
                "touched_at": at,
            }
            # In one order for all writers, so that two cannot wait for each other in a circle.
            for key in sorted(set(ids))
        ]
        if not rows:
            return
        with self._database.writing() as db:
            insert = insert_for(db, tables.change)
            again = _marked_again(insert.excluded)
            db.execute(insert.on_conflict_do_update(index_elements=list(_KEY), set_=again), rows)

    def dirty(
        self,
        connection_id: str,
        side: Side,
        type: str,
        limit: int | None = None,
        ids: Collection[str] | None = None,
    ) -> Sequence[DirtyKey]:
        """Marked keys, oldest first; of these few ids only, where they are given."""
        query = _MARKED if ids is None else _MARKED.where(_CHANGE.id.in_(ids))
        query = query if limit is None else query.limit(limit)
        named = {"connection": connection_id, "of_side": side, "of_type": type}
        with self._database.reading() as db:
            return [
                DirtyKey(
                    side,
                    type,
                    row.id,
                    row.generation,
                    row.reason,
                    row.marked_at,
                    row.touched_at or row.marked_at,
                )
                for row in db.execute(query, named)
            ]

    def waiting(self, connection_id: str) -> Mapping[tuple[str, str], int]:
        """(side, type) → number of marked keys."""
        query = select(_CHANGE.side, _CHANGE.type, func.count().label("waiting"))
        query = query.where(_CHANGE.connection_id == connection_id, _CHANGE.waiting)
        with self._database.reading() as db:
            rows = db.execute(query.group_by(_CHANGE.side, _CHANGE.type)).all()
        return {(row.side, row.type): row.waiting for row in rows}

    def clean(self, connection_id: str, keys: Iterable[tuple[str, str, str, int]]) -> None:
        """Unmark (side, type, id, generation) where the generation is still the same."""
        rows = [
            dict(zip(("a_side", "a_type", "an_id", "a_generation"), key, strict=True))
            for key in sorted(set(keys))
        ]
        if not rows:
            return
        statement = update(tables.change).where(
            _CHANGE.connection_id == connection_id,
            _CHANGE.side == bindparam("a_side"),
            _CHANGE.type == bindparam("a_type"),
            _CHANGE.id == bindparam("an_id"),
            _CHANGE.generation == bindparam("a_generation"),
        )
        with self._database.writing() as db:
            db.execute(statement.values(waiting=False), rows)
