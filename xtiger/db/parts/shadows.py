"""The part of the store that holds the last seen copies of both sides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache

from sqlalchemy import ColumnElement, Insert, Text, case, select, type_coerce

from xtiger.db import tables
from xtiger.db.columns import plain_text
from xtiger.db.parts.customers.document_money import write_money
from xtiger.db.parts.part import Part
from xtiger.db.statements import insert_in, rows_with
from xtiger.model.customers.document_money import DocumentMoney
from xtiger.model.links import Shadow, Side
from xtiger.model.values import Plain, from_json, same
from xtiger.rules.customers.document_money import MONEY_KINDS, money_of

#: Last seen copies that are held at once while all of them are gone through.
_PART = 1_000


class ShadowPart(Part):
    """Shadows."""

    def shadows(
        self, connection_id: str, side: Side, type: str, ids: Iterable[str] | None = None
    ) -> Mapping[str, Shadow]:
        """Id → last seen copy, for these ids or (None) all."""
        table = tables.shadow
        query = select(table.c.id, table.c.payload, table.c.seen_at, table.c.gone).where(
            *_same_kind(connection_id, side, type)
        )
        with self._database.reading() as db:
            return {
                row.id: Shadow(side, type, row.id, row.payload, row.seen_at, row.gone)
                for row in rows_with(db, query, table.c.id, ids)
            }

    def shadow_ids(
        self, connection_id: str, side: Side, type: str, ids: Iterable[str] | None = None
    ) -> set[str]:
        """Those of these ids, or (None) all ids, that have a last seen copy."""
        query = select(tables.shadow.c.id).where(*_same_kind(connection_id, side, type))
        with self._database.reading() as db:
            return {row.id for row in rows_with(db, query, tables.shadow.c.id, ids)}

    def each_shadow(self, connection_id: str, side: Side, type: str) -> Iterator[Shadow]:
        """All last seen copies by id, read in parts: many do not fit into the memory at once."""
        table = tables.shadow
        query = select(table.c.id, table.c.payload, table.c.seen_at, table.c.gone).where(
            *_same_kind(connection_id, side, type)
        )
        query, last = query.order_by(table.c.id).limit(_PART), ""
        while True:
            with self._database.reading() as db:
                rows = db.execute(query.where(table.c.id > last)).all()
            yield from (
                Shadow(side, type, row.id, row.payload, row.seen_at, row.gone) for row in rows
            )
            if len(rows) < _PART:
                return
            last = rows[-1].id

    def differing(
        self,
        connection_id: str,
        side: Side,
        type: str,
        payloads: Mapping[str, Plain],
        gone: Collection[str] = (),
    ) -> list[str]:
        """The ids of those that are new or not as last seen, in their order; `gone`: ids of them
        that are gone now.
        """
        table = tables.shadow
        query = select(table.c.id, table.c.gone, type_coerce(table.c.payload, Text)).where(
            *_same_kind(connection_id, side, type)
        )
        with self._database.reading() as db:
            rows = rows_with(db, query, table.c.id, payloads)
            kept = {row.id: row.payload for row in rows if row.gone == (row.id in gone)}
        return [key for key, payload in payloads.items() if not _is_as(kept.get(key), payload)]

    def save_shadows(self, connection_id: str, shadows: Iterable[Shadow]) -> None:
        """Insert or replace; what documents are worth is kept as columns beside."""
        seen = list(shadows)
        rows = [
            {
                "connection_id": connection_id,
                "side": shadow.side,
                "type": shadow.type,
                "id": shadow.id,
                "payload": shadow.payload,
                "seen_at": shadow.seen_at,
                "gone": shadow.gone,
            }
            for shadow in seen
        ]
        if not rows:
            return
        with self._database.writing() as db:
            # In the order of their keys, so that two writers cannot wait in a circle.
            rows.sort(key=lambda row: (row["side"], row["type"], row["id"]))
            db.execute(_kept(db.dialect.name), rows)
            write_money(db, connection_id, _money(seen))


# Making a statement takes longer than carrying it out: each is made once.
@cache
def _kept(dialect: str) -> Insert:
    """Insert or replace; what changed loses its number, and gets the next one when it is asked."""
    table = tables.shadow
    insert = insert_in(dialect, table)
    new = insert.excluded
    same_as_seen = (table.c.payload == new.payload) & (table.c.gone == new.gone)
    return insert.on_conflict_do_update(
        index_elements=["connection_id", "side", "type", "id"],
        set_={
            "payload": new.payload,
            "seen_at": new.seen_at,
            "gone": new.gone,
            "number": case((same_as_seen, table.c.number), else_=None),
        },
    )


def _money(shadows: Iterable[Shadow]) -> Iterator[DocumentMoney]:
    """What the documents of Xero among these are worth; one that is gone is worth nothing."""
    for shadow in shadows:
        found = None
        if shadow.side == "xero" and shadow.type in MONEY_KINDS:
            found = money_of(shadow.type, shadow.payload)
        if found is not None and found.xero_id == shadow.id:
            yield replace(found, status="", left=Decimal(0)) if shadow.gone else found


def _same_kind(connection_id: str, side: Side, type: str) -> tuple[ColumnElement[bool], ...]:
    table = tables.shadow.c
    return table.connection_id == connection_id, table.side == side, table.type == type


def _is_as(text: str | None, payload: Plain) -> bool:
    """Whether a copy, as it is kept, has the values of the payload."""
    if text is None:
        return False
    # Mostly it is the same to the letter, which spares reading it.
    return text == plain_text(payload) or same(from_json(text), payload)
