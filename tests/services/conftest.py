"""Worlds: one that nobody has connected yet, and one that is ready to sync."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import World, make_world


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[World]:
    """A CRM and an empty organisation; nothing is connected."""
    with make_world(tmp_path) as found:
        yield found


@pytest.fixture
def world(bare: World) -> World:
    """The same, connected, with terms accepted and default mappings saved."""
    bare.connect()
    bare.default_account()
    return bare
