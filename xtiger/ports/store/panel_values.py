"""The PanelStore protocol: what people chose in the panel of a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from xtiger.model.values import Plain
from xtiger.ports.store.transactional import Transactional


class PanelStore(Transactional, Protocol):
    """Values of panel fields that the host does not describe."""

    def panel_values(self, tenant: str, module: str, crm_id: str) -> Mapping[str, Plain]:
        """Role → value of the panel fields that the host does not describe."""
        ...

    def save_panel_value(
        self, tenant: str, module: str, crm_id: str, role: str, value: Plain
    ) -> None:
        """Set one panel field."""
        ...

    def forget_panel_values(self, tenant: str) -> None:
        """Remove what people chose in the panels of a tenant's records."""
        ...
