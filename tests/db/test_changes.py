"""Cursors and dirty keys: nothing that was marked gets lost."""

from __future__ import annotations

import pytest

from tests.db.samples import MANY, NOW, counted, later
from xtiger.db import tables
from xtiger.db.store import SqlStore
from xtiger.model.links import DirtyKey
from xtiger.model.setting_keys import CursorKey


def taken(store: SqlStore) -> list[tuple[str, str, str, int]]:
    """The waiting keys of organisations, in the form that `clean` takes."""
    keys = store.dirty("c1", "crm", "Organizations")
    return [(key.side, key.type, key.id, key.generation) for key in keys]


def mark(store: SqlStore, *ids: str, seconds: float = 0) -> None:
    """Mark organisations of the CRM."""
    store.mark("c1", "crm", "Organizations", ids, "saved", later(seconds))


def test_a_cursor_comes_back(store: SqlStore) -> None:
    """The last place saved, by connection and name."""
    for value in ("page 1", "page 2"):
        store.save_cursor("c1", CursorKey("Contact"), value)

    assert ("page 2", None) == (
        store.cursor("c1", CursorKey("Contact")),
        store.cursor("c2", CursorKey("Contact")),
    )


def test_the_cursors_of_all_readers_come_back_at_once(store: SqlStore) -> None:
    """Those of one connection; who starts over is not among them."""
    store.save_cursor("c1", CursorKey("Contact"), "page 1")
    store.save_cursor("c2", CursorKey("Contact"), "page 9")
    store.save_cursor("c1", CursorKey("Item"), "page 1")

    assert {"Contact": "page 1", "Item": "page 1"} == store.cursors("c1")
    assert {"Contact": "page 9"} == store.cursors("c2")


def test_cursors_move_but_for_those_that_were_sent_back(store: SqlStore) -> None:
    """Several at once, of one connection; a reader that is to start over keeps on being so."""
    for connection, name in (("c1", "Contact"), ("c1", "Item"), ("c2", "Contact")):
        store.save_cursor(connection, CursorKey(name), "page 1")
    store.save_cursor("c1", CursorKey("Item"), None)
    store.move_cursors("c1", {CursorKey("Contact"): "page 2", CursorKey("Item"): "page 2"})
    store.move_cursors("c1", {})

    assert {"Contact": "page 2"} == store.cursors("c1")
    assert {"Contact": "page 1"} == store.cursors("c2")


def test_a_cursor_can_be_forgotten(store: SqlStore) -> None:
    """None makes the next read whole."""
    store.save_cursor("c1", CursorKey("Contact"), "page 1")
    store.save_cursor("c1", CursorKey("Contact"), None)

    assert store.cursor("c1", CursorKey("Contact")) is None


def test_a_marked_key_waits_with_its_reason(store: SqlStore) -> None:
    """It comes back with generation, reason and moment."""
    mark(store, "1")
    key = DirtyKey("crm", "Organizations", "1", 1, "saved", NOW, NOW)

    assert [key] == store.dirty("c1", "crm", "Organizations")


def test_keys_wait_oldest_first(store: SqlStore) -> None:
    """A key marked again keeps its place, so that a busy record does not starve."""
    mark(store, "b", seconds=1)
    mark(store, "a", seconds=2)
    mark(store, "b", seconds=3)

    assert ["b", "a"] == [key[2] for key in taken(store)]


def test_a_key_tells_its_first_and_its_last_mark(store: SqlStore) -> None:
    """Its place is the first one's; whether something happened since is the last one's."""
    mark(store, "b", seconds=1)
    mark(store, "b", seconds=3)
    (key,) = store.dirty("c1", "crm", "Organizations")

    assert (later(1), later(3)) == (key.marked_at, key.touched_at)


def test_a_key_of_a_store_of_before_was_touched_when_it_was_marked(store: SqlStore) -> None:
    """Nothing else is known of it; the next mark tells."""
    mark(store, "b", seconds=1)
    with store.engine.begin() as db:
        db.execute(tables.change.update().values(touched_at=None))
    (key,) = store.dirty("c1", "crm", "Organizations")

    assert later(1) == key.touched_at


def test_a_limit_takes_the_oldest(store: SqlStore) -> None:
    """The others wait for the next read."""
    for number, key in enumerate("cab"):
        mark(store, key, seconds=number)

    assert ["c", "a"] == [key.id for key in store.dirty("c1", "crm", "Organizations", 2)]


def test_a_cleaned_key_waits_no_longer(store: SqlStore) -> None:
    """Only the keys given are cleaned."""
    mark(store, "1", "2")
    store.clean("c1", taken(store)[:1])

    assert ["2"] == [key[2] for key in taken(store)]


def test_a_key_marked_while_it_was_worked_on_stays(store: SqlStore) -> None:
    """The generation read is not the one that waits now."""
    mark(store, "1")
    read = taken(store)
    mark(store, "1")
    store.clean("c1", read)

    assert ["1"] == [key[2] for key in taken(store)]


def test_a_key_cleaned_by_another_and_marked_again_stays(store: SqlStore) -> None:
    """A generation is never given twice, not even after the key was clean."""
    mark(store, "1")
    slow = taken(store)
    store.clean("c1", slow)
    mark(store, "1")
    store.clean("c1", slow)

    assert ["1"] == [key[2] for key in taken(store)]


def test_a_key_marked_after_it_was_clean_queues_at_the_end(store: SqlStore) -> None:
    """Its place is that of the new mark, not of the old one."""
    mark(store, "a", seconds=1)
    store.clean("c1", taken(store))
    mark(store, "b", seconds=2)
    mark(store, "a", seconds=3)

    assert ["b", "a"] == [key[2] for key in taken(store)]


def test_waiting_counts_by_side_and_type(store: SqlStore) -> None:
    """Clean keys and other connections do not count."""
    mark(store, "1", "2")
    store.mark("c1", "xero", "Contact", ["x"], "", NOW)
    store.mark("c2", "xero", "Contact", ["x"], "", NOW)
    store.clean("c1", taken(store)[:1])

    assert {("crm", "Organizations"): 1, ("xero", "Contact"): 1} == store.waiting("c1")


@pytest.mark.slow
def test_many_keys_take_three_statements(store: SqlStore) -> None:
    """Marked in one, read in one, cleaned in one."""
    with counted(store.engine) as sent:
        mark(store, *map(str, range(MANY)))
        store.clean("c1", taken(store))

    # A few more for BEGIN, where the database shows them as statements.
    assert ({}, True) == (store.waiting("c1"), len(sent) <= 6)
