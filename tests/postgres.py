"""Where the tests find a PostgreSQL, and a schema of their own in it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import MetaData, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

_DEFAULT = "postgresql+psycopg://postgres@127.0.0.1:5432/test"


def _address() -> str:
    return os.environ.get("XTIGER_TEST_POSTGRES") or _DEFAULT


def postgres_url() -> str | None:
    """The address of a PostgreSQL that answers (XTIGER_TEST_POSTGRES or the usual place)."""
    address = _address()
    try:
        engine = create_engine(address, connect_args={"connect_timeout": 3})
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        engine.dispose()
    except (SQLAlchemyError, ImportError):
        return None
    return address


def require_postgres() -> str:
    """The address; else skips with the reason, or fails where XTIGER_REQUIRE_POSTGRES is 1."""
    address = postgres_url()
    if address is not None:
        return address
    tried = make_url(_address()).render_as_string(hide_password=True)
    reason = f"no PostgreSQL answers at {tried}; set XTIGER_TEST_POSTGRES to the address of one"
    if os.environ.get("XTIGER_REQUIRE_POSTGRES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def own_schema(address: str) -> Iterator[str]:
    """The address of a fresh schema, which is dropped at the end."""
    name = f"xt_{uuid.uuid4().hex}"
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
        # No test lives through a power cut, so that none need wait for the disk.
        options = f"-csearch_path={name} -csynchronous_commit=off"
        url = make_url(address).update_query_dict({"options": options})
        yield url.render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    finally:
        engine.dispose()


class KeptTables:
    """The tables of a schema as they are now, kept beside them and brought back in a moment."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)
        found = MetaData()
        found.reflect(self._engine)
        # Parents first.
        self._names = [table.name for table in found.sorted_tables]
        with self._engine.begin() as connection:
            for name in self._names:
                connection.execute(text(f"CREATE TABLE kept_{name} AS TABLE {name}"))

    def bring_back(self) -> None:
        """Forget what was written since; sequences go on."""
        with self._engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {', '.join(self._names)}"))
            for name in self._names:
                connection.execute(
                    text(f"INSERT INTO {name} OVERRIDING SYSTEM VALUE SELECT * FROM kept_{name}")
                )

    def close(self) -> None:
        """Let the database go."""
        self._engine.dispose()
