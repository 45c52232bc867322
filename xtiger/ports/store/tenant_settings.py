"""The TenantSettingStore protocol: named values of one tenant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from xtiger.model.setting_keys import TenantGroup, TenantKey
from xtiger.model.values import Plain
from xtiger.ports.store.transactional import Transactional


class TenantSettingStore(Transactional, Protocol):
    """Plain values of a tenant by name: terms, holds, consents, routes."""

    def own_setting(self, tenant: str, key: TenantKey) -> Plain:
        """One plain value of a tenant by name; None when never set."""
        ...

    def save_own_setting(self, tenant: str, key: TenantKey, value: Plain) -> None:
        """Remember one plain value of a tenant."""
        ...

    def forget_own_setting(self, tenant: str, key: TenantKey) -> None:
        """Remove one value of a tenant; one that was never set is fine."""
        ...

    def own_settings_like(self, tenant: str, group: TenantGroup) -> Mapping[TenantKey, Plain]:
        """All values of a group of a tenant, by name."""
        ...

    def every_setting_like(self, group: TenantGroup) -> Mapping[tuple[str, TenantKey], Plain]:
        """(tenant, name) → value of all tenants: for the work of the installation itself."""
        ...
