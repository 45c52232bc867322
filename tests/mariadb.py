"""Where the tests find a MariaDB, and a database of their own in it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

_DEFAULT = "mysql+pymysql://root@127.0.0.1:3306/test"


def _address() -> URL:
    return make_url(os.environ.get("XTIGER_TEST_MARIADB") or _DEFAULT)


def mariadb_url() -> URL | None:
    """The address of a MariaDB that answers (XTIGER_TEST_MARIADB or the usual place)."""
    try:
        engine = create_engine(_address(), connect_args={"connect_timeout": 3})
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        engine.dispose()
    except (SQLAlchemyError, ImportError):
        return None
    return _address()


def require_mariadb() -> URL:
    """The address; else skips with the reason, or fails where XTIGER_REQUIRE_MARIADB is 1."""
    address = mariadb_url()
    if address is not None:
        return address
    tried = _address().render_as_string(hide_password=True)
    reason = f"no MariaDB answers at {tried}; set XTIGER_TEST_MARIADB to the address of one"
    if os.environ.get("XTIGER_REQUIRE_MARIADB") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def own_database() -> Iterator[str]:
    """The address of a fresh database, which is dropped at the end."""
    address = require_mariadb()
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    name = f"xt_{uuid.uuid4().hex}"
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} CHARACTER SET utf8mb4"))
        try:
            yield address.set(database=name).render_as_string(hide_password=False)
        finally:
            with engine.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name}"))
    finally:
        engine.dispose()
