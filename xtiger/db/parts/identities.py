"""The part of the store that knows how much hangs on a CRM, and forgets it when asked to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from sqlalchemy import ColumnElement, Table, delete, or_, select, update
from sqlalchemy import Connection as DbConnection

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.model import setting_keys
from xtiger.model.links import Link
from xtiger.rules.kinds import KINDS

_LINK, _BATCH = tables.link.c, tables.batch.c


class IdentityPart(Part):
    """What of a connection belongs to one CRM: links, last seen copies, marks."""

    def is_used(self, connection_id: str) -> bool:
        """Whether anything is linked in a connection, or about to be."""
        linked = select(_LINK.id).where(_LINK.connection_id == connection_id).limit(1)
        sending = select(_BATCH.id).where(
            _BATCH.connection_id == connection_id, _BATCH.state != "done"
        )
        with self._database.reading() as db:
            return any(db.execute(query.limit(1)).first() for query in (linked, sending))

    def some_links(self, connection_id: str, limit: int) -> Sequence[Link]:
        """Live primary links of contacts and items, half of them the oldest, half the newest."""
        query = select(*(_LINK[one.name] for one in fields(Link))).where(
            _LINK.connection_id == connection_id,
            _LINK.kind.in_([kind for kind, row in KINDS.items() if row.aliased]),
            _LINK.role == "primary",
            _LINK.state == "live",
        )
        found: dict[int, Link] = {}
        with self._database.reading() as db:
            for order in (_LINK.id, _LINK.id.desc()):
                rows = db.execute(query.order_by(order).limit(max(1, limit // 2)))
                found.update({row.id: Link(**row._mapping) for row in rows})
        return list(found.values())

    def all_links(self, connection_id: str) -> list[Link]:
        """Every link of a connection, aliases of either side too, the oldest first."""
        query = select(*(_LINK[one.name] for one in fields(Link))).where(
            _LINK.connection_id == connection_id
        )
        with self._database.reading() as db:
            return [Link(**row._mapping) for row in db.execute(query.order_by(_LINK.id))]

    def forget_crm(self, connection_id: str) -> int:
        """Forget every link of a connection and whatever names a CRM record; returns the links.

        Mappings, settings, runs and outcomes stay, and what was seen of Xero; the next read of
        both sides is whole.
        """
        of_crm: Sequence[tuple[Table, ColumnElement[bool] | None]] = (
            (tables.decision, None),
            (tables.shadow, tables.shadow.c.side == "crm"),
            (tables.cursor, None),
            (tables.link, None),
        )
        count = 0
        with self._database.writing() as db:
            for table, rest in of_crm:
                statement = delete(table).where(table.c.connection_id == connection_id)
                count = db.execute(statement if rest is None else statement.where(rest)).rowcount
            change = tables.change.c
            db.execute(
                update(tables.change)
                .where(change.connection_id == connection_id, change.side == "crm")
                .values(waiting=False)
            )
            self._close_batches(db, connection_id)
            plan = tables.braked_plan.c
            waiting = (plan.connection_id == connection_id) & plan.state.in_(
                ("waiting", "released")
            )
            db.execute(update(tables.braked_plan).where(waiting).values(state="replaced"))
            name = tables.setting.c.name
            names: list[ColumnElement[bool]] = [name.in_(setting_keys.keys_of_crm(connection_id))]
            names += [
                name.startswith(group, autoescape=True)
                for group in setting_keys.groups_of_crm(connection_id)
            ]
            db.execute(delete(tables.setting).where(or_(*names)))
        return count

    def _close_batches(self, db: DbConnection, connection_id: str) -> None:
        """What was under way was of the other CRM's records: nobody looks for it any more."""
        intent = tables.intent.c
        mine = select(_BATCH.id).where(_BATCH.connection_id == connection_id)
        db.execute(
            update(tables.intent)
            .where(intent.batch_id.in_(mine), intent.state.not_in(("applied", "failed")))
            .values(state="failed")
        )
        open_ = (_BATCH.connection_id == connection_id) & (_BATCH.state != "done")
        db.execute(update(tables.batch).where(open_).values(state="done", body=b""))
