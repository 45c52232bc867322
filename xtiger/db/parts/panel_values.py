"""The part of the store that holds what people chose in the panels of records."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import delete, select

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import upsert
from xtiger.model.values import Plain


class PanelPart(Part):
    """Panel values."""

    def panel_values(self, tenant: str, module: str, crm_id: str) -> Mapping[str, Plain]:
        """Role → value of the panel fields that the host does not describe."""
        return self.panel_values_of(tenant, module, [crm_id]).get(crm_id, {})

    def panel_values_of(
        self, tenant: str, module: str, crm_ids: Collection[str]
    ) -> Mapping[str, Mapping[str, Plain]]:
        """CRM id → the same, for a page of records; without those that have none."""
        table = tables.panel_value
        query = select(table.c.crm_id, table.c.role, table.c.value).where(
            table.c.tenant == tenant, table.c.module == module, table.c.crm_id.in_(crm_ids)
        )
        found: dict[str, dict[str, Plain]] = {}
        with self._database.reading() as db:
            for row in db.execute(query):
                found.setdefault(row.crm_id, {})[row.role] = row.value
        return found

    def save_panel_value(
        self, tenant: str, module: str, crm_id: str, role: str, value: Plain
    ) -> None:
        """Set one panel field."""
        row = {"tenant": tenant, "module": module, "crm_id": crm_id, "role": role, "value": value}
        with self._database.writing() as db:
            upsert(db, tables.panel_value, [row], by=["tenant", "module", "crm_id", "role"])

    def forget_panel_values(self, tenant: str) -> None:
        """Remove what people chose in the panels of a tenant's records."""
        table = tables.panel_value
        with self._database.writing() as db:
            db.execute(delete(table).where(table.c.tenant == tenant))
