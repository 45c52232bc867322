"""The examples: each comes to agree with a Xero by one command, and is as short as promised."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
NAMES = sorted(path.name for path in EXAMPLES.glob("*_crm"))
CRM_LINES, ADAPTER_LINES, QUOTE_LINES = 250, 60, 80
#: Beside a CRM and counted apart: its adapter, and its quotes where a won one becomes an invoice.
APART = ("xero.py", "quotes.py")
WON = "Won in the app: a quote of two lines, 1 invoice, AUTHORISED 58.76 in Xero. "
#: What a person who has nothing yet types, at most.
COMMANDS = 3
DOCUMENT = (ROOT / "docs" / "host.md").read_text(encoding="utf-8")


def _lines(*paths: Path) -> int:
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)


def _crm(name: str) -> list[Path]:
    """The files of an example beside its adapter."""
    files = [path for path in (EXAMPLES / name).rglob("*") if path.suffix in (".py", ".html")]
    return [path for path in files if path.name not in APART]


@pytest.mark.slow
@pytest.mark.feature("F042")
@pytest.mark.parametrize("name", NAMES)
def test_both_sides_come_to_agree(name: str, tmp_path: Path) -> None:
    """Saved in the app, edited in Xero, paid and won in the app: panel and proof are green."""
    settings = {key: value for key, value in os.environ.items() if not key.startswith("XTIGER_")}
    played = subprocess.run(
        [sys.executable, "-m", "examples.play", name, "--once", "--home", str(tmp_path)],
        cwd=ROOT,
        env=settings,
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
    )
    said = played.stdout.splitlines()

    assert (0, "") == (played.returncode, played.stderr)
    assert [
        "Saved in the app: a client, an item, an invoice. Synced: 3 created.",
        ("Edited in Xero: the client's address; a client was added. Synced: 1 created, 1 updated."),
        "The app shows what was edited in Xero.",
        "Paid in the app. Synced: 1 created.",
    ] == said[:4]
    assert re.fullmatch(r"The panel: In step with Xero · \S+ · PAID · just now", said[4])
    won = (EXAMPLES / name / "quotes.py").exists()
    agreed = f"Both sides agree: {7 if won else 5} records, 0 differences."
    assert [*([f"{WON}Synced: 2 created."] if won else []), agreed] == said[5:]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_short(name: str) -> None:
    """A CRM of at most 250 lines, plugged in by one file of at most 60."""
    assert (True, True) == (
        _lines(*_crm(name)) <= CRM_LINES,
        _lines(EXAMPLES / name / "xero.py") <= ADAPTER_LINES,
    )


def test_two_examples_make_the_invoice_of_a_won_quote() -> None:
    """By a file of its own that is as short as the adapter."""
    having = {path.parent.name: _lines(path) for path in EXAMPLES.glob("*/quotes.py")}

    assert {"flask_crm", "django_crm"} == set(having)
    assert max(having.values()) <= QUOTE_LINES


@pytest.mark.parametrize("name", NAMES)
def test_the_document_counts_right(name: str) -> None:
    """docs/host.md says how many lines each example has."""
    row = rf"^\| \[`examples/{name}/`\]\S+ \| .* \| {_lines(*_crm(name))} \| "
    row += rf"{_lines(EXAMPLES / name / 'xero.py')} \|$"

    assert re.search(row, DOCUMENT, re.MULTILINE)


def test_three_commands_are_enough() -> None:
    """docs/host.md leads from nothing to two sides that agree in at most three commands."""
    (block,) = re.findall(r"```\n(git clone.*?)```", DOCUMENT, re.DOTALL)
    commands = block.strip().splitlines()

    assert len(commands) <= COMMANDS
    assert "make example APP=flask_crm ONCE=1" == commands[-1]
