"""The CRM's own connection of Django: its transaction, the host tables on it, and who acts."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

from django.db import DatabaseError, InterfaceError, OperationalError, connections, transaction

from xtiger.errors import HostTablesMissing, HostUnavailable, SettingInvalid
from xtiger.hosts.tables import TABLES, Cursor, Dialect, HostTables
from xtiger.model.records import Identity

_DIALECTS: Final[dict[str, Dialect]] = {
    "sqlite": "sqlite",
    "postgresql": "postgresql",
    "mysql": "mariadb",
}
#: PostgreSQL's number for "the host tables are being made"; any will do, as long as it stays.
_CREATING: Final = 7861636
#: MariaDB's number for "this user may not do that to a table".
_DENIED: Final = 1142
#: Where a connection keeps who causes the changes of its thread, and for whom it works.
_ORIGIN: Final = "xt_origin"
_TENANT: Final = "xt_tenant"


class _AtThreadEnd:
    """Closes a connection once the thread is over that it was made for, and by which it is held.

    Django does so for the threads of its requests only; a worker's would be left open.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __del__(self) -> None:
        self._connection.close()


class Door:
    """Works on the connection that the thread has anyway: what runs there is joined."""

    def __init__(self, name: str, alias: str) -> None:
        """`alias` is the CRM's database as Django's settings name it."""
        self._name, self.alias = name, alias
        self._thread = threading.local()
        #: The database that is known to have the host tables; a test may put another in its place.
        self._ready: str | None = None

    @property
    def connection(self) -> Any:
        """The connection of this thread."""
        return connections[self.alias]

    # --- who acts, for whom ---

    @property
    def origin(self) -> str | None:
        """Who causes the changes of this thread; None for people of the CRM."""
        return self._held(_ORIGIN)

    @property
    def tenant(self) -> str | None:
        """The tenant that this thread has entered; None outside."""
        return self._held(_TENANT)

    def acting(self, origin: str | None) -> AbstractContextManager[None]:
        """Mark what is changed within the block."""
        return self._holding(_ORIGIN, origin)

    def for_tenant(self, tenant: str) -> AbstractContextManager[None]:
        """Enter a tenant within the block."""
        return self._holding(_TENANT, tenant)

    # Kept with the connection, which is the thread's own: of two hosts of one process each sees
    # what is saved, and both must say the same of it.

    def _held(self, name: str) -> str | None:
        found: str | None = vars(self.connection).get(name)
        return found

    @contextmanager
    def _holding(self, name: str, value: str | None) -> Iterator[None]:
        connection = self.connection
        before = self._held(name)
        setattr(connection, name, value)
        try:
            yield
        finally:
            setattr(connection, name, before)

    # --- transactions ---

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Within the block a lost database is HostUnavailable."""
        if threading.current_thread() is not threading.main_thread():
            self._close_at_end()
        try:
            yield
        except (OperationalError, InterfaceError) as error:
            if not self.connection.in_atomic_block:
                self.connection.close_if_unusable_or_obsolete()  # the next call gets a new one
            raise HostUnavailable(self._name, "a statement") from error

    def _close_at_end(self) -> None:
        held, connection = vars(self._thread), self.connection
        # One that another thread has lent is not ours to close.
        own = getattr(connection, "_thread_ident", None) == threading.get_ident()
        if own and held.get("connection") is not connection:
            held.update(connection=connection, closer=_AtThreadEnd(connection))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction of its own, or a savepoint of the one that runs."""
        with self.reading(), transaction.atomic(using=self.alias):
            if self.connection.vendor == "sqlite" and not self._nested():
                self._lock()
            yield

    def _nested(self) -> bool:
        return bool(self.connection.savepoint_ids)

    def _lock(self) -> None:
        """Take SQLite's one lock at once, which waits; taking it later fails with "locked"."""
        self.tables()
        with self.connection.cursor() as cursor:
            cursor.execute("UPDATE xt_identity SET runs = runs WHERE place = 0")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part that is undone alone when the block raises."""
        with transaction.atomic(using=self.alias):
            yield

    def is_lost(self, error: BaseException) -> bool:
        """Whether an error says that the database is away, rather than that it refuses a value."""
        if not isinstance(error, OperationalError | InterfaceError):
            return False
        state = getattr(error.__cause__, "sqlstate", None)
        return self.connection.vendor != "sqlite" and state is None

    # --- the host tables ---

    def tables(self) -> tuple[HostTables, Cursor]:
        """The host tables on the connection; made where `migrate` did not make them."""
        self.need_tables()
        cursor: Cursor = self.connection.cursor()
        return host_tables(self.connection), cursor

    def need_tables(self) -> None:
        """Make the host tables where they are missing; looks once for each database."""
        connection = self.connection
        database = str(connection.settings_dict["NAME"])
        if self._ready != database:
            there = set(connection.introspection.table_names())
            if not there.issuperset(TABLES):
                make_tables(connection, self._name)
            # Only what is committed is sure to stay.
            transaction.on_commit(lambda: self._found(database), using=self.alias)

    def _found(self, database: str) -> None:
        self._ready = database

    # --- which CRM it is ---

    def identity(self) -> Identity | None:
        """The CRM's id; None where it would be made within a transaction that may fall."""
        with self.reading():
            entered = self.connection.in_atomic_block
            known = "xt_identity" in self.connection.introspection.table_names()
            found = (
                host_tables(self.connection).identity(self.connection.cursor()) if known else None
            )
        if found is not None or entered:
            return found
        return self._identity(HostTables.make_identity, secrets.token_hex(16))

    def count_run(self) -> Identity | None:
        """The CRM's id after one more run was counted."""
        if self.identity() is None:
            return None
        return self._identity(HostTables.count_run)

    def _identity(self, change: Callable[..., None], *values: str) -> Identity | None:
        with self.writing():
            tables, cursor = self.tables()
            change(tables, cursor, *values)
            return tables.identity(cursor)


def host_tables(connection: Any) -> HostTables:
    """The host tables in the words of this database; raises SettingInvalid for a foreign one."""
    return HostTables(dialect_of(connection), mark="%s")  # Django's cursors take no other


def dialect_of(connection: Any) -> Dialect:
    """What the CRM's database speaks; raises SettingInvalid for one that is not supported."""
    if connection.vendor not in _DIALECTS:
        raise SettingInvalid(
            f"The database {connection.display_name} of the CRM",
            "is not supported",
            "SQLite, PostgreSQL and MariaDB are.",
        )
    return _DIALECTS[connection.vendor]


def make_tables(connection: Any, name: str) -> None:
    """Make the host tables where they are missing; raises HostTablesMissing where it may not."""
    tables = host_tables(connection)
    if tables.dialect == "mariadb":
        _make_in_mariadb(connection, tables, name)
        return
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if tables.dialect == "postgresql":
            # Asked before: a refused statement would end the CRM's own transaction.
            cursor.execute("SELECT has_schema_privilege(current_schema(), 'CREATE')")
            if not cursor.fetchone()[0]:
                raise HostTablesMissing(name)
            # Two processes that create at once: the second waits here and finds the tables.
            cursor.execute(f"SELECT pg_advisory_xact_lock({_CREATING})")
        tables.create(cursor)


def _make_in_mariadb(connection: Any, tables: HostTables, name: str) -> None:
    # There CREATE TABLE commits what runs, so it gets a connection of its own.
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            tables.create(cursor)
    except DatabaseError as error:
        if _DENIED not in getattr(error.__cause__, "args", ()):
            raise
        raise HostTablesMissing(name) from error
    finally:
        own.close()
