"""A CRM with one organisation, and `xtiger` on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import Ended
from tests.world import World, make_world
from xtiger.cli.root import run
from xtiger.model.records import Module

Config = Callable[..., Ended]


@pytest.fixture
def config(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Config]:
    """Run `xtiger …` on a world."""

    def call(world: World, *arguments: str) -> Ended:
        # The command closes its library at the end; the test still looks at it.
        monkeypatch.setattr(world.xt, "close", lambda: None)
        environment = {
            "XTIGER_HOME": str(world.xt.settings.home),
            "XTIGER_SAFE_MODE": "1",
            "XTIGER_HOST": "tests.web.stand_in:StandInHost",
            "COLUMNS": "160",
        }
        code = run(arguments, environment, lambda _host, _settings: world.xt)
        output = capsys.readouterr()
        return Ended(code, output.out, output.err)

    yield call
    monkeypatch.undo()


@contextmanager
def connected(folder: Path, modules: Sequence[Module] | None = None) -> Iterator[World]:
    """A CRM with one organisation; `modules` are those of the CRM."""
    folder.mkdir()
    with make_world(folder, modules=modules) as made:
        made.connect()
        yield made
