"""The two host tables fold changes of one record into one row, on each database."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.hosts.conftest import ALL, opened
from xtiger.hosts.sqlalchemy import SQLAlchemyHost
from xtiger.hosts.sqlalchemy.sessions import DriverCursor
from xtiger.hosts.tables import Dialect, HostTables, fold
from xtiger.model.records import Change, Identity, Kind, OutboxRow, Ref

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATE = NOON + timedelta(hours=1)
DIALECTS: dict[str, Dialect] = {
    "sqlite": "sqlite",
    "postgresql": "postgresql",
    "mysql": "mariadb",
}
KINDS: tuple[Kind, ...] = ("created", "updated", "deleted")
#: (what is there, what comes) → what is told.
FOLDED: dict[tuple[Kind, Kind], Kind | None] = {
    ("created", "created"): "created",
    ("created", "updated"): "created",
    ("created", "deleted"): None,
    ("updated", "created"): "updated",
    ("updated", "updated"): "updated",
    ("updated", "deleted"): "deleted",
    ("deleted", "created"): "updated",
    ("deleted", "updated"): "deleted",
    ("deleted", "deleted"): "deleted",
}


@pytest.fixture(params=ALL)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    with opened(request.param, tmp_path) as made:
        yield made


class Box:
    """The tables of one database, each call in a transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.tables = HostTables(DIALECTS[engine.dialect.name])
        with engine.begin() as connection:
            self.tables.create(DriverCursor(connection))

    def note(
        self, kind: Kind, at: datetime = NOON, origin: str | None = None, key: str = "1"
    ) -> None:
        change = Change(Ref("Organizations", key), kind, at, origin=origin)
        with self.engine.begin() as connection:
            self.tables.note(DriverCursor(connection), [change])

    def due(self, now: datetime = LATE, tenant: str | None = None) -> list[OutboxRow]:
        with self.engine.begin() as connection:
            return self.tables.due(DriverCursor(connection), now, 100, tenant)

    def done(self, rows: Sequence[OutboxRow]) -> int:
        with self.engine.begin() as connection:
            return self.tables.done(DriverCursor(connection), rows)


@pytest.fixture
def box(engine: sa.Engine) -> Box:
    return Box(engine)


@pytest.mark.parametrize(("old", "new"), list(product(KINDS, KINDS)))
def test_two_kinds_become_one(old: Kind, new: Kind) -> None:
    """fold() answers one kind for every pair."""
    assert FOLDED[old, new] == fold(old, new)


@pytest.mark.parametrize(("old", "new"), list(product(KINDS, KINDS)))
def test_the_database_folds_as_the_code_does(box: Box, old: Kind, new: Kind) -> None:
    """The statement folds every pair as fold() does."""
    box.note(old)
    box.note(new)
    expected = FOLDED[old, new]

    assert ([expected] if expected else []) == [row.kind for row in box.due()]


def test_a_creation_that_was_read_is_told_as_deleted(box: Box) -> None:
    """Once handed out, a creation may have reached Xero: its deletion is told."""
    box.note("created")
    box.due()
    box.note("deleted")

    assert ["deleted"] == [row.kind for row in box.due()]


def test_each_change_is_a_generation(box: Box) -> None:
    """The generation rises with every change."""
    for _ in range(3):
        box.note("updated")

    assert [3] == [row.generation for row in box.due()]


@pytest.mark.parametrize(
    ("origins", "expected"),
    [
        (("xero", "xero"), "xero"),
        (("xero", None), None),
        ((None, "xero"), None),
        (("xero", "other"), None),
        (("xero", None, "xero"), None),
    ],
)
def test_an_origin_stays_when_all_have_it(
    box: Box, origins: tuple[str | None, ...], expected: str | None
) -> None:
    """The origin is kept only if every change folded into the row had it."""
    for origin in origins:
        box.note("updated", origin=origin)

    assert [expected] == [row.origin for row in box.due()]


def test_a_row_is_due_two_seconds_after_the_last_change(box: Box) -> None:
    """Each change puts the row off by two seconds."""
    box.note("updated")
    box.note("updated", NOON + timedelta(seconds=1))

    assert [NOON + timedelta(seconds=3)] == [row.due_at for row in box.due()]


def test_a_busy_record_is_due_after_half_a_minute(box: Box) -> None:
    """A record that is changed all the time is not put off for ever."""
    for second in range(60):
        box.note("updated", NOON + timedelta(seconds=second))

    assert [NOON + timedelta(seconds=30)] == [row.due_at for row in box.due()]


def test_done_leaves_what_was_changed_meanwhile(box: Box) -> None:
    """Rows are deleted at the generation read only."""
    box.note("updated", key="1")
    box.note("updated", key="2")
    read = box.due()
    box.note("updated", key="2")
    count = box.done(read)

    assert (1, ["2"]) == (count, [row.ref.id for row in box.due()])


def test_a_key_is_remembered(box: Box) -> None:
    """The record made for a key is found by it, an unknown key is not."""
    with box.engine.begin() as connection:
        cursor = DriverCursor(connection)
        box.tables.remember_created(cursor, "key", Ref("Products", "7"))
        found = (box.tables.created(cursor, "key"), box.tables.created(cursor, "other"))

    assert (Ref("Products", "7"), None) == found


def test_two_writers_of_one_new_row_both_succeed(engine: sa.Engine, box: Box) -> None:
    """The second of two open transactions waits for the first and folds into its row."""
    if engine.dialect.name == "sqlite":
        return  # one writer at a time: the second waits before it begins
    change = Change(Ref("Organizations", "1"), "created", NOON)
    with engine.begin() as first:
        box.tables.note(DriverCursor(first), [change])
        second = threading.Thread(target=box.note, args=("updated",))
        second.start()
        second.join(0.2)
        waited = second.is_alive()
    second.join()

    assert (True, [2]) == (waited, [row.generation for row in box.due()])


def test_ids_that_differ_in_case_or_accent_alone_are_two(box: Box) -> None:
    """No database folds one record's change into the row of another, or finds its key."""
    for key in ("a", "A", "ä"):
        box.note("updated", key=key)
        with box.engine.begin() as connection:
            box.tables.remember_created(DriverCursor(connection), key, Ref("Products", key))
    with box.engine.begin() as connection:
        cursor = DriverCursor(connection)
        found = [box.tables.created(cursor, key) for key in ("a", "A", "ä", "Ä")]

    assert {"a", "A", "ä"} == {row.ref.id for row in box.due()}
    assert [Ref("Products", "a"), Ref("Products", "A"), Ref("Products", "ä"), None] == found


def test_the_identity_is_made_once_and_counts(box: Box) -> None:
    """Of two ids the first stays; each run counts one, and a rollback counts none."""
    with box.engine.begin() as connection:
        cursor = DriverCursor(connection)
        none = box.tables.identity(cursor)
        box.tables.make_identity(cursor, "one")
        box.tables.make_identity(cursor, "two")
        box.tables.count_run(cursor)
    with box.engine.connect() as connection:
        box.tables.count_run(DriverCursor(connection))
        connection.rollback()
    with box.engine.begin() as connection:
        found = box.tables.identity(DriverCursor(connection))

    assert (None, Identity("one", 1)) == (none, found)


def test_a_crm_tells_who_it_is(host: SQLAlchemyHost) -> None:
    """Its id lasts, and a run that is counted shows at once."""
    first = host.identity()
    counted = host.count_run()

    assert first is not None
    assert Identity(first.id, 1) == counted == host.identity()
