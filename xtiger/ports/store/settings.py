"""The SettingStore protocol: named values of the installation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from xtiger.model.setting_keys import SettingGroup, SettingKey
from xtiger.model.values import Plain
from xtiger.ports.store.transactional import Transactional


class SettingStore(Transactional, Protocol):
    """Plain values of the installation by name, such as the states of extensions."""

    def setting(self, key: SettingKey) -> Plain:
        """One plain value by name; None when never set."""
        ...

    def settings(self, keys: Collection[SettingKey]) -> Mapping[SettingKey, Plain]:
        """The values of these names, without those that were never set."""
        ...

    def save_setting(self, key: SettingKey, value: Plain) -> None:
        """Remember one plain value."""
        ...

    def forget_setting(self, key: SettingKey) -> None:
        """Remove one value; one that was never set is fine."""
        ...

    def settings_like(self, group: SettingGroup) -> Mapping[SettingKey, Plain]:
        """All values of a group, by name."""
        ...
