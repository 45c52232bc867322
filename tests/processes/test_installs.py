"""Installs that are ended in the middle: real processes, by a kill and by signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.extensions.making import Making
from tests.processes.home import Home, finish, make_home, pause, wait_until

#: How far ahead the next attempt is: "within a minute".
LATER_SECONDS = 50
VERSION = "print({one.name: one.version for one in xt.extensions.load()}['Loyalty'])"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home with version 1.0.0 of an extension."""
    place = tmp_path / "home"
    place.mkdir()
    with make_home(place, {}) as found:
        install(found, "1.0.0")
        yield found


def install(home: Home, version: str, ahead_seconds: float = 0) -> None:
    """Install a version in a process of its own that is left in peace."""
    path = Making(version=version).write(home.path)
    code = f"xt.extensions.install([Path({str(path)!r})])"
    finish(home.start(code, ahead_seconds))


def start(home: Home, version: str) -> subprocess.Popen[str]:
    """`xtiger extensions install`, in the middle of its work: pip writes the new version."""
    path = Making(version=version).write(home.path)
    environment = {**os.environ, "XTIGER_HOME": str(home.path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "xtiger", "extensions", "install", str(path)],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    home.started.append(process)
    wait_until(lambda: bool(unfinished(home)))
    return process


def unfinished(home: Home) -> list[Path]:
    """What an install under way keeps beside the versions."""
    return list((home.path / "extensions").glob("*/.*.new"))


def in_use(home: Home) -> str:
    """The version that a new process imports."""
    return finish(home.start(VERSION))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_an_install_that_can_be_repeated_at_once(
    home: Home, number: signal.Signals, code: int
) -> None:
    """Its lease is back, nothing of it is left, and the version before is whole."""
    process = start(home, "1.1.0")
    process.send_signal(number)
    process.communicate(timeout=60)

    assert (code, [], "1.0.0") == (process.returncode, unfinished(home), in_use(home))
    install(home, "1.1.0")
    assert "1.1.0" == in_use(home)


def test_a_killed_install_can_be_repeated_within_a_minute(home: Home) -> None:
    """Until then it is refused with a sentence; the version before is whole all the time."""
    process = start(home, "1.1.0")
    process.kill()
    process.communicate(timeout=60)
    refused = start_again(home)

    assert ("1.0.0", 3) == (in_use(home), refused.returncode)
    assert "Try again in a minute." in refused.stderr
    install(home, "1.1.0", LATER_SECONDS)
    assert ("1.1.0", []) == (in_use(home), unfinished(home))


@pytest.mark.parametrize("second", ["1.1.0", "1.2.0"])
def test_an_install_that_was_overtaken_switches_nothing(home: Home, second: str) -> None:
    """It stood still until its lease was another's, with the same zip or a newer one."""
    process = start(home, "1.1.0")
    pause(process)
    install(home, second, LATER_SECONDS)
    made = everything(home)
    process.send_signal(signal.SIGCONT)
    _, errors = process.communicate(timeout=60)

    assert 3 == process.returncode
    assert "another process changed extensions meanwhile; nothing was switched" in errors
    assert (made, second) == (everything(home), in_use(home))


def everything(home: Home) -> dict[str, bytes]:
    """Path → content of all that is installed; what Python compiled meanwhile does not count."""
    folder = home.path / "extensions"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def start_again(home: Home) -> subprocess.CompletedProcess[str]:
    """The same command at once."""
    environment = {**os.environ, "XTIGER_HOME": str(home.path)}
    path = home.path / "Loyalty-1.1.0.zip"
    return subprocess.run(
        [sys.executable, "-m", "xtiger", "extensions", "install", str(path)],
        env=environment,
        check=False,
        text=True,
        capture_output=True,
    )
