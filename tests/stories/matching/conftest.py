"""A connected world with nothing in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import World, connected_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected_world(tmp_path) as made:
        yield made
