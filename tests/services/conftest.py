"""Worlds: one that nobody has connected yet, and one that is ready to sync."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli import plugged
from tests.world import World, make_world
from xtiger.app import XTiger
from xtiger.cli.failure import EXIT_CODES
from xtiger.cli.root import run
from xtiger.ports import Host
from xtiger.settings import Settings


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[World]:
    """A CRM and an empty organisation; nothing is connected."""
    with make_world(tmp_path) as found:
        yield found


@pytest.fixture
def world(bare: World) -> World:
    """The same, connected, with terms accepted and default mappings saved."""
    bare.connect()
    bare.default_account()
    return bare


@dataclass(frozen=True)
class Said:
    """What a command left."""

    code: int
    out: str
    err: str

    def is_clear(self, code: int, *parts: str) -> None:
        """Hold it against the code and the parts of its sentence."""
        assert code == self.code, self.err
        assert code in EXIT_CODES
        assert [] == [part for part in parts if part not in self.err], self.err
        assert "Traceback" not in self.out + self.err


Command = Callable[..., Said]


@pytest.fixture
def xtiger(
    bare: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """`xtiger …` as a process would run it, on the world's CRM, Xero and clock."""
    settings = bare.xt.settings
    environment = {
        "XTIGER_HOME": str(settings.home),
        "XTIGER_DATABASE_URL": settings.database_url,
        "XTIGER_HOST": "tests.cli.plugged:host",
        "XTIGER_NEW_EXTENSIONS": "off",
        "XTIGER_XERO_URL": settings.xero_url,
        "XTIGER_XERO_CLIENT_ID": settings.xero_client_id,
        "XTIGER_XERO_CLIENT_SECRET": settings.xero_client_secret.reveal(),
    }
    monkeypatch.setattr(plugged, "host", bare.host, raising=False)

    def library(host: Host, chosen: Settings) -> XTiger:
        return XTiger(host, settings=chosen, clock=bare.clock)

    def call(*arguments: str, **changed: str) -> Said:
        code = run(arguments, {**environment, **changed}, library)
        output = capsys.readouterr()
        return Said(code, output.out, output.err)

    return call
