"""Runs commands in this process, on the stand-in library."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.web.stand_in import StandIn, StandInHost
from xtiger.cli.root import run


@dataclass
class Ended:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Xtiger = Callable[..., Ended]


@pytest.fixture
def xt() -> StandIn:
    return StandIn()


@pytest.fixture
def host() -> StandInHost:
    return StandInHost()


@pytest.fixture
def xtiger(
    xt: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Xtiger:
    """Run `xtiger …` with a home of its own; answers exit code and output."""
    monkeypatch.setenv("COLUMNS", "160")

    def call(*arguments: str, **environment: str) -> Ended:
        given = {
            "XTIGER_HOME": str(tmp_path / "home"),
            "XTIGER_HOST": "tests.web.stand_in:StandInHost",
            # The extensions that are installed here are another test's matter.
            "XTIGER_SAFE_MODE": "1",
            **environment,
        }
        code = run(arguments, given, lambda _host, _settings: xt.as_library())
        output = capsys.readouterr()
        return Ended(code, output.out, output.err)

    return call
