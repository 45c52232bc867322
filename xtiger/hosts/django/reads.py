"""Reads a module in an order that loses no record: by id, or by time and id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Q

from xtiger.hosts.django.fields import moment_of, stored_moment
from xtiger.hosts.django.modules import BoundModule
from xtiger.hosts.places import OVERLAP, Place
from xtiger.model.records import Page

#: Clocks without a zone run through one hour twice when summer time ends.
_OVERLAP_WITHOUT_ZONE: Final = OVERLAP + timedelta(hours=1)


class Feed:
    """Walks one module.

    With a stamp: records without one first, each time, since they never move; then the others
    by (stamp, id). A read that is through goes back by the overlap, so that what another
    transaction commits late is read next time. Without a stamp: all records by id, each time.
    """

    def __init__(self, module: BoundModule, query: Any, now: Callable[[], datetime]) -> None:
        """`query` selects the objects that the tenant may see."""
        self._module, self._query, self._now = module, query, now
        self._stamp = module.declared.modified

    def page(self, cursor: str | None, limit: int) -> Page:
        """One page, and where to go on: after the last page at the start of the next read."""
        place = Place.of(cursor)
        if self._stamp is None:
            found, more = self._without_stamp(self._query, place, limit)
            after = replace(place, unstamped_id=self._last_id(found)) if more else Place()
            return self._page(found, after, more=more)
        if place.unstamped_id is not None:
            query = self._query.filter(**{f"{self._stamp}__isnull": True})
            found, more = self._without_stamp(query, place, limit)
            after = replace(place, unstamped_id=self._last_id(found) if more else None)
            if found:
                return self._page(found, after, more=True)
            place = after
        return self._with_stamp(self._stamp, place, limit)

    def _last_id(self, found: list[Any]) -> str:
        return self._module.key.text(found[-1]) if found else ""

    def _page(self, found: list[Any], after: Place, *, more: bool) -> Page:
        return Page(tuple(self._module.record(o) for o in found), after.text(), more)

    def _without_stamp(self, query: Any, place: Place, limit: int) -> tuple[list[Any], bool]:
        if place.unstamped_id:
            query = query.filter(pk__gt=self._module.key.value(place.unstamped_id))
        found = list(query.order_by("pk")[: limit + 1])
        return found[:limit], len(found) > limit

    def _with_stamp(self, stamp: str, place: Place, limit: int) -> Page:
        query = self._query.filter(**{f"{stamp}__isnull": False})
        if place.stamp:
            since = datetime.fromisoformat(place.stamp)
            after = Q(**{f"{stamp}__gt": since})
            key = self._module.key.value(place.id)
            same = Q(**{stamp: since})
            query = query.filter(after | (same if key is None else same & Q(pk__gt=key)))
        rows = list(query.order_by(stamp, "pk")[: limit + 1])
        found, more = rows[:limit], len(rows) > limit
        if found:
            place = Place(None, getattr(found[-1], stamp).isoformat(), self._last_id(found))
        return self._page(found, place if more else self._rest(place), more=more)

    def _rest(self, place: Place) -> Place:
        """Where the next read begins: after the last record, once nothing can come before it."""
        settled = self._now() - (OVERLAP if settings.USE_TZ else _OVERLAP_WITHOUT_ZONE)
        last = moment_of(datetime.fromisoformat(place.stamp)) if place.stamp else None
        if last is None or last <= settled:
            return replace(place, unstamped_id="")
        return Place("", stored_moment(settled).isoformat(), "")
