"""Signals that end a command: real processes, the exit codes that shells expect, no lease left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.home import Home, make_home, sync, wait_until


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A connected home with something to sync."""
    with make_home(tmp_path, {}) as found:
        found.organizations("Acme")
        yield found


def start(home: Home, *arguments: str) -> subprocess.Popen[str]:
    """`xtiger …` in a process of its own."""
    environment = {**os.environ, "XTIGER_HOME": str(home.path), "XTIGER_SAFE_MODE": "1",
                   "XTIGER_HOST": "xtiger.demo.host:factory"}  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "xtiger", *arguments], env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


CODES = {signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGINT: 130}


@pytest.mark.parametrize("number", CODES)
@pytest.mark.parametrize("command", ["sync", "plan", "reconcile"])
def test_a_signal_ends_a_command_and_gives_its_lease_back(
    home: Home, command: str, number: signal.Signals
) -> None:
    """While it waits for Xero; the next sync begins at once."""
    home.sandbox.fault("slow", path="/api.xro/2.0/Organisation", seconds=4)
    process = start(home, command)
    wait_until(lambda: not home.sandbox.faults.waiting())
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    home.sandbox.faults.clear()

    assert CODES[number] == process.returncode
    assert "Stopped. What was under way is looked up by the next sync." in errors
    assert "" == "".join(row["holder"] for row in home.tables("xt_lease")["xt_lease"])
    assert "done" == sync(home.open())
