"""`xtiger demo --once`: its story ends in agreement and says so in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from xtiger.demo.cli import demo

QUICKSTART = (Path(__file__).parents[2] / "docs" / "quickstart.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_demo_ends_with_the_proof_and_the_next_step(tmp_path: Path) -> None:
    """What waits is named as people know it, with its cure; both sides agree; a step follows."""
    done = CliRunner().invoke(demo, ["--once", "--home", str(tmp_path)], catch_exceptions=False)
    lines = done.output.splitlines()

    assert 0 == done.exit_code
    # The quickstart shows what is said, word for word.
    (shown,) = re.findall(r"```\n(Plan: .*?)```", QUICKSTART, re.DOTALL)
    assert shown.splitlines() == [line for line in lines if line in shown.splitlines()]
    (waiting,) = re.findall(r"^(\d+) records wait", QUICKSTART, re.MULTILINE)
    assert f", {waiting} wait." in shown
    assert any(line.startswith("First sync: 2 in conflict, ") for line in lines)
    assert "  Payments: PAY-0105, PAY-0107" in lines
    assert (
        "    The invoice has no due date. Xero needs one to approve it. Fill in the due date."
        in lines
    )
    assert "records of the CRM and Xero compared, 0 differences" in lines[-2]
    assert lines[-1].startswith("Next: ")
    # It leads to the pages, so it names their buttons.
    assert [] == [line for line in lines if "xtiger link" in line or "xtiger mapping" in line]
    # Names, tokens and books of the home are for its owner's eyes.
    opened = [
        path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_mode & 0o077
    ]
    assert [] == opened
