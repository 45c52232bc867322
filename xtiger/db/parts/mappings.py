"""The part of the store that holds module settings and the versions of mappings."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as Map
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, func, insert, select

from xtiger.db import tables
from xtiger.db.columns import plain_text
from xtiger.db.parts.part import Part
from xtiger.db.statements import AnyRow, serialise, upsert
from xtiger.model.mappings import Mapping, ModuleSettings, Row
from xtiger.rules.kinds import LISTED

_ALL_SETTINGS: Final = select(
    tables.module_settings.c.module, tables.module_settings.c.value
).where(tables.module_settings.c.connection_id == bindparam("connection"))
_SETTINGS: Final = _ALL_SETTINGS.where(tables.module_settings.c.module == bindparam("of"))
#: All versions, the newest first.
_ALL: Final = (
    select(tables.mapping)
    .where(
        tables.mapping.c.connection_id == bindparam("connection"),
        tables.mapping.c.module == bindparam("of"),
    )
    .order_by(tables.mapping.c.version.desc())
)
_NEWEST: Final = _ALL.limit(1)
_LATER: Final = tables.mapping.alias("later")
#: The newest version of each module.
_EACH_NEWEST: Final = select(tables.mapping).where(
    tables.mapping.c.connection_id == bindparam("connection"),
    tables.mapping.c.version
    == select(func.max(_LATER.c.version))
    .where(
        _LATER.c.connection_id == tables.mapping.c.connection_id,
        _LATER.c.module == tables.mapping.c.module,
    )
    .scalar_subquery(),
)


class MappingPart(Part):
    """What an administrator saved for the modules of a connection."""

    def module_settings(self, connection_id: str, module: str) -> ModuleSettings:
        """The settings of one module; the defaults when never saved."""
        with self._database.reading() as db:
            row = db.execute(_SETTINGS, {"connection": connection_id, "of": module}).one_or_none()
        return _settings(module, None if row is None else row.value)

    def all_module_settings(
        self, connection_id: str, modules: Collection[str]
    ) -> Map[str, ModuleSettings]:
        """The settings of each of these modules, read at once; the defaults when never saved."""
        with self._database.reading() as db:
            rows = db.execute(_ALL_SETTINGS, {"connection": connection_id})
            kept = {row.module: row.value for row in rows}
        return {module: _settings(module, kept.get(module)) for module in modules}

    def save_module_settings(self, connection_id: str, settings: ModuleSettings) -> None:
        """Replace the settings of one module."""
        row = {
            "connection_id": connection_id,
            "module": settings.module,
            "value": asdict(settings),
        }
        with self._database.writing() as db:
            upsert(db, tables.module_settings, [row], by=["connection_id", "module"])

    def mapping(self, connection_id: str, module: str) -> Mapping | None:
        """The newest saved mapping; None when none is saved."""
        with self._database.reading() as db:
            row = db.execute(_NEWEST, {"connection": connection_id, "of": module}).one_or_none()
        return None if row is None else _mapping(row)

    def newest_mappings(self, connection_id: str) -> Map[str, Mapping]:
        """Module → its newest saved mapping, read at once; without those that have none."""
        with self._database.reading() as db:
            rows = db.execute(_EACH_NEWEST, {"connection": connection_id}).all()
        return {row.module: _mapping(row) for row in rows}

    def mappings(self, connection_id: str, module: str) -> list[Mapping]:
        """All versions of a mapping, newest first."""
        with self._database.reading() as db:
            rows = db.execute(_ALL, {"connection": connection_id, "of": module}).all()
        return [_mapping(row) for row in rows]

    def save_mapping(self, connection_id: str, mapping: Mapping, at: datetime, by: str = "") -> int:
        """Save as a new version and return its number; an equal one keeps the old number."""
        content = {
            "kind": mapping.kind,
            "rows": [asdict(row) for row in mapping.rows],
            "options": dict(mapping.options),
        }
        with self._database.writing() as db:
            serialise(db, f"mapping {connection_id} {mapping.module}")
            named = {"connection": connection_id, "of": mapping.module}
            newest = db.execute(_NEWEST, named).one_or_none()
            if newest is not None:
                kept = {name: newest._mapping[name] for name in content}
                if plain_text(kept) == plain_text(content):
                    return int(newest.version)
            version = 1 if newest is None else int(newest.version) + 1
            db.execute(
                insert(tables.mapping).values(
                    connection_id=connection_id,
                    module=mapping.module,
                    version=version,
                    saved_at=at,
                    saved_by=by,
                    **content,
                )
            )
        return version


def _settings(module: str, kept: Map[str, Any] | None) -> ModuleSettings:
    if kept is None:
        # What is only listed is not read before somebody asks for it.
        return ModuleSettings(module=module, enabled=module not in LISTED)
    # A choice that a later release has added takes its default.
    known = {field.name for field in fields(ModuleSettings)}
    chosen = {name: value for name, value in kept.items() if name in known}
    lists = {
        name: tuple(chosen.get(name, ())) for name in ("statuses", "owners", "matching", "unlogged")
    }
    if chosen.get("duplicates") == "link":
        chosen["duplicates"] = "ask"  # as releases before called it
    return ModuleSettings(**{**chosen, **lists})


def _mapping(row: AnyRow) -> Mapping:
    known = {field.name for field in fields(Row)}
    return Mapping(
        module=row.module,
        kind=row.kind,
        rows=tuple(
            Row(**{name: value for name, value in each.items() if name in known})
            for each in row._mapping["rows"]
        ),
        version=row.version,
        options=row.options,
        saved_at=row.saved_at,
        saved_by=row.saved_by or "",
    )
