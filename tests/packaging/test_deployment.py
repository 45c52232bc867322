"""What docs/deployment.md says to type works: the unit of systemd, the lines of cron."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from xtiger.cli.root import COMMANDS

DOCUMENT = (Path(__file__).parents[2] / "docs" / "deployment.md").read_text(encoding="utf-8")
(UNIT,) = re.findall(r"```ini\n(.*?)```", DOCUMENT, re.DOTALL)
#: The program is in nobody's /srv.
PROGRAM = "/srv/crm/.venv/bin/xtiger"


def _verified(unit: str, folder: Path) -> tuple[int, str]:
    """What systemd finds in a unit; skips with the reason where there is no systemd."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze is installed")
    (folder / "xtiger.service").write_text(unit, encoding="utf-8")
    found = subprocess.run(
        [program, "verify", "./xtiger.service"],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return found.returncode, found.stderr


def test_the_unit_is_one(tmp_path: Path) -> None:
    """Systemd knows each of its keys, once the program is one that is there."""
    assert (0, "") == _verified(UNIT.replace(PROGRAM, "/bin/true"), tmp_path)


def test_a_misspelt_key_would_be_found(tmp_path: Path) -> None:
    """The check is one: systemd names what it does not know."""
    unit = UNIT.replace(PROGRAM, "/bin/true").replace("TimeoutStopSec", "TimeoutStop")

    assert "TimeoutStop" in _verified(unit, tmp_path)[1]


def test_the_commands_are_ours() -> None:
    """What systemd and cron start is a command of xtiger."""
    named = set(re.findall(r"\.venv/bin/xtiger (\w+)", DOCUMENT))

    assert {"worker", "tick"} == named
    assert set() == named - set(COMMANDS)
