"""A home for several processes, with its store on each database there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import own_schema, require_postgres
from tests.processes.home import Home, make_home


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """A connected home; its store is SQLite, then PostgreSQL."""
    if request.param == "sqlite":
        with make_home(tmp_path, {}) as found:
            yield found
        return
    with (
        own_schema(require_postgres()) as address,
        make_home(tmp_path, {"XTIGER_DATABASE_URL": address}) as found,
    ):
        yield found
