"""Each hook of the interface has a test that observes its effect, and a user in this repository."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from xtiger import hookspecs

HOOKS = sorted(
    name for name, value in vars(hookspecs).items() if hasattr(value, f"{hookspecs.PROJECT}_spec")
)
PLUGINS = ("xtiger.plugin", "xtiger_log.plugin", "xtiger_queue.plugin", "xero_accounts.plugin")


def test_there_are_hooks() -> None:
    """The list that the other tests go through is not empty by mistake."""
    assert 30 < len(HOOKS)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_test_observes_it(hook: str) -> None:
    """A test named after the hook stands in this folder."""
    here = Path(__file__)
    text = "".join(
        path.read_text(encoding="utf-8") for path in here.parent.glob("test_*.py") if path != here
    )

    assert re.search(rf"^def test_{hook}_", text, re.MULTILINE), f"test {hook} in tests/hooks"


@pytest.mark.parametrize("hook", HOOKS)
def test_an_extension_uses_it(hook: str) -> None:
    """One of the four extensions implements the hook: nothing is offered that nobody has tried."""
    users = []
    for plugin in PLUGINS:
        for name, value in vars(importlib.import_module(plugin)).items():
            options = getattr(value, f"{hookspecs.PROJECT}_impl", None)
            if options is not None and hook == (options.get("specname") or name):
                users.append(plugin)

    assert users
