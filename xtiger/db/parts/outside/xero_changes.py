"""The part of the store that says what changed in Xero since a place, and misses nothing.

Writers number nothing: numbers that they took would be committed in another order, and a reader
would pass over what comes late. A copy that changed has no number; the next reader numbers what is
committed by then, one reader at a time, before anybody sees the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection as DbConnection
from sqlalchemy import Select, Update, bindparam, exists, func, select, text, update

from xtiger.db import tables
from xtiger.db.columns import Number
from xtiger.db.parts.part import Part
from xtiger.db.statements import locked_row
from xtiger.model import setting_keys
from xtiger.model.links import Shadow
from xtiger.model.outside.xero_changes import ChangePlace
from xtiger.ports.store.outside.xero_changes import NumberedShadows

#: How many copies get their numbers at a time.
_AT_ONCE: Final = 5_000
_ROW: Final = tables.shadow.c
_KEY: Final = (_ROW.connection_id, _ROW.side, _ROW.type, _ROW.id)


class XeroChangePart(Part):
    """What changed in Xero."""

    def changed_in_xero(
        self, place: ChangePlace, kinds: Sequence[str], limit: int
    ) -> NumberedShadows | None:
        """The copies of these kinds that changed after the place, each once, as they are now.

        None: the place is one that this store never reached.
        """
        waits = self._number(place.connection_id)
        query = (
            select(_ROW.type, _ROW.id, _ROW.payload, _ROW.seen_at, _ROW.gone, _ROW.number)
            .where(_ROW.connection_id == place.connection_id, _ROW.number > place.number)
            .where(_ROW.type.in_(kinds))
            .order_by(_ROW.number)
            .limit(limit + 1)
        )
        with self._database.reading() as db:
            # Asked first: whatever has a number up to this one is committed.
            last = _last(db, place.connection_id)
            if place.number > last:
                return None
            rows = db.execute(query.where(_ROW.number <= last)).all()
        page = rows[:limit]
        found = [Shadow("xero", r.type, r.id, r.payload, r.seen_at, r.gone) for r in page]
        if len(rows) > limit:
            return NumberedShadows(found, page[-1].number, more=True)
        return NumberedShadows(found, last, more=waits)

    def _number(self, connection_id: str) -> bool:
        """Give numbers to what changed since; returns whether there is probably more of it."""
        unnumbered = _unnumbered(connection_id)
        with self._database.reading() as db:
            if not db.execute(select(exists(unnumbered))).scalar_one():
                return False
        key = setting_keys.changes_numbered(connection_id)
        with self._database.writing() as db:
            row = locked_row(db, tables.state, {"name": key}, {"value": None})
            before = int(row.value or 0)
            db.execute(_numbering(unnumbered), {"before": before})
            # Not by the count of the update's rows, which SQLite's driver does not know here.
            mine = _ROW.connection_id == connection_id
            highest = db.execute(select(func.max(_ROW.number)).where(mine)).scalar()
            last = max(before, int(highest or 0))
            state = tables.state
            db.execute(update(state).where(state.c.name == key).values(value=last))
        return last - before == _AT_ONCE


def _unnumbered(connection_id: str) -> Select[Any]:
    # The words of the partial index, so that SQLite uses it.
    new = text("side = 'xero' AND number IS NULL")
    return select(*_KEY, _ROW.seen_at).where(_ROW.connection_id == connection_id).where(new)


def _numbering(unnumbered: Select[Any]) -> Update:
    """Number some of the copies; one that is just being written is left to the next time."""
    some = unnumbered.limit(_AT_ONCE).with_for_update(skip_locked=True).cte("some")
    # Contacts before what names them, where one read had both.
    order = func.row_number().over(order_by=(some.c.seen_at, some.c.type, some.c.id))
    counted = select(some, order.label("place")).cte("counted")
    return (
        update(tables.shadow)
        .where(*(column == counted.c[column.name] for column in _KEY))
        .values(number=bindparam("before", type_=Number) + counted.c.place)
    )


def _last(db: DbConnection, connection_id: str) -> int:
    key = setting_keys.changes_numbered(connection_id)
    found = db.execute(select(tables.state.c.value).where(tables.state.c.name == key))
    return int(found.scalar() or 0)
