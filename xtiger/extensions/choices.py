"""What an administrator chose for each extension: kept in the store and never at odds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from xtiger.errors import ExtensionRefused
from xtiger.extensions.state import Choice
from xtiger.extensions.zip import CORE
from xtiger.model import setting_keys
from xtiger.ports.clock import Clock
from xtiger.ports.store import SettingStore

#: How long another process may still see an extension that was just disabled.
_CACHE_SECONDS = 1.0


class Choices:
    """The choices of one installation, by extension name."""

    def __init__(self, store: SettingStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._cached: tuple[datetime, Mapping[str, Choice]] | None = None

    def all(self, *, fresh: bool = False) -> Mapping[str, Choice]:
        """Name → choice; read again after a second, or at once when `fresh`."""
        now = self._clock.now()
        if not fresh and self._cached is not None:
            age = (now - self._cached[0]).total_seconds()
            if 0 <= age < _CACHE_SECONDS:
                return self._cached[1]
        kept = self._store.settings_like(setting_keys.EXTENSIONS)
        found = {
            setting_keys.extension_name(key): Choice(**value)
            for key, value in kept.items()
            if isinstance(value, Mapping)
        }
        found.setdefault(CORE, Choice("enabled", package=CORE.lower()))
        self._cached = (now, found)
        return found

    def save(self, name: str, choice: Choice) -> None:
        """Remember a choice."""
        self._store.save_setting(setting_keys.extension(name), asdict(choice))
        self._cached = None

    def forget(self, name: str) -> None:
        """Begin anew with an extension, as if it had never been here."""
        self._store.save_setting(setting_keys.extension(name), None)
        self._cached = None

    def removed_packages(self) -> set[str]:
        """The packages of the extensions that were uninstalled."""
        return {c.package for c in self.all(fresh=True).values() if c.state == "removed"}


def switched(
    choices: Mapping[str, Choice],
    needs: Mapping[str, tuple[str, ...]],
    name: str,
    connection_id: str | None,
    *,
    on: bool,
) -> Choice:
    """The choice of one extension after it is switched on or off.

    `needs` is name → names that it needs. Raises ExtensionRefused when an extension would be on
    where one that it needs is off.
    """
    choice = choices.get(name, Choice()).switched(on=on, connection_id=connection_id)
    after = {**choices, name: choice}
    off = Choice("disabled")
    for user, needed in needs.items():
        for other in needed:
            if name not in (user, other):
                continue
            if after.get(other, off).covers(after.get(user, off)):
                continue
            if on:
                reason, fix = (
                    "it needs {other}, which is off",
                    "First: xtiger extensions enable {other}",
                )
                raise ExtensionRefused(name, reason, fix, other=other)
            reason, fix = "{user} is on and needs it", "First: xtiger extensions disable {user}"
            raise ExtensionRefused(name, reason, fix, user=user)
    return choice
