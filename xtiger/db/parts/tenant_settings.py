"""The part of the store that holds what was set for one tenant: terms, holds, consents, routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Select, bindparam, delete, func, insert, or_, select

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import upsert
from xtiger.model.setting_keys import HOLDS, TERMS, TenantGroup, TenantKey
from xtiger.model.values import Plain

_OWN = tables.tenant_setting.c
_VALUE: Final = select(_OWN.value).where(
    _OWN.tenant == bindparam("owner"), _OWN.name == bindparam("key")
)
_OLD = tables.setting.c.name
#: What a release before kept for all tenants at once, where no connection named the tenant.
_UNOWNED = or_(_OLD == TERMS, func.substr(_OLD, 1, len(HOLDS)) == HOLDS)


def _like(group: TenantGroup) -> Select[Any]:
    # Not LIKE: SQLite's takes upper and lower case for the same.
    fits = func.substr(_OWN.name, 1, len(group)) == group
    query = select(_OWN.tenant, _OWN.name, _OWN.value)
    return query.where(fits).order_by(_OWN.tenant, _OWN.name)


class TenantSettingPart(Part):
    """Plain values by tenant and name."""

    def own_setting(self, tenant: str, key: TenantKey) -> Plain:
        """One plain value of a tenant by name; None when never set."""
        with self._database.reading() as db:
            return db.execute(_VALUE, {"owner": tenant, "key": key}).scalar()

    def save_own_setting(self, tenant: str, key: TenantKey, value: Plain) -> None:
        """Remember one plain value of a tenant."""
        row = {"tenant": tenant, "name": key, "value": value}
        with self._database.writing() as db:
            upsert(db, tables.tenant_setting, [row], by=["tenant", "name"])

    def forget_own_setting(self, tenant: str, key: TenantKey) -> None:
        """Remove one value of a tenant; one that was never set is fine."""
        same = (_OWN.tenant == tenant) & (_OWN.name == key)
        with self._database.writing() as db:
            db.execute(delete(tables.tenant_setting).where(same))

    def own_settings_like(self, tenant: str, group: TenantGroup) -> Mapping[TenantKey, Plain]:
        """All values of a group of a tenant, by name."""
        with self._database.reading() as db:
            rows = db.execute(_like(group).where(_OWN.tenant == tenant)).all()
        return {TenantKey(row.name): row.value for row in rows}

    def every_setting_like(self, group: TenantGroup) -> Mapping[tuple[str, TenantKey], Plain]:
        """(tenant, name) → value of all tenants: for the work of the installation itself."""
        with self._database.reading() as db:
            rows = db.execute(_like(group)).all()
        return {(row.tenant, TenantKey(row.name)): row.value for row in rows}

    def has_unowned_settings(self) -> bool:
        """Whether a release before left something whose tenant nobody knows."""
        with self._database.reading() as db:
            return db.execute(select(_OLD).where(_UNOWNED).limit(1)).first() is not None

    def adopt_settings(self, tenant: str) -> None:
        """Give that to the only tenant there is; what it has set itself since then stays."""
        with self._database.writing() as db:
            rows = db.execute(select(tables.setting).where(_UNOWNED)).all()
            query = select(_OWN.name).where(_OWN.tenant == tenant)
            known = set(db.execute(query).scalars())
            for row in rows:
                if row.name not in known:
                    made = {"tenant": tenant, "name": row.name, "value": row.value}
                    db.execute(insert(tables.tenant_setting).values(made))
            db.execute(delete(tables.setting).where(_UNOWNED))
