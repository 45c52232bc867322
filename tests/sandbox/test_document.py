"""The examples of docs/sandbox.md run, and its tables name what there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from xtiger.sandbox import Sandbox
from xtiger.sandbox.accounting import messages
from xtiger.sandbox.accounting.accounting import endpoints
from xtiger.sandbox.cli import sandbox as command
from xtiger.sandbox.faults.faults import FaultKind

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "sandbox.md"


def test_examples_run() -> None:
    """Each Python block of the document runs as it stands, its own asserts included."""
    blocks = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    for block in blocks:
        exec(compile(block, str(DOCUMENT), "exec"), {})

    assert 1 == len(blocks)


def test_options_are_those_of_the_command() -> None:
    """The document names each option of the command, and no other."""
    text = DOCUMENT.read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(--[a-z-]+)", text, re.MULTILINE))

    assert {parameter.opts[0] for parameter in command.params} == named


def test_faults_are_those_that_happen() -> None:
    """The document's table names each kind of fault, and no other."""
    text = DOCUMENT.read_text(encoding="utf-8").split("## Faults")[1].split("## Webhooks")[0]
    named = re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE)

    assert list(get_args(FaultKind)) == named


def test_endpoints_are_those_that_answer() -> None:
    """The document names each endpoint that there is."""
    text = DOCUMENT.read_text(encoding="utf-8")
    listed = re.search(r"\*\*Endpoints\*\*: (.*)", text)

    assert listed is not None
    assert set() == {name for name in endpoints() if name not in listed.group(1)}


def test_each_told_message_has_its_grade() -> None:
    """What others tell Xero says stands in the table of rules, each rule with its grade."""
    text = DOCUMENT.read_text(encoding="utf-8").split("## How well each rule is known")[1]
    rows = re.findall(r"^\|([^|]+)\|([^|]+)\|([^|]+)\|$", text.split("\n## ")[0], re.MULTILINE)[2:]
    told = [value for name, value in vars(messages).items() if name.startswith("QUOTED_")]

    assert [] == [message for message in told if not any(f'"{message}"' in row[1] for row in rows)]
    assert [] == [row[0] for row in rows if not re.match(r" [ABC?]", row[2])]


def test_methods_exist() -> None:
    """Each method that the document's table begins with is there."""
    text = DOCUMENT.read_text(encoding="utf-8")
    named = re.findall(r"^\| `\.([a-z_]+)", text, re.MULTILINE)
    box = Sandbox()

    assert [] == [name for name in named if not hasattr(box, name)]
