"""What is known about each extension: what an administrator chose, and what the manager shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Literal

State = Literal["available", "installed", "enabled", "disabled", "removed", "broken", "blocked"]


@dataclass(frozen=True, slots=True)
class LoadedExtension:
    """An extension whose plugin module was imported."""

    name: str
    label: str
    version: str
    #: The plugin module: what a plugin manager registers.
    module: ModuleType
    package: str
    requires: tuple[str, ...]
    source: Literal["pip", "zip"]


@dataclass(frozen=True, slots=True)
class ExtensionState:
    """One line of the module manager."""

    name: str
    label: str
    #: The version in use by this process, or the one that will be after a restart.
    version: str
    state: State
    #: Why it is broken or blocked, or what did not succeed; "" when all is well.
    reason: str = ""
    #: What it requires of xtiger where that is another release, such as "~=0.1.0"; else "".
    needs_release: str = ""
    #: pip, zip, or "" when its files are gone.
    source: Literal["pip", "zip", ""] = ""
    package: str = ""
    requires: tuple[str, ...] = ()
    #: Connection id → on or off, where it differs from `state`.
    connections: Mapping[str, bool] = field(default_factory=dict)
    #: The version that `rollback` goes back to, or "".
    previous: str = ""
    #: Whether this process still runs another version than the one installed.
    restart_needed: bool = False
    #: Name of the key that signed its zip, or "".
    signer: str = ""
    #: The trace of a broken one, for its maker.
    trace: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """What an administrator chose for one extension, kept in the store."""

    #: installed (never switched on), enabled, disabled or removed.
    state: Literal["installed", "enabled", "disabled", "removed"] = "installed"
    #: The version that the tables and post_install or post_update were last carried out for.
    version: str = ""
    #: The top-level package, by which it is known when it cannot be loaded.
    package: str = ""
    #: Connection id → on or off, where it differs from `state`.
    connections: Mapping[str, bool] = field(default_factory=dict)
    #: What did not succeed last, as a sentence.
    reason: str = ""

    def on(self, connection_id: str | None) -> bool:
        """Whether it is on for a connection; None asks whether it is on for any."""
        everywhere = self.state == "enabled"
        if connection_id is None:
            return everywhere or any(self.connections.values())
        return self.connections.get(connection_id, everywhere)

    def switched(self, *, on: bool, connection_id: str | None) -> Choice:
        """The choice after switching on or off, for one connection or (None) for all."""
        reason = "" if on else self.reason
        if connection_id is None:
            state: Literal["enabled", "disabled"] = "enabled" if on else "disabled"
            return replace(self, state=state, connections={}, reason=reason)
        others = {key: value for key, value in self.connections.items() if key != connection_id}
        if on != (self.state == "enabled"):
            others[connection_id] = on
        return replace(self, connections=others, reason=reason)

    def covers(self, other: Choice) -> bool:
        """Whether this one is on wherever the other is."""
        if other.state == "enabled" and self.state != "enabled":
            return False
        asked = {*self.connections, *other.connections}
        return all(self.on(connection) for connection in asked if other.on(connection))
