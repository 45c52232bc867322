"""Reads a module in an order that loses no record: by id, or by time and id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from xtiger.hosts.places import OVERLAP, Place
from xtiger.hosts.sqlalchemy.modules import BoundModule
from xtiger.model.records import Page

#: Stamps of local time begin an hour anew when summer ends.
TURNED_BACK: Final = timedelta(hours=1)
#: SQLite keeps moments as text, with and without fractions; this makes them comparable.
_SQLITE_TIME: Final = "%Y-%m-%d %H:%M:%f"


class Feed:
    """Walks one module.

    With a stamp: records without one first, each time, since they never move; then the others
    by (stamp, id). A read that is through goes back by the overlap, so that what another
    transaction commits late is read next time. Without a stamp: all records by id, each time.
    """

    def __init__(
        self, module: BoundModule, query: sa.Select[Any], now: Callable[[], datetime]
    ) -> None:
        """`query` selects the objects that the tenant may see."""
        self._module, self._query, self._now = module, query, now
        self._key = module.key
        stamp = module.declared.modified
        self._stamp: Any = getattr(module.model, stamp) if stamp else None

    def page(self, session: Session, cursor: str | None, limit: int) -> Page:
        """One page, and where to go on: after the last page at the start of the next read."""
        place = Place.of(cursor)
        if self._stamp is None:
            found, more = self._without_stamp(session, self._query, place, limit)
            after = replace(place, unstamped_id=self._last_id(found)) if more else Place()
            return self._page(found, after, more=more)
        if place.unstamped_id is not None:
            query = self._query.where(self._stamp.is_(None))
            found, more = self._without_stamp(session, query, place, limit)
            after = replace(place, unstamped_id=self._last_id(found) if more else None)
            if found:
                return self._page(found, after, more=True)
            place = after
        return self._with_stamp(session, place, limit)

    def _last_id(self, found: list[Any]) -> str:
        return self._module.key.text(found[-1]) if found else ""

    def _page(self, found: list[Any], after: Place, *, more: bool) -> Page:
        return Page(tuple(self._module.record(o) for o in found), after.text(), more)

    def _without_stamp(
        self, session: Session, query: sa.Select[Any], place: Place, limit: int
    ) -> tuple[list[Any], bool]:
        if place.unstamped_id:
            key = self._key.value(place.unstamped_id)
            query = query if key is None else query.where(self._key.after(key))
        ordered = query.order_by(*self._key.columns())
        found = list(session.scalars(ordered.limit(limit + 1)).unique())
        return found[:limit], len(found) > limit

    def _with_stamp(self, session: Session, place: Place, limit: int) -> Page:
        sqlite = session.get_bind(sa.inspect(self._module.model)).dialect.name == "sqlite"
        stamp: Any = sa.func.strftime(_SQLITE_TIME, self._stamp) if sqlite else self._stamp
        query = self._query.add_columns(stamp).where(self._stamp.is_not(None))
        if place.stamp:
            since = place.stamp if sqlite else datetime.fromisoformat(place.stamp)
            key = self._key.value(place.id)
            same = stamp == since
            same = same if key is None else sa.and_(same, self._key.after(key))
            query = query.where(sa.or_(stamp > since, same))
        ordered = query.order_by(stamp, *self._key.columns())
        rows = session.execute(ordered.limit(limit + 1)).unique().all()
        found, more = [row[0] for row in rows[:limit]], len(rows) > limit
        if found:
            last = rows[len(found) - 1][1]
            text = last if sqlite else last.isoformat()
            place = Place(None, text, self._last_id(found))
        return self._page(found, place if more else self._rest(place), more=more)

    def _rest(self, place: Place) -> Place:
        """Where the next read begins: after the last record, once nothing can come before it."""
        turned = TURNED_BACK if self._module.times.turns_back else timedelta(0)
        settled = self._now() - OVERLAP - turned
        at_start = replace(place, unstamped_id="")
        if not place.stamp:
            return at_start
        last = datetime.fromisoformat(place.stamp)
        if self._module.times.moment(last, latest=True) <= settled:
            return at_start
        moment = self._module.times.stored(settled, aware=last.tzinfo is not None)
        back = (
            moment.isoformat(" ", "milliseconds") if "T" not in place.stamp else moment.isoformat()
        )
        return Place("", back, "")
