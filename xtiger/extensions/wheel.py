"""Looks into a wheel before anything of it is installed: what it is, and that it only is that."""

from __future__ import annotations

import base64
import csv
import hashlib
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_string
from importlib.metadata import Distribution
from os import PathLike
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from xtiger.errors import ExtensionRefused
from xtiger.extensions.archive import FETCH_AGAIN, NOT_TRUSTED, Limits, read_archive

ENTRY_POINTS = "xtiger.extensions"
_LACKS = "its wheel lacks {file}"
LIMITS = Limits(entries=5_000, total_bytes=100_000_000)
#: Run by Python at each start, or not readable by people.
_SUFFIXES = (".pth", ".pyc", ".pyo", ".so", ".pyd", ".dll", ".dylib", ".exe", ".whl", ".egg")
#: Files of .dist-info that say what a wheel is.
_READ = ("METADATA", "WHEEL", "entry_points.txt")
#: Names of older kinds of packages, which Python reads where METADATA tells nothing.
_ALSO_READ = ("PKG-INFO", "requires.txt", "egg-info")
#: First bytes of programs for Linux, Windows and macOS.
_PROGRAMS = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe")


@dataclass(frozen=True, slots=True)
class Wheel:
    """What a checked wheel is."""

    #: Distribution name as pip writes it: xtiger-log.
    distribution: str
    version: Version
    #: The one top-level package: xtiger_log.
    package: str
    #: What it needs beside itself, extras left out.
    requires: tuple[Requirement, ...]


def read_wheel(
    extension: str, file_name: str, content: bytes, package: str, *, has_commands: bool = False
) -> Wheel:
    """Check a wheel that must hold exactly one package of this name.

    `has_commands`: it is the library's own, which registers commands beside its extension.

    Raises ExtensionRefused with a sentence that says what is wrong with it.
    """
    distribution, version = _read_name(extension, file_name)
    files = read_archive(extension, content, LIMITS)
    info = _check_layout(extension, files, package, distribution, version)
    _check_record(extension, files, f"{info}/RECORD")
    _check_contents(extension, files)
    about = _Unpacked(_texts(extension, files, info))
    if not has_commands:
        _check_entry_points(extension, about, package)
    requires = _check_metadata(extension, about, distribution, version)
    wheel = message_from_string(about.read_text("WHEEL"))
    if wheel.get("Root-Is-Purelib", "").strip() != "true":
        raise ExtensionRefused(extension, "its wheel is not plain Python", NOT_TRUSTED)
    return Wheel(distribution, version, package, requires)


def _read_name(extension: str, file_name: str) -> tuple[str, Version]:
    try:
        name, version, build, tags = parse_wheel_filename(file_name)
    except InvalidWheelFilename as error:
        reason = "{file!r} is no name of a wheel"
        raise ExtensionRefused(extension, reason, FETCH_AGAIN, file=file_name) from error
    if build or {str(tag) for tag in tags} != {"py3-none-any"}:
        reason = "{file!r} is not a wheel for every machine (py3-none-any)"
        fix = "Ask its maker for one in plain Python."
        raise ExtensionRefused(extension, reason, fix, file=file_name)
    return name, version


def _check_layout(
    extension: str, files: dict[str, bytes], package: str, distribution: str, version: Version
) -> str:
    """One package and one .dist-info, nothing else; returns the name of the latter."""
    tops = {name.split("/")[0] for name in files}
    infos = [top for top in tops if top.endswith(".dist-info")]
    others = sorted(tops - set(infos) - {package})
    if others:
        reason, file = "its wheel holds {file!r} beside the package {package}", others[0]
        raise ExtensionRefused(extension, reason, NOT_TRUSTED, file=file, package=package)
    if f"{package}/__init__.py" not in files:
        reason = "its wheel does not hold the package {package}"
        raise ExtensionRefused(extension, reason, FETCH_AGAIN, package=package)
    expected = f"{distribution.replace('-', '_')}-{version}.dist-info"
    if infos != [expected]:
        raise ExtensionRefused(extension, _LACKS, FETCH_AGAIN, file=expected)
    for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt"):
        if f"{expected}/{name}" not in files:
            raise ExtensionRefused(extension, _LACKS, FETCH_AGAIN, file=f"{expected}/{name}")
    return expected


def _check_record(extension: str, files: dict[str, bytes], record: str) -> None:
    """Recompute every hash of RECORD: pip installs wheels whose hashes are wrong."""
    try:
        rows = list(csv.reader(files[record].decode("utf-8").splitlines()))
        listed = {name: (digest, size) for name, digest, size in rows}
    except ValueError as error:
        reason = "the RECORD of its wheel cannot be read"
        raise ExtensionRefused(extension, reason, FETCH_AGAIN) from error
    for name, content in files.items():
        if name == record:
            continue
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        if listed.get(name) != (f"sha256={digest}", str(len(content))):
            reason = "{file} is not what the RECORD of its wheel says"
            raise ExtensionRefused(extension, reason, NOT_TRUSTED, file=name)
    missing = sorted(set(listed) - set(files))
    if missing or len(listed) != len(rows):
        reason = "the RECORD of its wheel lists a file twice"
        if missing:
            reason = "the RECORD of its wheel lists {file}, which is not there"
        raise ExtensionRefused(extension, reason, NOT_TRUSTED, file=next(iter(missing), ""))


def _check_contents(extension: str, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        if name.lower().endswith(_SUFFIXES) or content.startswith(_PROGRAMS):
            reason = "its wheel holds {file}, which is no source and no data"
            raise ExtensionRefused(extension, reason, NOT_TRUSTED, file=name)


class _Unpacked(Distribution):
    """The wheel as Python will see it: what is judged is what is loaded."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def read_text(self, filename: str) -> str:
        """A file of .dist-info; "" for one that is not there."""
        return self._texts.get(filename, "")

    def said(self, header: str) -> str:
        """The first line of METADATA with this name, which is the one that counts."""
        return str((self.metadata.get_all(header) or [""])[0])

    def locate_file(self, path: str | PathLike[str]) -> Path:
        """Nothing lies anywhere yet."""
        raise FileNotFoundError(path)


def _texts(extension: str, files: Mapping[str, bytes], info: str) -> dict[str, str]:
    """Name → text of what says what the wheel is, read as Python reads it from a disk."""
    found = {}
    for name, content in files.items():
        folder, _, file_name = name.partition("/")
        if folder != info or file_name == "RECORD":
            continue
        if file_name in _ALSO_READ:
            reason = "its wheel holds {file}, which says once more what METADATA says"
            raise ExtensionRefused(extension, reason, NOT_TRUSTED, file=name)
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            if file_name not in _READ:
                continue  # a licence may be in any encoding
            reason = "{file} of its wheel cannot be read as UTF-8"
            raise ExtensionRefused(extension, reason, FETCH_AGAIN, file=name) from error
        found[file_name] = text.replace("\r\n", "\n").replace("\r", "\n")
    return found


def _check_entry_points(extension: str, about: _Unpacked, package: str) -> None:
    """Exactly one entry point, ours, inside the package: no commands, no plugins of others."""
    try:
        found = list(about.entry_points)
        # A line without "=" stands for nothing, or for something to another reader.
        lines = [line.strip() for line in about.read_text("entry_points.txt").splitlines()]
    except (ValueError, TypeError, AttributeError) as error:
        reason = "the entry points of its wheel cannot be read"
        raise ExtensionRefused(extension, reason, FETCH_AGAIN) from error
    foreign = [point.group for point in found if point.group != ENTRY_POINTS]
    foreign += [line for line in lines if line[:1] == "[" and line != f"[{ENTRY_POINTS}]"]
    if foreign:
        reason, group = (
            "its wheel registers {group}, only {ours} is allowed",
            foreign[0].strip("[]"),
        )
        raise ExtensionRefused(extension, reason, NOT_TRUSTED, group=group, ours=ENTRY_POINTS)
    listed = [line for line in lines if line and line[0] not in "#["]
    if len(listed) > len(found):
        reason = "the entry points of its wheel cannot be read"
        raise ExtensionRefused(extension, reason, FETCH_AGAIN)
    if [point.name for point in found] != [package] or not re.fullmatch(
        rf"{re.escape(package)}(\.\w+)+", found[0].value
    ):
        reason = "its wheel does not register {package} once under {ours}"
        fix = "Ask its maker to mend the entry point."
        raise ExtensionRefused(extension, reason, fix, package=package, ours=ENTRY_POINTS)


def _check_metadata(
    extension: str, about: _Unpacked, distribution: str, version: Version
) -> tuple[Requirement, ...]:
    try:
        same = canonicalize_name(about.said("Name")) == distribution
        same = same and Version(about.said("Version")) == version
        pythons = SpecifierSet(about.said("Requires-Python"))
        needed = [Requirement(line) for line in about.requires or ()]
    except (InvalidVersion, InvalidSpecifier, InvalidRequirement) as error:
        reason = "the METADATA of its wheel cannot be read"
        raise ExtensionRefused(extension, reason, FETCH_AGAIN) from error
    if not same:
        reason = "the METADATA of its wheel names another package or version"
        raise ExtensionRefused(extension, reason, NOT_TRUSTED)
    if not pythons.contains(platform.python_version(), prereleases=True):
        reason, fix = "it needs Python {pythons}, this is {here}", "Use a Python that it supports."
        here = platform.python_version()
        raise ExtensionRefused(extension, reason, fix, pythons=pythons, here=here)
    plain = {"extra": ""}
    return tuple(r for r in needed if r.marker is None or r.marker.evaluate(plain))
