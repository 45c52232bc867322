"""The benchmarks and the soak run: `make bench` and `make soak` never rot."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.house.source import ROOT


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


def test_every_measurement_gives_a_time() -> None:
    """`make bench` answers the seconds of each measurement."""
    done = _run("benchmarks", "--records", "10", "--rounds", "1", "--sizes", "", "--json")

    assert all(seconds > 0 for seconds in json.loads(done.stdout)["seconds"].values())


def test_the_soak_keeps_its_promises() -> None:
    """A short soak ends well."""
    done = _run("benchmarks.soak", "--seconds", "0.2")

    assert (0, "") == (done.returncode, done.stderr)
