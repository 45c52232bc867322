"""The part of the store that holds named values of the installation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import bindparam, delete, func, select

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import chunks, upsert
from xtiger.model.setting_keys import SettingGroup, SettingKey
from xtiger.model.values import Plain

_VALUE: Final = select(tables.setting.c.value).where(tables.setting.c.name == bindparam("key"))


class SettingPart(Part):
    """Settings of the installation."""

    def setting(self, key: SettingKey) -> Plain:
        """One plain value by name; None when never set."""
        with self._database.reading() as db:
            return db.execute(_VALUE, {"key": key}).scalar()

    def settings(self, keys: Collection[SettingKey]) -> Mapping[SettingKey, Plain]:
        """The values of these names, without those that were never set."""
        name = tables.setting.c.name
        found: dict[SettingKey, Plain] = {}
        with self._database.reading() as db:
            for some in chunks(keys):
                query = select(name, tables.setting.c.value).where(name.in_(some))
                found.update((SettingKey(row.name), row.value) for row in db.execute(query))
        return found

    def save_setting(self, key: SettingKey, value: Plain) -> None:
        """Remember one plain value."""
        with self._database.writing() as db:
            upsert(db, tables.setting, [{"name": key, "value": value}], by=["name"])

    def forget_setting(self, key: SettingKey) -> None:
        """Remove one value."""
        with self._database.writing() as db:
            db.execute(delete(tables.setting).where(tables.setting.c.name == key))

    def settings_like(self, group: SettingGroup) -> Mapping[SettingKey, Plain]:
        """All values of a group, by name."""
        name = tables.setting.c.name
        # Not LIKE: SQLite's takes upper and lower case for the same.
        fits = func.substr(name, 1, len(group)) == group
        with self._database.reading() as db:
            rows = db.execute(select(name, tables.setting.c.value).where(fits)).all()
        return {
            SettingKey(row.name): row.value for row in sorted(rows, key=lambda row: str(row.name))
        }
