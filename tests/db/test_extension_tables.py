"""The database as extensions get it: typed results, and the store's own transactions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlalchemy.schema import DropTable

from xtiger.db.store import SqlStore
from xtiger.ports.database import Database, Statement

POINTS = sa.Table(
    "loyalty_points",
    sa.MetaData(),
    sa.Column("crm_id", sa.Text, primary_key=True),
    sa.Column("points", sa.Integer, nullable=False),
)
OF = POINTS.c


@dataclass(frozen=True)
class Points:
    """A row of the table."""

    crm_id: str
    points: int


@pytest.fixture
def tables(store: SqlStore) -> Iterator[Database]:
    """The database of a store in which an extension has a table with two rows."""
    POINTS.create(store.engine)
    with store.extension_tables.writing() as db:
        db.execute(sa.insert(POINTS), [{"crm_id": "1", "points": 5}, {"crm_id": "2", "points": 7}])
    yield store.extension_tables
    with store.extension_tables.writing() as db:
        db.execute(DropTable(POINTS, if_exists=True))


def test_rows_are_what_the_caller_makes_of_them(tables: Database) -> None:
    """Columns are given by name, so that a dataclass of the same names is a row."""
    with tables.reading() as db:
        found = db.execute(sa.select(POINTS).order_by(OF.crm_id)).rows(Points)

    assert [Points("1", 5), Points("2", 7)] == found


def test_a_column_has_the_type_that_was_asked_for(tables: Database) -> None:
    """Another one is found where it is read, not where it is used."""
    with tables.reading() as db:
        assert [5, 7] == db.execute(sa.select(OF.points).order_by(OF.crm_id)).column(int)
        with pytest.raises(TypeError, match="int is expected, got str"):
            db.execute(sa.select(OF.crm_id)).column(int)


def test_a_change_says_how_many_rows_it_reached(tables: Database) -> None:
    """Also when there is none."""
    with tables.writing() as db:
        more = sa.update(POINTS).values(points=OF.points + 1)
        counts = [
            db.execute(statement).changed
            for statement in (more, more.where(OF.points > 6), more.where(OF.crm_id == "9"))
        ]

    assert [2, 1, 0] == counts


def test_a_text_is_no_statement(tables: Database) -> None:
    """SQL that was put together as text does not come through this door."""
    text: Statement = "DELETE FROM xt_link"  # type: ignore[assignment]  # what mypy refuses

    with tables.writing() as db, pytest.raises(TypeError, match="got str"):
        db.execute(text)


def test_what_an_extension_writes_goes_with_the_store(store: SqlStore, tables: Database) -> None:
    """In a transaction of the store it is undone with it, and read back within it."""

    def fail() -> None:
        with store.transaction(), tables.writing() as db:
            db.execute(sa.delete(POINTS))
            with tables.reading() as inside:
                assert [] == inside.execute(sa.select(OF.crm_id)).column(str)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with tables.reading() as db:
        assert 2 == len(db.execute(sa.select(OF.crm_id)).column(str))


def test_the_dialect_is_the_one_of_the_store(store: SqlStore, tables: Database) -> None:
    """An extension builds its INSERT … ON CONFLICT by it."""
    with tables.reading() as db:
        assert db.dialect == store.engine.dialect.name
