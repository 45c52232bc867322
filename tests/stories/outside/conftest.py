"""Connected worlds whose store is SQLite or PostgreSQL, and a system of the CRM's own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.postgres import own_schema, require_postgres
from tests.stories.mailing.conftest import opened_again
from tests.world import World, make_world


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A connected world with an account for its invoices."""
    with ExitStack() as stack:
        made = stack.enter_context(make_world(tmp_path))
        if request.param == "postgresql":
            url = stack.enter_context(own_schema(require_postgres()))
            opened_again(made, database_url=url)
            stack.callback(made.xt.close)
        made.connect()
        made.default_account()
        yield made


@dataclass
class OwnSystem:
    """A system of the CRM's own that runs as a process."""

    folder: Path
    port: int

    @property
    def address(self) -> str:
        """Where it takes messages."""
        return f"http://127.0.0.1:{self.port}/xero"

    def answers(self, *words: str) -> None:
        """What it answers next, see listening.py."""
        (self.folder / "answers").write_text("\n".join(words))

    def got(self) -> list[dict[str, Any]]:
        """The requests that it took."""
        file = self.folder / "got"
        lines = file.read_text().splitlines() if file.exists() else []
        return [json.loads(line) for line in lines]

    def events(self) -> list[str]:
        """The type of each message."""
        return [json.loads(one["body"])["type"] for one in self.got()]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[OwnSystem]:
    """One that takes everything."""
    folder = tmp_path / "own"
    folder.mkdir()
    script = Path(__file__).with_name("listening.py")
    with subprocess.Popen([sys.executable, str(script), str(folder)]) as process:
        try:
            until = time.monotonic() + 20
            while not (folder / "port").exists() and time.monotonic() < until:
                time.sleep(0.02)
            yield OwnSystem(folder, int((folder / "port").read_text()))
        finally:
            process.kill()
