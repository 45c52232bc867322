"""Where extensions from zips live: one fresh folder per version, one rename to switch."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from xtiger.errors import ExtensionRefused
from xtiger.extensions.zip import ExtensionZip
from xtiger.model.disk import file_trouble

#: Raised when the layout of active.json changes.
_FORMAT = 1
_PIP_SECONDS = 300
#: What pip says of a full disk, in any language.
_NO_ROOM = f"[Errno {errno.ENOSPC}]"


@dataclass(frozen=True, slots=True)
class Installed:
    """One version of an extension in its folder."""

    name: str
    label: str
    version: str
    package: str
    distribution: str
    #: Below the extensions folder: "XTLog/0.1.0-9f86d081884c".
    folder: str
    sha256: str
    #: Name of the key that signed it, or "".
    signer: str
    api_min: tuple[int, ...]
    api_below: tuple[int, ...]
    requires: tuple[str, ...]
    #: The version before, kept for rollback.
    previous: Installed | None = None


class ExtensionFolder:
    """`<home>/extensions`: versions side by side, active.json, and the keys that are trusted."""

    def __init__(self, home: Path) -> None:
        self.path = home / "extensions"
        self._active_file = self.path / "active.json"

    def keys(self) -> dict[str, bytes]:
        """Key name → public key (PEM), from keys/*.pem; raises ExtensionRefused when unreadable."""
        with self._usable():
            return {path.stem: path.read_bytes() for path in sorted(self.path.glob("keys/*.pem"))}

    def active(self) -> dict[str, Installed]:
        """Extension name → the version in use; raises ExtensionRefused when unreadable."""
        with self._usable():
            try:
                content = self._active_file.read_bytes()
            except FileNotFoundError:
                return {}
        try:
            found = json.loads(content.decode("utf-8"))
            if found["format"] != _FORMAT:
                raise ValueError(found["format"])
            return {name: _from_json(item) for name, item in found["extensions"].items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            reason = "{file} cannot be read"
            fix = "Remove it and install the zips again; no data is lost."
            raise ExtensionRefused("extensions", reason, fix, file=self._active_file) from error

    def code_of(self, version: Installed) -> Path:
        """The folder that goes on sys.path for a version."""
        return self.path / version.folder

    def unpack(
        self, zip: ExtensionZip, previous: Installed | None, still_alone: Callable[[], None]
    ) -> Installed:
        """Install a verified zip into a fresh folder, without the network; nothing uses it yet.

        `still_alone` raises where another process took over: what that one made stays untouched.
        """
        manifest = zip.manifest
        name = f"{manifest.version}-{zip.sha256[:12]}"
        target = self.path / manifest.name / name
        # Of this process alone: one that was overtaken must not write into the other's.
        staged = target.with_name(f".{name}.{secrets.token_hex(4)}.new")
        with self._usable():
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                _stage(zip, staged, still_alone)
                if target.exists():  # of an install cut short before it was put to use
                    shutil.rmtree(target)
                staged.replace(target)
            finally:
                shutil.rmtree(staged, ignore_errors=True)
        return Installed(
            name=manifest.name,
            label=manifest.label,
            version=str(manifest.version),
            package=manifest.package,
            distribution=zip.wheel.distribution,
            folder=f"{manifest.name}/{name}",
            sha256=zip.sha256,
            signer=zip.signer,
            api_min=manifest.api_min,
            api_below=manifest.api_below,
            requires=manifest.requires,
            previous=previous,
        )

    def switch(self, active: Mapping[str, Installed]) -> None:
        """Put these versions to use, all at once: a new active.json takes the old one's place.

        Raises ExtensionRefused when it cannot be written; the old one is whole then.
        """
        found = {name: asdict(version) for name, version in sorted(active.items())}
        text = json.dumps({"format": _FORMAT, "extensions": found}, indent=1) + "\n"
        new = self._active_file.with_suffix(".new")
        with self._usable():
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            with new.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._active_file)

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """Tell what the system says of the folder in a sentence with its cure."""
        try:
            yield
        except OSError as error:
            reason, fix = file_trouble(error, self.path)
            raise ExtensionRefused("extensions", reason, fix) from error

    def sweep(self) -> None:
        """Remove the folders that are neither in use nor kept for rollback."""
        kept: set[str] = set()
        for version in self.active().values():
            kept.add(version.folder)
            if version.previous:
                kept.add(version.previous.folder)
        for folder in self.path.glob("*/*"):
            if folder.parent.name == "keys" or not folder.is_dir():
                continue
            if f"{folder.parent.name}/{folder.name}" not in kept:
                shutil.rmtree(folder, ignore_errors=True)  # another process may still read it


def _from_json(item: Mapping[str, Any]) -> Installed:
    """One version as active.json holds it; raises KeyError or TypeError when it does not fit."""
    before = item["previous"]
    lists = {name: tuple(item[name]) for name in ("api_min", "api_below", "requires")}
    folder = str(item["folder"])
    if ".." in folder or folder.startswith("/"):
        raise ValueError(folder)
    return Installed(**{**item, **lists, "previous": before and _from_json(before)})


def _stage(zip: ExtensionZip, staged: Path, still_alone: Callable[[], None]) -> None:
    try:
        staged.mkdir(parents=True)
        _pip_install(zip, staged)
    except (ExtensionRefused, OSError):
        still_alone()  # the process that took over may have swept our folder away
        raise
    still_alone()


def _wheel_folder(staged: Path) -> Path:
    """Where the wheel lies while pip reads it."""
    return staged.with_suffix(".whl")


def _pip_install(zip: ExtensionZip, target: Path) -> None:
    """Let pip install the verified wheel, and nothing but it, into an empty folder."""
    wheel = _wheel_folder(target) / zip.wheel_name
    try:
        wheel.parent.mkdir()
        wheel.write_bytes(zip.wheel_content)
        wanted = wheel.with_suffix(".txt")
        wanted.write_text(f"{wheel.resolve().as_uri()} --hash=sha256:{zip.sha256}\n", "utf-8")
        done = _pip(zip.manifest.name, target, wanted)
    finally:
        shutil.rmtree(wheel.parent, ignore_errors=True)
    if _NO_ROOM in done.stderr:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target.parent))
    if done.returncode or not (target / zip.manifest.package / "__init__.py").is_file():
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        reason = "pip could not install it: {said}"
        fix = "Make sure that this works: python -m pip --version"
        raise ExtensionRefused(zip.manifest.name, reason, fix, said=said)


def _pip(name: str, target: Path, wanted: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-I",
        "-m",
        "pip",
        "--isolated",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--no-cache-dir",
        "--require-hashes",
        "--target",
        str(target),
        "--requirement",
        str(wanted),
    ]
    try:
        # The command is ours, the only foreign part is a file whose every byte was checked.
        return subprocess.run(  # noqa: S603
            command, check=False, capture_output=True, text=True, timeout=_PIP_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = "pip could not be run ({said})"
        fix = "Make sure that this works: python -m pip --version"
        raise ExtensionRefused(name, reason, fix, said=type(error).__name__) from error
