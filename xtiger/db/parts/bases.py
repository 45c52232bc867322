"""The part of the store that holds what both sides of a link agreed on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, select

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import AnyRow, chunks, rows_with, upsert
from xtiger.model.links import Base, Pair
from xtiger.model.values import Plain

_LINK = tables.link.c


class BasePart(Part):
    """Bases."""

    def bases(self, link_ids: Iterable[int]) -> Mapping[int, Base]:
        """Link id → base."""
        with self._database.reading() as db:
            rows = rows_with(db, select(tables.base), tables.base.c.link_id, link_ids)
            return {row.link_id: _base(row) for row in rows}

    def save_bases(self, bases: Iterable[Base]) -> None:
        """Insert or replace by link id; the base of a link removed meanwhile is dropped."""
        rows = {base.link_id: _base_row(base) for base in bases}
        if not rows:
            return
        query = select(_LINK.id).with_for_update(read=True, key_share=True)
        with self._database.writing() as db:
            alive = {row.id for row in rows_with(db, query, _LINK.id, rows)}
            kept = [row for link_id, row in rows.items() if link_id in alive]
            upsert(db, tables.base, kept, by=["link_id"])

    def forget_bases(self, link_ids: Iterable[int]) -> None:
        """Remove what was agreed on, with the links of lines: it is compared as if never linked."""
        with self._database.writing() as db:
            for chunk in chunks(sorted(set(link_ids))):
                for table in (tables.base, tables.line_link):
                    db.execute(delete(table).where(table.c.link_id.in_(chunk)))


def _base_row(base: Base) -> dict[str, Plain]:
    return {
        "link_id": base.link_id,
        "pairs": {key: _halves(pair) for key, pair in base.pairs.items()},
        "lines": dict(base.lines),
        "mapping_version": base.mapping_version,
    }


def _base(row: AnyRow) -> Base:
    pairs = {key: Pair(crm, xero, tuple(*asked)) for key, (crm, xero, *asked) in row.pairs.items()}
    return Base(row.link_id, pairs, row.mapping_version, row.lines)


def _halves(pair: Pair) -> list[Plain]:
    """Both halves, and what is asked about them only where something is."""
    return [pair.crm, pair.xero, *([list(pair.asked)] if pair.asked else [])]
