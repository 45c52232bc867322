"""Fixtures of the store's tests: each test runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.postgres import own_schema, require_postgres
from xtiger.db.cipher import Cipher, new_key
from xtiger.db.store import SqlStore

MakeUrl = Callable[[], str]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def make_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeUrl]:
    """Makes addresses of empty databases."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            made: list[str] = []

            def make() -> str:
                made.append(f"sqlite:///{tmp_path / f'store{len(made)}' / 'xtiger.db'}")
                return made[-1]
        else:
            address = require_postgres()

            def make() -> str:
                return stack.enter_context(own_schema(address))

        yield make


@pytest.fixture
def database_url(make_url: MakeUrl) -> str:
    return make_url()


@pytest.fixture
def cipher() -> Cipher:
    return Cipher([new_key()])


@pytest.fixture
def store(database_url: str, cipher: Cipher) -> Iterator[SqlStore]:
    """A migrated, empty store."""
    opened = SqlStore.open(database_url, cipher)
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def twin(database_url: str, cipher: Cipher, store: SqlStore) -> Iterator[SqlStore]:
    """The same database opened a second time, as another process has it."""
    opened = SqlStore.open(database_url, cipher)
    yield opened
    opened.close()
