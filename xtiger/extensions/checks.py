"""Checks extension zips against what is installed here already, before anything changes."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from xtiger import __version__
from xtiger.errors import ExtensionForOtherRelease, ExtensionRefused
from xtiger.extensions.folder import ExtensionFolder, Installed
from xtiger.extensions.load import Found
from xtiger.extensions.zip import CORE, ExtensionZip


def check_together(
    zips: Sequence[ExtensionZip],
    found: Sequence[Found],
    folder: ExtensionFolder,
    release: str | None = None,
) -> None:
    """Raise ExtensionRefused when one of the zips cannot be installed beside what is here.

    The zips are judged together: one may need another, or XTiger of a `release` that is about to
    be installed with them; None is the one that runs.
    """
    active = folder.active()
    names: set[str] = set()
    for candidate in zips:
        name = candidate.manifest.name
        if name in names:
            raise ExtensionRefused(name, "two of the zips hold it", "Name each extension once.")
        names.add(name)
        _check_owner(candidate, found)
        _check_version(candidate, active.get(name))
        _check_shadow(candidate, active, folder)
    here = names | {CORE} | set(active) | {_extension_name(item) for item in found}
    for candidate in zips:
        _check_needs(candidate, zips, active, here, release or __version__)


def _extension_name(found: Found) -> str:
    """The name of an extension that is here; one by pip must be asked, it is loaded anyway."""
    if found.zip:
        return found.zip.name
    module = sys.modules.get(found.entry_point.value.partition(":")[0])
    return str(getattr(getattr(module, "EXTENSION", None), "name", ""))


def _check_owner(candidate: ExtensionZip, found: Sequence[Found]) -> None:
    """What pip installed, pip must update: two copies of one package would fight."""
    for item in found:
        same = (
            item.package == candidate.manifest.package
            or _extension_name(item) == candidate.manifest.name
        )
        if same and item.zip is None:
            raise ExtensionRefused(
                candidate.manifest.name,
                "pip installed it here (version {version})",
                "Use: pip install --upgrade {package}",
                version=item.version,
                package=item.distribution or candidate.wheel.distribution,
            )


def _check_version(candidate: ExtensionZip, current: Installed | None) -> None:
    if current is None:
        return
    name, new, old = candidate.manifest.name, candidate.manifest.version, Version(current.version)
    if current.package != candidate.manifest.package:
        raise ExtensionRefused(
            name,
            "the zip holds {other}, installed is {present}",
            "It is another extension of the same name.",
            other=candidate.manifest.package,
            present=current.package,
        )
    if new < old:
        reason = "the zip holds version {new}, installed is the newer {old}"
        fix = "To go back to the version before: xtiger extensions rollback {name}"
        raise ExtensionRefused(name, reason, fix, new=new, old=old, name=name)
    if new == old and current.sha256 != candidate.sha256:
        reason = "version {old} is installed already, and the zip holds another build of it"
        raise ExtensionRefused(name, reason, "Ask its maker for a new version number.", old=old)


def _check_shadow(
    candidate: ExtensionZip, active: Mapping[str, Installed], folder: ExtensionFolder
) -> None:
    """The package may not have the name of something that can be imported already."""
    package = candidate.manifest.package
    fix = "Its maker must choose another name for the package."
    for other in active.values():
        if other.package == package and other.name != candidate.manifest.name:
            reason = "its package {package} is that of the extension {other}"
            name = candidate.manifest.name
            raise ExtensionRefused(name, reason, fix, package=package, other=other.name)
    taken = package in sys.stdlib_module_names or package in sys.builtin_module_names
    if not taken:
        taken = _lies_elsewhere(package, folder.path)
    if taken:
        reason = "its package {package} has the name of one that is here already"
        raise ExtensionRefused(candidate.manifest.name, reason, fix, package=package)


def _lies_elsewhere(package: str, extensions: Path) -> bool:
    """Whether Python would find the package outside the extensions folder."""
    try:
        spec = importlib.util.find_spec(package)
    except ValueError:
        return True  # imported already, by somebody who hides where from
    if spec is None:
        return False
    places = (
        [Path(spec.origin)]
        if spec.origin
        else [Path(p) for p in spec.submodule_search_locations or ()]
    )
    return not all(place.resolve().is_relative_to(extensions.resolve()) for place in places)


def _check_needs(
    candidate: ExtensionZip,
    zips: Sequence[ExtensionZip],
    active: Mapping[str, Installed],
    here: set[str],
    release: str,
) -> None:
    missing = sorted(set(candidate.manifest.requires) - here)
    if missing:
        reason, fix = "it needs {needed}, which is not installed", "Install both together."
        raise ExtensionRefused(candidate.manifest.name, reason, fix, needed=", ".join(missing))
    offered = {item.distribution: item.version for item in active.values()}
    offered |= {item.wheel.distribution: str(item.wheel.version) for item in zips}
    offered["xtiger"] = release
    unmet = [need for need in candidate.wheel.requires if not is_met(need, offered)]
    for need in unmet:
        # The pip command of the others would take XTiger itself back to an old release.
        if canonicalize_name(need.name) == "xtiger" and not need.url:
            raise ExtensionForOtherRelease(candidate.manifest.name, str(need.specifier), release)
    if unmet:
        raise ExtensionRefused(
            candidate.manifest.name,
            "it needs {needed}",
            "Install first: pip install {quoted}",
            needed=", ".join(map(str, unmet)),
            quoted=" ".join(f'"{need}"' for need in unmet),
        )


def is_met(needed: Requirement, offered: Mapping[str, str]) -> bool:
    """Whether the environment has what a wheel needs; nothing is ever fetched for it.

    `offered` is distribution → version of what is here besides, or is about to be.
    """
    if needed.url:
        return False
    name = canonicalize_name(needed.name)
    if name in offered:
        present = offered[name]
    else:
        try:
            present = version(name)
        except PackageNotFoundError:
            return False
    return needed.specifier.contains(present, prereleases=True)
