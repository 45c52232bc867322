"""Which session the adapter works in: one of its own, or the one whose transaction it joins."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.orm import Session, scoped_session

from xtiger.errors import HostTablesMissing, HostUnavailable, SettingInvalid
from xtiger.hosts.sqlalchemy.contexts import AppContext, factory_of, maker_of
from xtiger.hosts.tables import TABLES, Dialect, HostTables
from xtiger.model.records import Identity

_DIALECTS: Final[dict[str, Dialect]] = {
    "sqlite": "sqlite",
    "postgresql": "postgresql",
    "mysql": "mariadb",
    "mariadb": "mariadb",
}
#: PostgreSQL's number for "the host tables are being made"; any will do, as long as it stays.
_CREATING: Final = 7861636
#: Where a session keeps the transaction in which it made the host tables.
_MADE_IN: Final = "xt_made_in"
#: Where a session keeps who caused its changes.
ORIGIN: Final = "xt_origin"


#: MariaDB's number for "this user may not do that to a table".
_DENIED: Final = 1142


def _dialect_of(connection: sa.Connection) -> Dialect:
    name = connection.dialect.name
    if name not in _DIALECTS:
        raise SettingInvalid(
            f"The database {name} of the CRM",
            "is not supported",
            "SQLite, PostgreSQL and MariaDB are.",
        )
    return _DIALECTS[name]


class DriverCursor:
    """A DB-API cursor as the host tables use it, on the connection of a session."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._result: sa.CursorResult[Any] | None = None

    @property
    def rowcount(self) -> int:
        """Rows that the last statement changed."""
        return self._result.rowcount if self._result is not None else -1

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run one statement as it is."""
        given = tuple(parameters) or None
        if given and self._connection.dialect.paramstyle == "numeric_dollar":
            # asyncpg, under an asynchronous session of the CRM, counts its parameters.
            parts = sql.split("%s")
            sql = parts[0] + "".join(f"${n}{part}" for n, part in enumerate(parts[1:], 1))
        self._result = self._connection.exec_driver_sql(sql, given)

    def fetchall(self) -> Sequence[Sequence[Any]]:
        """All rows of the last query."""
        return [] if self._result is None else [tuple(row) for row in self._result.all()]


class Sessions:
    """Opens sessions of the CRM's factory, and keeps the host tables on their connection."""

    def __init__(self, given: Any, name: str, model: type[Any], app: Any = None) -> None:
        """`given` is a session factory, or the object of Flask-SQLAlchemy with its `app`."""
        factory, extension = factory_of(given)
        #: The application context that the CRM's code needs, where it needs one.
        self.context: Final = AppContext(app, extension)
        self._scoped: Final = factory if isinstance(factory, scoped_session) else None
        self._factory: Final[Callable[..., Session]] = maker_of(factory)
        self.listens_to: Final = factory
        self._name, self._model = name, model
        self._thread = threading.local()
        #: Where the host tables are known to be: an app of Flask may have another database, and an
        #: asynchronous engine saves beside the plain one.
        self._ready: WeakSet[sa.Engine] = WeakSet()
        event.listen(sa.inspect(model).local_table.metadata, "after_drop", self._look_again)

    # --- whose transaction ---

    @property
    def running(self) -> Session | None:
        """The session of the transaction that this thread has entered; None outside."""
        found: Session | None = getattr(self._thread, "session", None)
        return found

    def current(self) -> Session | None:
        """The session entered, else the one that the CRM's own code is writing in."""
        if self.running is not None or self._scoped is None or not self.context.is_there:
            return self.running
        has = self._scoped.registry.has()
        session: Session | None = self._scoped.registry() if has else None
        return session if session is not None and session.in_transaction() else None

    @contextmanager
    def join(self, session: Session) -> Iterator[None]:
        """Take part in this session within the block: nothing is committed here."""
        before = self.running
        self._thread.session = session
        try:
            yield
        finally:
            self._thread.session = before

    @property
    def tenant(self) -> str | None:
        """The tenant that this thread has entered; None outside."""
        found: str | None = getattr(self._thread, "tenant", None)
        return found

    @contextmanager
    def for_tenant(self, tenant: str) -> Iterator[None]:
        """Enter a tenant within the block."""
        before = self.tenant
        self._thread.tenant = tenant
        try:
            yield
        finally:
            self._thread.tenant = before

    @contextmanager
    def work(self, *, writing: bool = False) -> Iterator[Session]:
        """The session entered, or one of its own that is committed when the block ends well."""
        running = self.running
        if running is not None:
            yield running
            return
        with self._apart(writing=writing) as session:
            yield session

    @contextmanager
    def _apart(self, *, writing: bool) -> Iterator[Session]:
        """A session of its own, whatever runs; committed when the block ends well."""
        with self._open() as session, self.join(session):
            self._start(session, writing=writing)
            yield session
            session.commit()

    @contextmanager
    def _open(self) -> Iterator[Session]:
        with (
            self.door("a statement"),
            self.context.entered(),
            self._factory(autoflush=False) as session,
        ):
            yield session

    def _start(self, session: Session, *, writing: bool) -> None:
        connection = self.connection(session)
        if connection.dialect.name == "sqlite" and writing:
            # Taking the lock at once waits for others; taking it later fails with "locked".
            self._begin_sqlite(connection, "BEGIN IMMEDIATE")

    @contextmanager
    def savepoint(self, session: Session) -> Iterator[None]:
        """A part that is undone alone when the block raises."""
        connection = self.connection(session)
        if connection.dialect.name == "sqlite":
            # Python's sqlite3 sends no BEGIN before a SAVEPOINT: releasing it would commit.
            self._begin_sqlite(connection, "BEGIN")
        with session.begin_nested():
            yield

    def _begin_sqlite(self, connection: sa.Connection, statement: str) -> None:
        raw = connection.connection.driver_connection
        if not getattr(raw, "in_transaction", True):
            connection.exec_driver_sql(statement)

    @contextmanager
    def door(self, operation: str) -> Iterator[None]:
        """Turn a lost or locked database into HostUnavailable."""
        try:
            yield
        except exc.DBAPIError as error:
            gone = (exc.OperationalError, exc.InterfaceError)
            if error.connection_invalidated or isinstance(error, gone):
                raise HostUnavailable(self._name, operation) from error
            raise
        except exc.TimeoutError as error:  # no connection of the pool became free
            raise HostUnavailable(self._name, operation) from error

    # --- the host tables ---

    def connection(self, session: Session) -> sa.Connection:
        """The connection of the models, within the running transaction."""
        return session.connection(bind_arguments={"mapper": sa.inspect(self._model)})

    def tables(self, session: Session) -> tuple[HostTables, DriverCursor]:
        """The host tables on the session's connection; made where they are missing."""
        connection = self.connection(session)
        tables, cursor = HostTables(_dialect_of(connection)), DriverCursor(connection)
        if connection.engine not in self._ready:
            look, root = sa.inspect(connection), session.get_transaction()
            if not all(map(look.has_table, TABLES)):
                self._create(connection, tables, cursor)
                session.info[_MADE_IN] = root
            elif session.info.get(_MADE_IN) is not root:
                # Only what an earlier transaction made is sure to stay: this one, or the
                # savepoint in which it made them, may be rolled back.
                self._ready.add(connection.engine)
                if not event.contains(connection.engine, "engine_disposed", self._look_again):
                    event.listen(connection.engine, "engine_disposed", self._look_again)
        return tables, cursor

    def _look_again(self, *_: object, **__: object) -> None:
        """Take no table for there: the CRM's tests drop theirs, or make a new database."""
        self._ready.clear()

    def create_tables(self) -> None:
        """Make the host tables, or make those that are there as they are made now."""
        with self.work(writing=True) as session:
            tables, _ = self.tables(session)
            engine = self.connection(session).engine
        if tables.dialect == "mariadb":
            # Outside of any transaction: it commits what runs, and waits for who uses them.
            with engine.begin() as own:
                tables.make_exact(DriverCursor(own))

    def dialect(self) -> Dialect:
        """What the CRM's database speaks; raises SettingInvalid for one that is not supported."""
        with self.work() as session:
            return _dialect_of(self.connection(session))

    def _create(self, connection: sa.Connection, tables: HostTables, cursor: DriverCursor) -> None:
        if tables.dialect == "mariadb":
            self._create_in_mariadb(connection.engine, tables)
            return
        if tables.dialect == "postgresql":
            # Asked before: a refused statement would end the CRM's own transaction.
            cursor.execute("SELECT has_schema_privilege(current_schema(), 'CREATE')")
            if not cursor.fetchall()[0][0]:
                raise HostTablesMissing(self._name)
            # Two processes that create at once: the second waits here and finds the tables.
            cursor.execute(f"SELECT pg_advisory_xact_lock({_CREATING})")
        tables.create(cursor)

    def _create_in_mariadb(self, engine: sa.Engine, tables: HostTables) -> None:
        # There CREATE TABLE commits what runs, so it gets a connection of its own.
        try:
            with engine.begin() as own:
                tables.create(DriverCursor(own))
        except exc.DBAPIError as error:
            if _DENIED not in getattr(error.orig, "args", ()):
                raise
            raise HostTablesMissing(self._name) from error

    # --- which CRM it is ---

    def identity(self) -> Identity | None:
        """The CRM's id; made in a transaction of its own, since it must not be rolled back.

        None where it would be made while a transaction is entered: SQLite has one writer.
        """
        entered = self.running is not None
        with self.work() as session:
            connection = self.connection(session)
            tables = HostTables(_DIALECTS.get(connection.dialect.name, "sqlite"))
            known = sa.inspect(connection).has_table("xt_identity")
            found = tables.identity(DriverCursor(connection)) if known else None
        if found is not None or entered:
            return found
        return self._identity(HostTables.make_identity, secrets.token_hex(16))

    def count_run(self) -> Identity:
        """The CRM's id after one more run was counted."""
        self.identity()
        return self._identity(HostTables.count_run)

    def _identity(self, change: Callable[..., None], *values: str) -> Identity:
        with self._apart(writing=True) as session:
            tables, cursor = self.tables(session)
            change(tables, cursor, *values)
            found = tables.identity(cursor)
        assert found is not None  # it was made, here or by the one who was first
        return found
