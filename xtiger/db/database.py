"""One open database: its engine, its transactions per thread, and the door for its errors."""

from __future__ import annotations

import copy
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import PoolProxiedConnection

from xtiger.db.address import parse_address, prepare_file, spoken
from xtiger.errors import (
    StoreAway,
    StoreDamaged,
    StoreFull,
    StoreLocked,
    StoreMissing,
    StoreReadOnly,
    StoreUnavailable,
)

#: How long a writer queues for SQLite's one write lock.
BUSY_SECONDS = 30
#: How long a server may take to answer the first connection.
CONNECT_SECONDS = 10
#: The first SQLite with RETURNING.
OLDEST_SQLITE = (3, 35, 0)
#: PostgreSQL's codes for a table and a column that are not there.
_MISSING_STATES = ("42P01", "42703")
#: Its codes for what an administrator must allow or make: rights, and a schema.
_REFUSED_STATES = ("42501", "3F000")
#: Error → PostgreSQL's codes and SQLite's words for it.
_KINDS: tuple[tuple[type[StoreUnavailable], tuple[str, ...], tuple[str, ...]], ...] = (
    (StoreFull, ("53100",), ("database or disk is full",)),
    (StoreDamaged, ("XX001", "XX002"), ("malformed", "is not a database")),
    (StoreLocked, ("55P03",), ("has kept it locked",)),
    (StoreReadOnly, ("25006",), ()),
    # A refused connection bears no code, only words.
    (
        StoreAway,
        ("53300", "57P01", "57P02", "57P03"),
        ("too many clients", "remaining connection slots", "the database system is"),
    ),
    (
        StoreMissing,
        _MISSING_STATES,
        (
            "its tables are missing",
            "readonly database",
            "unable to open database file",
            "disk I/O error",
        ),
    ),
)
#: Whether a connection that was lent only reads; see `Database._begin_sqlite`.
READ_ONLY = "xtiger_read_only"

#: Raises within a writer's transaction when it may not write, and locks what it looked at.
Guard = Callable[[Connection], None]


class Database:
    """An engine with one transaction per thread; safe to share by threads and after a fork."""

    def __init__(self, url: URL) -> None:
        self.address = spoken(url)
        self._password = str(url.password or "")
        self._local = threading.local()
        self._process = os.getpid()
        self._guard: Guard | None = None
        #: Whether leases count by the server's clock; a caller whose time is its own says no.
        self.server_time = False
        self.engine = _make_engine(url, self.address)
        event.listen(self.engine, "handle_error", self._translate, retval=True)
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            # Not by its event: with one, SQLAlchemy joins listeners for each connection that it
            # lends, which took a tenth of a small sync.
            self.engine.dialect.do_begin = self._begin_sqlite  # type: ignore[method-assign]

    @classmethod
    def open(cls, address: str) -> Database:
        """Open and try the database; raises StoreUnavailable saying what is wrong."""
        url = parse_address(address)
        if url.drivername == "sqlite":
            prepare_file(url)
        database = cls(url)
        try:
            with database.reading() as connection:
                connection.execute(text("SELECT 1"))
        except StoreUnavailable:
            database.close()
            raise
        return database

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite; else it is PostgreSQL."""
        return self.engine.dialect.name == "sqlite"

    def guarded(self, guard: Guard) -> Database:
        """The same database, each of whose writing transactions asks the guard first.

        Both share their transactions: one that was begun without the guard is asked when this
        one joins it.
        """
        twin = copy.copy(self)
        twin._guard = guard
        return twin

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside commits together or not at all.

        A block inside another one is a savepoint: when it fails and the outer block catches the
        error, only the inner block is undone.
        """
        current = self._current()
        if current is None:
            with self.writing():
                yield
        else:
            self._ask(current)
            with current.begin_nested():
                yield

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The connection of this thread's transaction, or of a new one that commits at the end."""
        current = self._current()
        if current is not None:
            self._ask(current)
            yield current
            return
        with self._connect(self.engine) as connection:
            connection.info[READ_ONLY] = False
            with connection.begin():
                self._local.connection = connection
                try:
                    self._ask(connection)
                    yield connection
                finally:
                    self._local.connection = self._local.asked = None

    def _ask(self, connection: Connection) -> None:
        """Ask the guard once per transaction; what it locked stays locked until the end."""
        if self._guard is None or getattr(self._local, "asked", None) is self._guard:
            return
        self._guard(connection)
        # Inside a savepoint its rollback would give the lock back: then it is asked again.
        if not connection.in_nested_transaction():
            self._local.asked = self._guard

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The connection of this thread's transaction, or one that sees one committed state."""
        current = self._current()
        if current is not None:
            yield current
            return
        with self._connect(self.engine) as connection:
            connection.info[READ_ONLY] = True
            yield connection

    def _current(self) -> Connection | None:
        if self._process != os.getpid():
            # A forked child must not talk on its parent's connections, nor close them.
            self.engine.dispose(close=False)
            self._local = threading.local()
            self._process = os.getpid()
        found: Connection | None = getattr(self._local, "connection", None)
        return found

    def _connect(self, engine: Engine) -> Connection:
        try:
            return engine.connect()
        except PoolTimeout as error:
            raise StoreUnavailable(self.address, "all its connections are in use") from error

    def _begin_sqlite(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Begin as a writer at once, so that two writers queue instead of colliding half-way.

        A reader begins without the lock. So does a connection opened beside this thread's own
        transaction, which would otherwise wait for itself.
        """
        # The driver's connection is lent again: what it bears holds for one transaction.
        reads = dbapi_connection.info.pop(READ_ONLY, False) or self._current() is not None
        dbapi_connection.cursor().execute("BEGIN" if reads else "BEGIN IMMEDIATE")

    def _translate(self, context: ExceptionContext) -> StoreUnavailable | None:
        """StoreUnavailable for what the database cannot do; bugs go through as they are."""
        error = context.sqlalchemy_exception
        if context.is_pre_ping or error is None:
            return None
        reason = _reason(error, self._password)
        return None if reason is None else _kind_of(error, reason)(self.address, reason)


def _make_engine(url: URL, address: str) -> Engine:
    if url.drivername == "sqlite":
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise StoreUnavailable(
                address, f"SQLite {sqlite3.sqlite_version} is too old, 3.35 is needed"
            )
        # isolation_level None: we begin and commit ourselves, see _begin_sqlite.
        options: Mapping[str, Any] = {"timeout": BUSY_SECONDS, "isolation_level": None}
    else:
        options = {
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "xtiger",
            # A prepared statement gets a plan that fits any values, so none that uses a partial
            # index: a read of 100,000 links took minutes. Poolers dislike them too.
            "prepare_threshold": None,
        }
        options = {name: value for name, value in options.items() if name not in url.query}
    try:
        return create_engine(
            url,
            connect_args=dict(options),
            hide_parameters=True,  # errors must not show what was being written
            pool_pre_ping=url.drivername != "sqlite",
            pool_size=10,
            max_overflow=20,
        )
    except ImportError as error:
        raise StoreUnavailable(
            address, "the driver psycopg is not installed. Run: pip install 'xtiger[postgres]'"
        ) from error


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Set what SQLite keeps per connection, and WAL, which it keeps in the file."""
    connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        # Refused while another process is just doing the same, which serves as well.
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL")


def _kind_of(error: BaseException, reason: str) -> type[StoreUnavailable]:
    """What kind of trouble it is, each with a cure of its own."""
    sqlstate = getattr(getattr(error, "orig", None), "sqlstate", None)
    for kind, states, words in _KINDS:
        if sqlstate in states or any(word in reason for word in words):
            return kind
    return StoreUnavailable


def _reason(error: BaseException, password: str) -> str | None:
    """What the database said, in one line without the password; None for a bug of ours."""
    original = getattr(error, "orig", None) or error
    said = str(original).strip().partition("\n")[0].rstrip(".")
    if password:
        said = said.replace(password, "***")
    sqlstate = getattr(original, "sqlstate", None)
    if sqlstate in _MISSING_STATES or said.startswith(("no such table", "no such column")):
        return f"its tables are missing or of another release ({said})"
    if said == "database is locked":
        return f"another process has kept it locked for {BUSY_SECONDS} s"
    if any(sqlstate in states for _, states, _ in _KINDS):
        return said  # psycopg calls a standby's refusal an internal error
    if isinstance(error, ProgrammingError):
        return said if sqlstate in _REFUSED_STATES else None
    if isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError:
        return said
    return None
