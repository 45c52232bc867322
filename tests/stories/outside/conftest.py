"""Connected worlds whose store is SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

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
