"""The part of the store that holds what people chose in the panels of records."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import upsert
from xtiger.model.values import Plain


class PanelPart(Part):
    """Panel values."""

    def panel_values(self, tenant: str, module: str, crm_id: str) -> Mapping[str, Plain]:
        """Role → value of the panel fields that the host does not describe."""
        table = tables.panel_value
        query = select(table.c.role, table.c.value).where(
            table.c.tenant == tenant, table.c.module == module, table.c.crm_id == crm_id
        )
        with self._database.reading() as db:
            return {row.role: row.value for row in db.execute(query)}

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
