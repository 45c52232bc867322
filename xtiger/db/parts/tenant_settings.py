"""The part of the store that holds what was set for one tenant: terms, holds, consents, routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, delete, func, insert, or_, select

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import upsert

_OWN = tables.tenant_setting.c
_OLD = tables.setting.c.name
#: What a release before kept for all tenants at once, where no connection told the tenant.
_UNOWNED = or_(_OLD == "terms", func.substr(_OLD, 1, 5) == "hold:")


def _like(prefix: str) -> Select[Any]:
    # Not LIKE: SQLite's takes upper and lower case for the same.
    fits = func.substr(_OWN.name, 1, len(prefix)) == prefix
    query = select(_OWN.tenant, _OWN.name, _OWN.value)
    return query.where(fits).order_by(_OWN.tenant, _OWN.name)


class TenantSettingPart(Part):
    """Plain values by tenant and name."""

    def own_setting(self, tenant: str, name: str) -> Any:
        """One plain value of a tenant by name; None when never set."""
        query = select(_OWN.value).where(_OWN.tenant == tenant, _OWN.name == name)
        with self._database.reading() as db:
            return db.execute(query).scalar()

    def save_own_setting(self, tenant: str, name: str, value: Any) -> None:
        """Remember one plain value of a tenant."""
        row = {"tenant": tenant, "name": name, "value": value}
        with self._database.writing() as db:
            upsert(db, tables.tenant_setting, [row], by=["tenant", "name"])

    def forget_own_setting(self, tenant: str, name: str) -> None:
        """Remove one value of a tenant; one that was never set is fine."""
        same = (_OWN.tenant == tenant) & (_OWN.name == name)
        with self._database.writing() as db:
            db.execute(delete(tables.tenant_setting).where(same))

    def own_settings_like(self, tenant: str, prefix: str) -> Mapping[str, Any]:
        """All values of a tenant whose name starts with the prefix, by name."""
        with self._database.reading() as db:
            rows = db.execute(_like(prefix).where(_OWN.tenant == tenant)).all()
        return {row.name: row.value for row in rows}

    def every_setting_like(self, prefix: str) -> Mapping[tuple[str, str], Any]:
        """(tenant, name) → value of all tenants: for the work of the installation itself."""
        with self._database.reading() as db:
            rows = db.execute(_like(prefix)).all()
        return {(row.tenant, row.name): row.value for row in rows}

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
