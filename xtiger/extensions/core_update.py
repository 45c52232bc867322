"""A newer release of XTiger out of its verified zip, installed by pip once a person agreed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as version_of
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.version import Version

from xtiger import __version__
from xtiger.errors import ExtensionRefused
from xtiger.extensions.checks import is_met
from xtiger.extensions.zip import CORE, CoreZip, read_core_zip

#: How long pip may take; it copies a few hundred files.
_PIP_SECONDS = 300
_BY_HAND = "Ask the person who runs this CRM to install it, and to restart the CRM."


@dataclass(frozen=True, slots=True)
class CoreUpdate:
    """A newer release that can be installed."""

    zip: CoreZip
    version: Version
    wheel_name: str
    wheel_content: bytes


@dataclass(frozen=True, slots=True)
class Environment:
    """The Python that runs the CRM, as far as pip is concerned; tests give another."""

    python: str
    site_packages: Path
    has_pip: bool
    #: Whether the system's package manager owns the packages (PEP 668).
    is_managed: bool

    @classmethod
    def own(cls) -> Environment:
        """The one of this process."""
        is_virtual = sys.prefix != sys.base_prefix
        marker = Path(sysconfig.get_path("stdlib")) / "EXTERNALLY-MANAGED"
        return cls(
            sys.executable,
            Path(sysconfig.get_path("purelib")),
            importlib.util.find_spec("pip") is not None,
            marker.is_file() and not is_virtual,
        )


#: Carries out a command; answers (exit code, last line of what it said).
Run = Callable[[Sequence[str]], tuple[int, str]]


def read_cores(paths: Sequence[Path], keys: Mapping[str, bytes]) -> dict[Path, CoreZip]:
    """Those of the zips that hold XTiger itself; raises ExtensionRefused."""
    found = ((path, read_core_zip(path, keys)) for path in paths)
    return {path: core for path, core in found if core is not None}


def newer_core(cores: Sequence[CoreZip], environment: Environment) -> CoreUpdate | None:
    """The newer release among the zips, verified whole; None where there is none.

    Raises ExtensionRefused for an older one, for two, for one whose needs are not here, and where
    pip cannot install it.
    """
    present = Version(__version__)
    newer = [core for core in cores if core.manifest.version != present]
    if not newer:
        return None
    core = newer[0]
    release = core.manifest.version
    if len(newer) > 1:
        raise ExtensionRefused(CORE, "two of the zips hold it", "Name each extension once.")
    if release < present:
        reason = "the zip holds version {release} of it, and the newer {present} runs here"
        raise ExtensionRefused(
            CORE, reason, "Choose a newer one.", release=release, present=present
        )
    name, content, wheel = core.wheel()
    unmet = [str(need) for need in wheel.requires if not is_met(need, {})]
    if unmet:
        raise ExtensionRefused(CORE, "it needs {needed}", _BY_HAND, needed=", ".join(unmet))
    _check_environment(environment)
    return CoreUpdate(core, release, name, content)


def _check_environment(environment: Environment) -> None:
    if not environment.python:
        raise ExtensionRefused(
            CORE, "the Python that runs this CRM is not known, so pip cannot be run", _BY_HAND
        )
    if not environment.has_pip:
        raise ExtensionRefused(CORE, "the Python that runs this CRM has no pip", _BY_HAND)
    if environment.is_managed:
        raise ExtensionRefused(
            CORE, "the packages of this Python belong to the operating system", _BY_HAND
        )
    if not os.access(environment.site_packages, os.W_OK):
        raise ExtensionRefused(
            CORE, "the CRM may not write to the packages of its Python", _BY_HAND
        )


def install_core(update: CoreUpdate, environment: Environment, run: Run) -> None:
    """Let pip install the verified wheel, and nothing but it.

    The running process keeps the release that it has loaded: restart it. Raises ExtensionRefused
    with what pip said; pip puts back what it replaced when it fails.
    """
    with TemporaryDirectory(prefix="xtiger-update-") as folder:
        wheel = Path(folder) / update.wheel_name
        wheel.write_bytes(update.wheel_content)
        code, said = run(pip_command(environment.python, wheel))
    if code:
        raise ExtensionRefused(CORE, "pip could not install it: {said}", _BY_HAND, said=said)


def pip_command(python: str, wheel: Path) -> list[str]:
    """What installs one wheel and asks nobody on the network."""
    return [
        python,
        "-I",
        "-m",
        "pip",
        "--isolated",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--no-input",
        "--no-index",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--no-cache-dir",
        str(wheel),
    ]


def run_pip(command: Sequence[str]) -> tuple[int, str]:
    """Carry it out in a process of its own."""
    try:
        # The command is ours, the only foreign part is a file whose every byte was checked.
        done = subprocess.run(  # noqa: S603
            command, check=False, capture_output=True, text=True, timeout=_PIP_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, type(error).__name__
    lines = done.stderr.strip().splitlines() or done.stdout.strip().splitlines()
    return done.returncode, (lines or ["no reason given"])[-1]


def installed_release() -> str:
    """The release that the next start will run."""
    return version_of(CORE.lower())
