"""The part of the store that holds what Xero's webhooks said, until it is looked at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import chunks, insert_for
from xtiger.model.webhook_events import EventResult, WebhookCounts, WebhookEvent

_EVENT = tables.webhook_event.c
_COLUMNS = [column for column in _EVENT if column.name != "number"]
#: Xero repeats an event for so long; after it a done one is forgotten.
KEPT = timedelta(days=31)


class WebhookPart(Part):
    """Events of webhooks, each once."""

    def take_events(self, events: Iterable[WebhookEvent]) -> int:
        """Store these, but for repeats; returns how many were new."""
        rows = [
            {column.name: getattr(event, column.name) for column in _COLUMNS}
            # In one order for all writers, so that two cannot wait for each other in a circle.
            for event in sorted({one.key: one for one in events}.values(), key=lambda one: one.key)
        ]
        if not rows:
            return 0
        with self._database.writing() as db:
            insert = insert_for(db, tables.webhook_event)
            statement = insert.on_conflict_do_nothing(index_elements=["key"]).returning(_EVENT.key)
            # Many rows a statement; what is returned was new.
            return len(db.execute(statement, rows).all())

    def waiting_events(
        self, connection_id: str, now: datetime | None = None, limit: int | None = None
    ) -> Sequence[WebhookEvent]:
        """Those that are not done, oldest first; with `now` only those that are due."""
        query = select(tables.webhook_event).where(
            _EVENT.connection_id == connection_id, _EVENT.done_at.is_(None)
        )
        if now is not None:
            query = query.where(_EVENT.due_at <= now)
        with self._database.reading() as db:
            rows = db.execute(query.order_by(_EVENT.number).limit(limit))
            return [WebhookEvent(**row._mapping) for row in rows]

    def settle_events(self, numbers: Iterable[int], result: EventResult, at: datetime) -> None:
        """Mark these done."""
        with self._database.writing() as db:
            for some in chunks(sorted(numbers)):
                same = _EVENT.number.in_(some) & _EVENT.done_at.is_(None)
                db.execute(
                    update(tables.webhook_event).where(same).values(done_at=at, result=result)
                )

    def postpone_events(self, numbers: Iterable[int], until: datetime) -> None:
        """Look at these again later, and count the try."""
        with self._database.writing() as db:
            for some in chunks(sorted(numbers)):
                later = {"due_at": until, "tries": _EVENT.tries + 1}
                db.execute(
                    update(tables.webhook_event).where(_EVENT.number.in_(some)).values(later)
                )

    def sweep_events(
        self, connection_id: str, kinds: Collection[str], started_at: datetime, at: datetime
    ) -> None:
        """Mark done what came before a sync that read and judged these kinds began.

        Done ones that Xero does not repeat any more are forgotten.
        """
        mine = _EVENT.connection_id == connection_id
        older = (_EVENT.received_at <= started_at) & _EVENT.done_at.is_(None)
        swept = update(tables.webhook_event).where(mine, older, _EVENT.kind.in_(list(kinds)))
        with self._database.writing() as db:
            db.execute(swept.values(done_at=at, result="swept"))
            db.execute(delete(tables.webhook_event).where(mine, _EVENT.done_at < at - KEPT))

    def webhook_counts(self, connections: Collection[str]) -> Mapping[str, WebhookCounts]:
        """Connection id → its events in short, of those of these that ever had one."""
        # count() passes over NULL.
        query = (
            select(
                _EVENT.connection_id,
                (func.count() - func.count(_EVENT.done_at)).label("waiting"),
                func.max(_EVENT.received_at).label("last"),
            )
            .where(_EVENT.connection_id.in_(connections))
            .group_by(_EVENT.connection_id)
        )
        with self._database.reading() as db:
            return {
                row.connection_id: WebhookCounts(row.waiting, row.last) for row in db.execute(query)
            }
