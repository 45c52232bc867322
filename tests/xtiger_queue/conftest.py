"""A context with the queue's table, on each database there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.postgres import own_schema, require_postgres
from tests.xtiger_queue.context import SmallContext
from xtiger.db.database import Database
from xtiger.db.migration import migrate

SCRIPTS = "xtiger_queue.migrations:."


@pytest.fixture
def opened() -> Iterator[Callable[[str], SmallContext]]:
    """Opens a database by its address, with the queue's table in it."""
    with ExitStack() as stack:

        def make(address: str) -> SmallContext:
            database = Database.open(address)
            stack.callback(database.close)
            migrate(database.engine, SCRIPTS, "xt_version_queue")
            return SmallContext(database)

        yield make


@pytest.fixture
def context(opened: Callable[[str], SmallContext], tmp_path: Path) -> SmallContext:
    """A context on SQLite."""
    return opened(f"sqlite:///{tmp_path / 'store.db'}")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def either(
    request: pytest.FixtureRequest, opened: Callable[[str], SmallContext], tmp_path: Path
) -> Iterator[SmallContext]:
    """A context on SQLite, then one on PostgreSQL."""
    if request.param == "sqlite":
        yield opened(f"sqlite:///{tmp_path / 'store.db'}")
    else:
        with own_schema(require_postgres()) as address:
            yield opened(address)
