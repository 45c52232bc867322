"""The app of a CRM is made before a command opens the library."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from xtiger.cli.app import load_host
from xtiger.errors import BrokenHost
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules


class Opening(MemoryHost):
    """A CRM that must be got ready."""

    def __init__(self) -> None:
        super().__init__(modules=standard_modules())
        self.calls: list[str] = []

    def ready(self) -> None:
        """As the host on SQLAlchemy makes the app of the CRM."""
        self.calls.append("ready")


class Failing(Opening):
    """A CRM whose app cannot be made."""

    def ready(self) -> None:
        """As an app without its settings."""
        raise KeyError("SECRET")


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    made: Any = ModuleType("ready_crm")
    monkeypatch.setitem(sys.modules, "ready_crm", made)
    return made


def test_a_host_is_made_ready(module: Any) -> None:
    """It is asked once, before anything else is."""
    module.make_host = Opening
    host: Any = load_host("ready_crm:make_host")

    assert ["ready"] == host.calls


def test_an_app_that_fails_is_named(module: Any) -> None:
    """What the CRM's own function raises is told as the adapter's fault."""
    module.make_host = Failing

    with pytest.raises(BrokenHost, match="KeyError"):
        load_host("ready_crm:make_host")
