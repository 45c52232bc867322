"""Finds the extensions that are here, by pip or by zip, and imports each once."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions, entry_points
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from xtiger import __version__
from xtiger.errors import ExtensionForOtherRelease, ExtensionRefused
from xtiger.extensions.folder import ExtensionFolder, Installed
from xtiger.extensions.state import LoadedExtension
from xtiger.extensions.wheel import ENTRY_POINTS
from xtiger.extensions.zip import CORE, check_api
from xtiger.hookspecs import ExtensionInfo
from xtiger.ports.interrupts import FOREIGN, by_signal

FindEntryPoints = Callable[[], Iterable[EntryPoint]]


@dataclass(frozen=True, slots=True)
class Found:
    """An extension that is here, seen by its metadata only."""

    entry_point: EntryPoint
    version: str
    #: The zip version it comes from; None for one that pip owns.
    zip: Installed | None
    #: The distribution that carries it: xtiger-log.
    distribution: str
    #: What it demands of xtiger, such as "~=0.1.0".
    needs_xtiger: str

    @property
    def package(self) -> str:
        """The top-level package."""
        return self.entry_point.value.partition(":")[0].partition(".")[0]


@dataclass(frozen=True, slots=True)
class NotLoaded:
    """Why an extension that is here is not in use."""

    found: Found
    name: str
    #: broken: its code failed; blocked: something that it needs is missing.
    blocked: bool
    reason: str
    trace: str = ""
    #: What it requires of xtiger where that is another release, such as "~=0.1.0"; else "".
    needs_release: str = ""


def find_entry_points() -> Iterable[EntryPoint]:
    """The entry points of all that pip installed."""
    return entry_points(group=ENTRY_POINTS)


def find_extensions(folder: ExtensionFolder, search: FindEntryPoints) -> list[Found]:
    """What is here, core first, then by package; pip's copy goes before a zip of the same."""
    found = {item.package: item for item in _from_zips(folder)}
    for entry_point in search():
        owner = entry_point.dist
        if owner is None or not _lies_in(owner, folder.path):
            item = _found(entry_point, owner, None)
            found[item.package] = item
    return sorted(found.values(), key=lambda item: (item.package != CORE.lower(), item.package))


def _from_zips(folder: ExtensionFolder) -> Iterable[Found]:
    for version in folder.active().values():
        for owner in distributions(path=[str(folder.code_of(version))]):
            for entry_point in owner.entry_points.select(group=ENTRY_POINTS):
                yield _found(entry_point, owner, version)


def _found(entry_point: EntryPoint, owner: Distribution | None, zip: Installed | None) -> Found:
    needs = ""
    for line in (owner.requires if owner else None) or ():
        if not line.startswith("xtiger"):
            continue  # parsing all lines of a large environment would delay each start
        try:
            needed = Requirement(line)
        except InvalidRequirement:
            continue  # pip would not have installed it; not ours to judge
        if needed.name == "xtiger" and not needed.extras:
            needs = str(needed.specifier)
    # Each look at an owner's metadata parses it anew.
    known = owner.metadata if owner else {"Name": "", "Version": ""}
    return Found(entry_point, known["Version"], zip, known["Name"], needs)


def _lies_in(owner: Distribution, folder: Path) -> bool:
    return Path(str(owner.locate_file(""))).resolve().is_relative_to(folder.resolve())


def load_extensions(
    found: Sequence[Found], folder: ExtensionFolder, loaded: dict[str, LoadedExtension]
) -> list[NotLoaded]:
    """Import what is not loaded yet into `loaded`; returns what could not be, with the reason."""
    failed = []
    for item in found:
        if any(extension.package == item.package for extension in loaded.values()):
            continue
        try:
            extension = _load(item, folder)
            if extension.name in loaded:
                reason = f"{loaded[extension.name].package} has the same name"
                raise ExtensionRefused(extension.name, reason)
        except ExtensionRefused as refusal:
            needs = refusal.needed if isinstance(refusal, ExtensionForOtherRelease) else ""
            failed.append(NotLoaded(item, _name(item), True, refusal.reason, needs_release=needs))
        # Code of strangers may raise anything; it must not stop the CRM.
        except FOREIGN as error:
            if by_signal(error):
                raise
            reason = f"its code cannot be imported: {type(error).__name__}: {error}"
            failed.append(NotLoaded(item, _name(item), False, reason, traceback.format_exc()))
        else:
            loaded[extension.name] = extension
    return [*failed, *_drop_unmet(found, loaded)]


def _name(found: Found) -> str:
    """The name to show for an extension whose plugin module cannot tell it."""
    return found.zip.name if found.zip else found.package


def _load(found: Found, folder: ExtensionFolder) -> LoadedExtension:
    """Import one; raises ExtensionRefused when it does not fit, and whatever its code raises."""
    if (
        found.needs_xtiger
        and __version__ not in Requirement(f"xtiger{found.needs_xtiger}").specifier
    ):
        raise ExtensionForOtherRelease(_name(found), found.needs_xtiger, __version__)
    if found.zip:
        check_api(found.zip.name, found.zip.api_min, found.zip.api_below)
        place = str(folder.code_of(found.zip))
        if place not in sys.path:
            sys.path.append(place)  # last, so that it can hide nothing
            importlib.invalidate_caches()
    module = importlib.import_module(found.entry_point.value.partition(":")[0])
    if found.zip and not Path(module.__file__ or "").is_relative_to(folder.code_of(found.zip)):
        raise ExtensionRefused(_name(found), "another version is in use until the next start")
    info = getattr(module, "EXTENSION", None)
    if not isinstance(info, ExtensionInfo) or info.package != found.package:
        raise TypeError(f"{module.__name__} has no EXTENSION that describes {found.package}")
    if found.zip and info.name != found.zip.name:
        raise ExtensionRefused(info.name, f"its manifest calls it {found.zip.name}")
    return LoadedExtension(
        info.name,
        info.label,
        found.version,
        module,
        info.package,
        info.requires,
        "zip" if found.zip else "pip",
    )


def _drop_unmet(found: Sequence[Found], loaded: dict[str, LoadedExtension]) -> Iterable[NotLoaded]:
    """Take out, round by round, what needs an extension that is not loaded."""
    while True:
        unmet = [e for e in loaded.values() if not set(e.requires) <= set(loaded)]
        if not unmet:
            return
        for extension in unmet:
            del loaded[extension.name]
            missing = ", ".join(sorted(set(extension.requires) - set(loaded)))
            reason = f"it needs {missing}, which is not loaded"
            for item in found:
                if item.package == extension.package:
                    yield NotLoaded(item, extension.name, True, reason)
