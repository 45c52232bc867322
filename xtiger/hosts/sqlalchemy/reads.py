"""Reads a module in an order that loses no record: by id, or by time and id."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from xtiger.hosts.sqlalchemy.fields import plain, stored_moment
from xtiger.hosts.sqlalchemy.modules import BoundModule
from xtiger.model.records import Page

#: A transaction that began so long ago has surely ended: its stamps can no longer appear.
OVERLAP: Final = timedelta(minutes=5)
#: SQLite keeps moments as text, with and without fractions; this makes them comparable.
_SQLITE_TIME: Final = "%Y-%m-%d %H:%M:%f"


@dataclass(frozen=True, slots=True)
class Place:
    """How far a read has come; "" stands for the start."""

    #: The last id read without a stamp; None once those are through, "" before the first.
    unstamped_id: str | None = ""
    #: The stamp of the last record read, as text.
    stamp: str = ""
    #: The last id read among records of that stamp.
    id: str = ""

    def text(self) -> str:
        """The cursor that stands for this place."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def of(cls, cursor: str | None) -> Place:
        """The place of a cursor."""
        return cls(**json.loads(cursor)) if cursor else cls()


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
        self._key: Any = getattr(module.model, module.key.attr)
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
            query = query.where(self._key > self._module.key.value(place.unstamped_id))
        found = list(session.scalars(query.order_by(self._key).limit(limit + 1)).unique())
        return found[:limit], len(found) > limit

    def _with_stamp(self, session: Session, place: Place, limit: int) -> Page:
        sqlite = session.get_bind(sa.inspect(self._module.model)).dialect.name == "sqlite"
        stamp: Any = sa.func.strftime(_SQLITE_TIME, self._stamp) if sqlite else self._stamp
        query = self._query.add_columns(stamp).where(self._stamp.is_not(None))
        if place.stamp:
            since = place.stamp if sqlite else datetime.fromisoformat(place.stamp)
            key = self._module.key.value(place.id)
            same = stamp == since if key is None else sa.and_(stamp == since, self._key > key)
            query = query.where(sa.or_(stamp > since, same))
        rows = session.execute(query.order_by(stamp, self._key).limit(limit + 1)).unique().all()
        found, more = [row[0] for row in rows[:limit]], len(rows) > limit
        if found:
            last = rows[len(found) - 1][1]
            text = last if sqlite else last.isoformat()
            place = Place(None, text, self._last_id(found))
        return self._page(found, place if more else self._rest(place), more=more)

    def _rest(self, place: Place) -> Place:
        """Where the next read begins: after the last record, once nothing can come before it."""
        settled = self._now() - OVERLAP
        at_start = replace(place, unstamped_id="")
        if not place.stamp:
            return at_start
        last = datetime.fromisoformat(place.stamp)
        if plain(last) <= settled:
            return at_start
        moment = stored_moment(settled.astimezone(UTC), aware=last.tzinfo is not None)
        back = (
            moment.isoformat(" ", "milliseconds") if "T" not in place.stamp else moment.isoformat()
        )
        return Place("", back, "")
