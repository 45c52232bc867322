"""A migrated database and a context for the tests of the queue, on each database there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.xtiger_queue.context import SmallContext, database
from xtiger.db.migration import migrate


@pytest.fixture
def context(tmp_path: Path) -> Iterator[SmallContext]:
    """A context whose database has the queue's table."""
    engine = database(tmp_path)
    migrate(engine, "xtiger_queue.migrations:.", "xt_version_queue")
    yield SmallContext(engine)
    engine.dispose()
