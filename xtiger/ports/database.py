"""The Database protocol: how an extension reads and writes tables of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Literal, Protocol, TypeVar

T = TypeVar("T")

#: The databases there are, by their names in SQLAlchemy.
Dialect = Literal["sqlite", "postgresql"]


class Statement(Protocol):
    """A statement as SQLAlchemy builds it: select(), insert(), update(), delete(), DropTable()."""

    @property
    def is_select(self) -> bool:
        """Whether it reads rows."""
        ...

    @property
    def is_dml(self) -> bool:
        """Whether it changes rows."""
        ...


class Result(Protocol):
    """What came of a statement; it is read before the transaction ends."""

    @property
    def changed(self) -> int:
        """How many rows an insert, update or delete reached."""
        ...

    def rows(self, make: Callable[..., T]) -> list[T]:
        """Each row of a query as `make` makes it of its columns, given by their names."""
        ...

    def column(self, kind: type[T]) -> list[T]:
        """The first column of each row; raises TypeError for a value of another type."""
        ...


class Transaction(Protocol):
    """One transaction of the store, as an extension uses it."""

    @property
    def dialect(self) -> Dialect:
        """Whose words an INSERT with ON CONFLICT must be built in."""
        ...

    def execute(
        self, statement: Statement, values: Sequence[Mapping[str, object]] | None = None
    ) -> Result:
        """Carry out a statement, once or (with `values`) once for each of these parameters.

        Raises StoreUnavailable when the database cannot be used, and TypeError for what SQLAlchemy
        did not build.
        """
        ...


class Database(Protocol):
    """The store's database. Each context is the transaction that this thread is in, if any."""

    def reading(self) -> AbstractContextManager[Transaction]:
        """One committed state to read from, which waits for no writer."""
        ...

    def writing(self) -> AbstractContextManager[Transaction]:
        """What commits when the block ends, and is undone when it raises."""
        ...
