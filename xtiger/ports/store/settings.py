"""The SettingStore protocol: named values of the installation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from xtiger.model.values import Plain
from xtiger.ports.store.transactional import Transactional


class SettingStore(Transactional, Protocol):
    """Plain values of the installation by name, such as the states of extensions."""

    def setting(self, name: str) -> Plain:
        """One plain value by name; None when never set."""
        ...

    def save_setting(self, name: str, value: Plain) -> None:
        """Remember one plain value."""
        ...

    def forget_setting(self, name: str) -> None:
        """Remove one value; one that was never set is fine."""
        ...

    def settings_like(self, prefix: str) -> Mapping[str, Plain]:
        """All values whose name starts with the prefix."""
        ...
