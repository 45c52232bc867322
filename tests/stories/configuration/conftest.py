"""A CRM with one organisation, and `xtiger` on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import Ended
from tests.commands import commands_on
from tests.world import World, make_world
from xtiger.model.records import Module

Config = Callable[..., Ended]


@pytest.fixture
def config(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Config]:
    """Run `xtiger …` on a world."""

    def call(world: World, *arguments: str) -> Ended:
        return commands_on(world, monkeypatch, capsys)(*arguments)

    yield call
    monkeypatch.undo()


@contextmanager
def connected(folder: Path, modules: Sequence[Module] | None = None) -> Iterator[World]:
    """A CRM with one organisation; `modules` are those of the CRM."""
    folder.mkdir()
    with make_world(folder, modules=modules) as made:
        made.connect()
        yield made
