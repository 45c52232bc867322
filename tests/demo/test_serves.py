"""`xtiger demo`: it serves until Ctrl-C, and the command that it prints works as printed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from xtiger.demo.cli import started_as
from xtiger.demo.story import ORGANISATION
from xtiger.demo.visitor import connect_in_crm

ROOT = Path(__file__).parents[2]
_COMMAND = "Other commands work on this home, in another terminal: "
_FREE_PORTS = ("--port", "0", "--sandbox-port", "0")


@pytest.mark.slow
def test_the_printed_command_works_as_printed(tmp_path: Path) -> None:
    """Copied into another terminal, where no xtiger is on the PATH, it shows the plan."""
    home = tmp_path / "my home"
    environment = {**os.environ, "PATH": "/usr/bin:/bin", "BROWSER": "true", "LC_ALL": "C.UTF-8"}
    demo = [sys.executable, "-m", "xtiger", "demo", "--home", str(home), *_FREE_PORTS]
    with subprocess.Popen(
        demo,
        env=environment,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
    ) as running:
        try:
            assert running.stdout is not None
            address = _said(running.stdout, "Allow access").rpartition(" ")[2]
            connect_in_crm(address.partition("/modules")[0], ORGANISATION)
            command = _said(running.stdout, _COMMAND)
            done = subprocess.run(
                ["/bin/sh", "-c", command],
                env=environment,
                cwd=ROOT,
                check=False,
                text=True,
                capture_output=True,
            )
        finally:
            _ended(running)

    assert "" == done.stderr
    assert 0 == done.returncode
    assert "Organizations" in done.stdout


@pytest.mark.parametrize(
    ("program", "command"),
    [
        (".venv/bin/xtiger", ".venv/bin/xtiger"),
        ("/srv/my crm/bin/xtiger", "'/srv/my crm/bin/xtiger'"),
        ("/srv/lib/xtiger/__main__.py", f"{sys.executable} -m xtiger"),
        ("/bin/xtiger", "xtiger"),
    ],
)
def test_a_program_is_named_as_it_was_started(
    program: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its path, as a module, or by its name alone where the shell finds just this one."""
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")

    assert command == started_as(program)


def _ended(running: subprocess.Popen[str]) -> None:
    """Ask it to end; one that does not is killed, and the test fails."""
    running.send_signal(signal.SIGINT)
    try:
        running.wait(timeout=60)
    except subprocess.TimeoutExpired:
        running.kill()
        raise


def _said(output: IO[str], start: str) -> str:
    """The rest of the next line that starts like this."""
    found = next((line for line in output if line.startswith(start)), None)
    assert found is not None, f"the demo ended without saying {start!r}"
    return found.removeprefix(start).rstrip("\n")
