"""The part of the store that holds what runs wrote, and what was taken back of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import upsert
from xtiger.model.links import Pair
from xtiger.model.undo.allocated import Allocated
from xtiger.model.undo.images import Image, UndoHold
from xtiger.model.values import Plain

_IMAGE, _HOLD = tables.image.c, tables.undo_hold.c
_KEY = ("connection_id", "module", "crm_id", "xero_id")
#: Columns of an image that stand as they are; all else is in its detail.
_PLAIN = tuple(one.name for one in _IMAGE if one.name not in ("id", "detail"))


class UndoPart(Part):
    """Images of what runs wrote, and holds on what was taken back."""

    def add_images(self, images: Iterable[Image]) -> None:
        """Keep what a run wrote of these records."""
        rows = [_row(one) for one in images]
        if rows:
            with self._database.writing() as db:
                db.execute(insert(tables.image), rows)

    def images(self, connection_id: str, run_ids: Collection[str]) -> Sequence[Image]:
        """What these runs wrote, newest first."""
        query = select(tables.image).where(_IMAGE.connection_id == connection_id)
        query = query.where(_IMAGE.run_id.in_(list(run_ids))).order_by(_IMAGE.id.desc())
        with self._database.reading() as db:
            return [_image(row._mapping) for row in db.execute(query)]

    def images_of_module(self, connection_id: str, module: str) -> Sequence[Image]:
        """What all runs that are still known wrote of a module's records, newest first."""
        of_module = (_IMAGE.connection_id == connection_id) & (_IMAGE.module == module)
        query = select(tables.image).where(of_module).order_by(_IMAGE.id.desc())
        with self._database.reading() as db:
            return [_image(row._mapping) for row in db.execute(query)]

    def drop_images(self, before: datetime) -> None:
        """Forget what was written, and overwritten, before this moment."""
        with self._database.writing() as db:
            db.execute(delete(tables.image).where(_IMAGE.at < before))
            db.execute(delete(tables.before_image).where(tables.before_image.c.at < before))

    def save_undo_holds(self, holds: Iterable[UndoHold]) -> None:
        """Insert or replace by connection, module and both ids."""
        rows = [{one.name: getattr(hold, one.name) for one in _HOLD} for hold in holds]
        with self._database.writing() as db:
            upsert(db, tables.undo_hold, rows, by=_KEY)

    def undo_holds(self, connection_id: str) -> Sequence[UndoHold]:
        """What waits since it was taken back, oldest first."""
        query = select(tables.undo_hold).where(_HOLD.connection_id == connection_id)
        query = query.order_by(_HOLD.at, _HOLD.module, _HOLD.name, _HOLD.crm_id)
        with self._database.reading() as db:
            return [UndoHold(**row._mapping) for row in db.execute(query)]

    def forget_undo_holds(self, holds: Iterable[UndoHold]) -> None:
        """Release these."""
        rows = [{f"of_{name}": getattr(hold, name) for name in _KEY} for hold in holds]
        same = [_HOLD[name] == bindparam(f"of_{name}") for name in _KEY]
        if rows:
            with self._database.writing() as db:
                db.execute(delete(tables.undo_hold).where(*same), rows)


def _row(image: Image) -> dict[str, Any]:
    base = {
        key: None if pair is None else [pair.crm, pair.xero, list(pair.asked)]
        for key, pair in image.base.items()
    }
    detail = {
        "xero": {field: list(both) for field, both in image.xero.items()},
        "crm": {field: list(both) for field, both in image.crm.items()},
        "base": base,
        "lines": dict(image.lines),
        "allocated": [one.plain() for one in image.allocated],
    }
    return {**{name: getattr(image, name) for name in _PLAIN}, "detail": detail}


def _image(row: Mapping[Any, Any]) -> Image:
    detail: Mapping[str, Plain] = row["detail"]
    base = {
        key: None if kept is None else Pair(kept[0], kept[1], tuple(kept[2]))
        for key, kept in detail["base"].items()
    }
    plain = {one.name: row[one.name] for one in fields(Image) if one.name in (*_PLAIN, "id")}
    return Image(
        **plain,
        xero={field: (both[0], both[1]) for field, both in detail["xero"].items()},
        crm={field: (both[0], both[1]) for field, both in detail["crm"].items()},
        base=base,
        lines=detail["lines"],
        # Images of before undo knew of credit have none.
        allocated=tuple(Allocated.of(one) for one in detail.get("allocated") or ()),
    )
