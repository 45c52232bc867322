"""Databases that the tests of a module share, so that a server makes each of them once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import close_all_sessions

from tests.mariadb import own_database
from tests.postgres import own_schema, require_postgres
from xtiger.hosts.tables import TABLES


class Shared:
    """An address for each kind of database, made when it is asked for."""

    def __init__(self, stack: ExitStack, tables: sa.MetaData) -> None:
        self._stack = stack
        self._tables = tables
        self._made: dict[str, str] = {}

    def address(self, database: str, folder: Path) -> str:
        """A database with the CRM's tables: on a server the module's own, else one in `folder`."""
        if database == "sqlite":
            address = f"sqlite:///{folder / 'crm.db'}"
            self._create(address)
            return address
        if database not in self._made:
            way = own_database() if database == "mariadb" else own_schema(require_postgres())
            self._made[database] = self._stack.enter_context(way)
            self._create(self._made[database])
        return self._made[database]

    def _create(self, address: str) -> None:
        engine = sa.create_engine(address)
        self._tables.create_all(engine)
        engine.dispose()

    def empty(self, address: str) -> None:
        """Take all rows away for the next test, the library's own, too."""
        if address.startswith("sqlite"):
            return
        engine = sa.create_engine(address)
        with engine.begin() as connection:
            there = set(sa.inspect(connection).get_table_names())
            own = [sa.table(name) for name in TABLES if name in there]
            for table in (*own, *reversed(self._tables.sorted_tables)):
                connection.execute(sa.delete(table))
        engine.dispose()


@contextmanager
def shared(tables: sa.MetaData) -> Iterator[Shared]:
    """The databases of one module of tests."""
    with ExitStack() as stack:
        yield Shared(stack, tables)


@contextmanager
def emptied(databases: Shared, database: str, folder: Path) -> Iterator[str]:
    """The address of a database without records, for one test."""
    address = databases.address(database, folder)
    yield address
    # A session that a test left open would wait for the rows, and hold its connection.
    close_all_sessions()
    databases.empty(address)
