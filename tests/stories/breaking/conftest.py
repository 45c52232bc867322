"""Worlds for tests of what once broke: connected, with accounts chosen and nothing in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stories.breaking.crms import Project
from tests.world import World, connected_world
from xtiger.cli.root import run

#: Runs `xtiger …`: exit code, output and errors, each on one line.
Command = Callable[..., tuple[int, str, str]]
EXIT_PERSON = 3


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected_world(tmp_path) as made:
        yield made


@pytest.fixture
def xtiger(project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `xtiger …` on this CRM; answers exit code, output and errors."""

    def call(*arguments: str) -> tuple[int, str, str]:
        environment = {
            "XTIGER_HOME": str(tmp_path / "home"),
            "XTIGER_SAFE_MODE": "1",
            "XTIGER_HOST": "tests.web.stand_in:StandInHost",
        }
        world = project.again()
        world.wait()
        code = run(arguments, environment, lambda _host, _settings: world.xt)
        said = capsys.readouterr()
        return code, " ".join(said.out.split()), " ".join(said.err.split())

    return call
