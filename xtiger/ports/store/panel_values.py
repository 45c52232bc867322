"""The PanelStore protocol: what people chose in the panel of a record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from xtiger.model.values import Plain
from xtiger.ports.store.transactional import Transactional


class PanelStore(Transactional, Protocol):
    """Values of panel fields that the host does not describe."""

    def panel_values(self, tenant: str, module: str, crm_id: str) -> Mapping[str, Plain]:
        """Role → value of the panel fields that the host does not describe."""
        ...

    def panel_values_of(
        self, tenant: str, module: str, crm_ids: Collection[str]
    ) -> Mapping[str, Mapping[str, Plain]]:
        """CRM id → the same, for a page of records; without those that have none."""
        ...

    def save_panel_value(
        self, tenant: str, module: str, crm_id: str, role: str, value: Plain
    ) -> None:
        """Set one panel field."""
        ...

    def forget_panel_values(self, tenant: str) -> None:
        """Remove what people chose in the panels of a tenant's records."""
        ...
