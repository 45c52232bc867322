"""The lines of the module manager: every extension that is here or was, with its state."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from xtiger.extensions.folder import Installed
from xtiger.extensions.load import Found, NotLoaded
from xtiger.extensions.settling import needed_first
from xtiger.extensions.state import Choice, ExtensionState, LoadedExtension
from xtiger.extensions.zip import CORE


@dataclass(frozen=True, slots=True)
class Sight:
    """All that is known at one moment."""

    loaded: Mapping[str, LoadedExtension]
    failed: Sequence[NotLoaded]
    found: Sequence[Found]
    choices: Mapping[str, Choice]
    active: Mapping[str, Installed]
    safe_mode: bool


def list_states(sight: Sight) -> list[ExtensionState]:
    """Every extension, core first, then by name."""
    lines = [_of_loaded(sight, extension) for extension in sight.loaded.values()]
    lines += [_of_failed(sight, failed) for failed in sight.failed]
    shown = {line.package for line in lines}
    lines += [_of_idle(sight, item) for item in sight.found if item.package not in shown]
    shown = {line.name for line in lines}
    lines += [
        ExtensionState(name, name, choice.version, "removed", choice.reason)
        for name, choice in sight.choices.items()
        if choice.state == "removed" and name not in shown
    ]
    return sorted(lines, key=lambda line: (line.name != CORE, line.name))


def never_switched(states: Sequence[ExtensionState], names: Collection[str]) -> list[str]:
    """Those of the names that nobody switched on or off yet, first those that others need."""
    new = {one.name: one for one in states if one.name in names}
    new = {name: one for name, one in new.items() if one.state in ("available", "installed")}
    return needed_first({name: one.requires for name, one in new.items()})


def _of_loaded(sight: Sight, extension: LoadedExtension) -> ExtensionState:
    name = extension.name
    choice = sight.choices.get(name)
    installed = sight.active.get(name) if extension.source == "zip" else None
    next_version = installed.version if installed else extension.version
    return ExtensionState(
        name=name,
        label=extension.label,
        version=next_version,
        state=choice.state if choice else "available",
        reason=choice.reason if choice else "",
        source=extension.source,
        package=extension.package,
        requires=extension.requires,
        connections=choice.connections if choice else {},
        previous=installed.previous.version if installed and installed.previous else "",
        restart_needed=next_version != extension.version,
        signer=installed.signer if installed else "",
    )


def _of_failed(sight: Sight, failed: NotLoaded) -> ExtensionState:
    line = _of_idle(sight, failed.found)
    return ExtensionState(
        name=failed.name,
        label=line.label if line.name == failed.name else failed.name,
        version=line.version,
        state="blocked" if failed.blocked else "broken",
        reason=failed.reason,
        needs_release=failed.needs_release,
        source=line.source,
        package=line.package,
        requires=line.requires,
        previous=line.previous,
        signer=line.signer,
        trace=failed.trace,
    )


def _of_idle(sight: Sight, found: Found) -> ExtensionState:
    """One that was not imported: removed, or left alone by the safe mode."""
    choices = {c.package: (name, c) for name, c in sight.choices.items() if c.package}
    name, choice = choices.get(found.package, (found.package, None))
    installed = found.zip
    state: Literal["available", "blocked", "removed"] = "available"
    reason = choice.reason if choice else ""
    if choice is not None and choice.state == "removed":
        state = "removed"
    elif sight.safe_mode:
        state, reason = "blocked", "safe mode is on (XTIGER_SAFE_MODE)"
    return ExtensionState(
        name=installed.name if installed else name,
        label=installed.label if installed else name,
        version=found.version,
        state=state,
        reason=reason,
        source="zip" if installed else "pip",
        package=found.package,
        requires=installed.requires if installed else (),
        connections=choice.connections if choice else {},
        previous=installed.previous.version if installed and installed.previous else "",
        signer=installed.signer if installed else "",
    )


def way_back(state: ExtensionState) -> str:
    """What to do about an extension that cannot be enabled."""
    if state.state == "removed":
        return "Install it again from its zip or by pip."
    if state.state == "broken":
        return "Install a version that works, or go back: xtiger extensions rollback"
    return "See: xtiger extensions list"
