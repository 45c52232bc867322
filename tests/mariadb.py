"""Where the tests find a MariaDB, and a database of their own in it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

_DEFAULT = "mysql+pymysql://root@127.0.0.1:3306/test"


@contextmanager
def own_database() -> Iterator[str]:
    """The address of a fresh database, which is dropped at the end.

    Skips with the reason where no MariaDB answers (XTIGER_TEST_MARIADB or the usual place).
    """
    address = make_url(os.environ.get("XTIGER_TEST_MARIADB") or _DEFAULT)
    engine = create_engine(
        address, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3}
    )
    name = f"xt_{uuid.uuid4().hex}"
    try:
        try:
            with engine.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name} CHARACTER SET utf8mb4"))
        except (SQLAlchemyError, ImportError):
            shown = address.render_as_string(hide_password=True)
            pytest.skip(f"no MariaDB answers at {shown}; set XTIGER_TEST_MARIADB to one")
        try:
            yield address.set(database=name).render_as_string(hide_password=False)
        finally:
            with engine.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name}"))
    finally:
        engine.dispose()
