"""A world with a person who left traces everywhere: both sides, log, queue, mail and plans."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import own_schema, require_postgres
from tests.stories.sync.people import organisation
from tests.world import World, connected_world

NAME, MAIL, PHONE = "Hinemoa Tāwhaki", "hinemoa@tawhaki.example", "021 555 9876"
#: The letters by which one of them would be known again.
TRACES = ("tāwhaki", "Tāwhaki", "TĀWHAKI", "tawhaki", "555 9876")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A customer who is a person, and another one."""
    with connected_world(tmp_path) as made:
        yield of_two(made)


@pytest.fixture
def on_postgresql(tmp_path: Path) -> Iterator[World]:
    """The same, with a store in a schema of PostgreSQL."""
    with own_schema(require_postgres()) as address, connected_world(tmp_path, address) as made:
        yield of_two(made)


def of_two(made: World) -> World:
    """The world with both customers on both sides."""
    organisation(made, NAME, email1=MAIL, phone=PHONE)
    organisation(made, "Aroha Ltd", email1="office@aroha.example")
    made.sync()
    return made
