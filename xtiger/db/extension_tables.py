"""The database as extensions get it: their statements are carried out, SQLAlchemy stays here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, CursorResult, Executable

from xtiger.db.database import Database

if TYPE_CHECKING:
    from xtiger.ports.database import Dialect, Statement

T = TypeVar("T")


class ExtensionTables:
    """A `xtiger.ports.database.Database` over the store's own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def reading(self) -> Iterator[SqlTransaction]:
        """One committed state to read from, which waits for no writer."""
        with self._database.reading() as connection:
            yield SqlTransaction(connection)

    @contextmanager
    def writing(self) -> Iterator[SqlTransaction]:
        """What commits when the block ends, and is undone when it raises."""
        with self._database.writing() as connection:
            yield SqlTransaction(connection)


class SqlTransaction:
    """A `xtiger.ports.database.Transaction` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Dialect:
        """Whose words an INSERT with ON CONFLICT must be built in."""
        return "sqlite" if self._connection.dialect.name == "sqlite" else "postgresql"

    def execute(
        self, statement: Statement, values: Sequence[Mapping[str, object]] | None = None
    ) -> SqlResult:
        """Carry out a statement, once or (with `values`) once for each of these parameters."""
        if not isinstance(statement, Executable):
            raise TypeError(f"a statement of SQLAlchemy is needed, got {type(statement).__name__}")
        return SqlResult(self._connection.execute(statement, values))


class SqlResult:
    """A `xtiger.ports.database.Result` over a cursor."""

    # Any: the columns of a table have no types that SQLAlchemy knows before it runs.
    def __init__(self, result: CursorResult[Any]) -> None:
        self._result = result

    @property
    def changed(self) -> int:
        """How many rows an insert, update or delete reached."""
        return self._result.rowcount

    def rows(self, make: Callable[..., T]) -> list[T]:
        """Each row of a query as `make` makes it of its columns, given by their names."""
        return [make(**row) for row in self._result.mappings()]

    def column(self, kind: type[T]) -> list[T]:
        """The first column of each row; raises TypeError for a value of another type."""
        found: list[T] = []
        for value in self._result.scalars():
            if not isinstance(value, kind):
                raise TypeError(f"{kind.__name__} is expected, got {type(value).__name__}")
            found.append(value)
        return found
