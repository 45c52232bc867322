"""The few statements that every part of the store is made of: chunks, upserts, locked rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import (
    Column,
    Connection,
    Insert,
    Row,
    Select,
    Table,
    bindparam,
    func,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite

from xtiger.model.values import Plain

T = TypeVar("T")

#: A row; its columns are checked where a model type is made of it, not by SQLAlchemy.
#: (A text, since SQLAlchemy 2.0 takes one tuple here, where 2.1 takes its parts.)
AnyRow: TypeAlias = "Row[*tuple[Any, ...]]"

#: Values per IN list: far below the 32,766 of SQLite and the 65,535 of PostgreSQL.
CHUNK = 5_000


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The values in lists of at most `size`, without repeats, in their order."""
    left = list(dict.fromkeys(values))
    for start in range(0, len(left), size):
        yield left[start : start + size]


def rows_with(
    db: Connection, query: Select[Any], column: Column[Any], values: Iterable[object] | None
) -> Iterator[AnyRow]:
    """The rows of the query with one of these values in a column, in chunks; or (None) all."""
    if values is None:
        for part in db.execute(query).partitions(CHUNK):
            yield from part
        return
    for chunk in chunks(values):
        yield from db.execute(_only(db, query, column, chunk)).all()


def _only(
    db: Connection, query: Select[Any], column: Column[Any], values: list[object]
) -> Select[Any]:
    if db.dialect.name == "sqlite":
        return query.where(column.in_(values))
    # One index look-up per value. For a long IN list PostgreSQL compares every row with every
    # value as long as it has no statistics of the table: 90 s for 100,000 ids, against 1 s.
    given = bindparam("given", values, type_=postgresql.ARRAY(column.type))
    wanted = select(func.unnest(given, type_=column.type).label("value")).subquery("wanted")
    found = query.where(column == wanted.c.value).offset(0).lateral("found")
    return select(found).select_from(wanted.join(found, true()))


def insert_for(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT in the words of this database."""
    return insert_in(connection.dialect.name, table)


def insert_in(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """The same by the name of the database's dialect."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Plain]],
    by: Sequence[str],
    keep: Sequence[str] = (),
) -> None:
    """Insert the rows, or replace those with equal `by` columns but for their `keep` columns."""
    if not rows:
        return
    changed = tuple(name for name in rows[0] if name not in {*by, *keep})
    statement = _upsert(connection.dialect.name, table, tuple(by), changed)
    # In the order of their keys, so that two writers cannot wait for each other in a circle.
    ordered = sorted(rows, key=lambda row: tuple(row[name] for name in by))
    connection.execute(statement, ordered)


# Making a statement takes longer than carrying it out: each is made once.
@cache
def _upsert(dialect: str, table: Table, by: tuple[str, ...], changed: tuple[str, ...]) -> Insert:
    insert = insert_in(dialect, table)
    if not changed:
        return insert.on_conflict_do_nothing(index_elements=list(by))
    replaced = {name: insert.excluded[name] for name in changed}
    return insert.on_conflict_do_update(index_elements=list(by), set_=replaced)


def locked_row(
    connection: Connection, table: Table, key: Mapping[str, Plain], start: Mapping[str, Plain]
) -> AnyRow:
    """The row with this key, made from `start` when absent, locked until the commit."""
    query = _locked(table, tuple(key))
    found = connection.execute(query, key).one_or_none()
    if found is not None:
        return found
    # Of two who come first at once the second one's insert waits for the first one's commit.
    connection.execute(_upsert(connection.dialect.name, table, tuple(key), ()), [{**key, **start}])
    return connection.execute(query, key).one()


@cache
def _locked(table: Table, key: tuple[str, ...]) -> Select[Any]:
    same = [table.c[name] == bindparam(name) for name in key]
    # SQLite has one writer at a time anyway; SQLAlchemy leaves FOR UPDATE out there.
    return select(table).where(*same).with_for_update()


def serialise(connection: Connection, name: str) -> None:
    """Let one transaction at a time pass this point for the name, until its commit."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || %s, 0))", (name,)
        )
