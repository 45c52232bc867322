"""What changed in Xero since a place: nothing is missed, whatever is committed beside it."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event, Thread
from time import monotonic

import pytest

from tests.db.samples import NOW, counted, later
from xtiger.db.store import SqlStore
from xtiger.model.links import Shadow
from xtiger.model.outside.xero_changes import ChangePlace

KINDS = ("Contact", "Item")


def kept(store: SqlStore, *ids: str, kind: str = "Item", n: int = 1, gone: bool = False) -> None:
    store.save_shadows("c1", [Shadow("xero", kind, key, {"n": n}, NOW, gone) for key in ids])


def page(
    store: SqlStore, number: int = 0, kinds: Sequence[str] = KINDS, limit: int = 100
) -> tuple[list[tuple[str, object]], int, bool]:
    found = store.changed_in_xero(ChangePlace("c1", number), kinds, limit)
    assert found is not None
    return [(s.id, s.payload.get("n")) for s in found.shadows], found.number, found.more


def test_each_change_comes_once_as_it_is_now(store: SqlStore) -> None:
    """Changed twice since: once; saved as it was: not at all; of the CRM's side: never."""
    kept(store, "a", "b")
    first, place, _ = page(store)
    kept(store, "a", n=2)
    kept(store, "a", n=3)
    kept(store, "b")
    store.save_shadows("c1", [Shadow("crm", "Item", "z", {}, NOW)])
    store.save_shadows("c2", [Shadow("xero", "Item", "y", {}, NOW)])
    second, place, more = page(store, place)

    assert [("a", 1), ("b", 1)] == first
    assert ([("a", 3)], 3, False) == (second, place, more)
    assert ([], 3, False) == page(store, place)


def test_what_is_gone_is_a_change(store: SqlStore) -> None:
    """With the copy that was last seen."""
    kept(store, "a")
    _, place, _ = page(store)
    kept(store, "a", gone=True)
    found = store.changed_in_xero(ChangePlace("c1", place), KINDS, 9)

    assert found is not None
    assert [("a", True)] == [(one.id, one.gone) for one in found.shadows]


def test_pages_follow_one_another(store: SqlStore) -> None:
    """By number and by kind; what changes between them comes at the end."""
    store.save_shadows("c1", [Shadow("xero", "Item", str(n), {}, later(n)) for n in range(5)])
    kept(store, "k", kind="Contact")
    first, place, more = page(store, limit=2, kinds=["Item"])
    kept(store, "0", n=7)
    second, place, still = page(store, place, limit=3, kinds=["Item"])
    third, _, last = page(store, place, limit=3, kinds=["Item"])

    assert (["0", "1"], True) == ([key for key, _ in first], more)
    assert (["2", "3", "4"], True) == ([key for key, _ in second], still)
    assert ([("0", 7)], False) == (third, last)


def test_a_place_further_than_the_store_is_none_of_its(store: SqlStore) -> None:
    """As after an older copy of the store was brought back."""
    kept(store, "a")
    assert store.changed_in_xero(ChangePlace("c1", 9), KINDS, 9) is None


def test_a_writer_that_commits_late_is_not_passed_over(store: SqlStore, twin: SqlStore) -> None:
    """A reader asks while it writes, another writer is done before it: both changes come."""
    if store.database.is_sqlite:
        pytest.skip("SQLite lets one write at a time, so that nothing is committed beside")
    kept(store, "late", "early")
    _, place, _ = page(store)
    written, asked = Event(), Event()

    def write_late() -> None:
        with twin.transaction():
            kept(twin, "late", n=2)
            written.set()
            asked.wait(20)

    thread = Thread(target=write_late)
    thread.start()
    written.wait(20)
    kept(store, "early", n=2)
    before, place, _ = page(store, place)
    asked.set()
    thread.join(20)
    after, _, _ = page(store, place)

    assert ([("early", 2)], [("late", 2)]) == (before, after)


def test_nothing_is_lost_while_others_write_and_read(store: SqlStore, twin: SqlStore) -> None:
    """Two readers follow two writers; each ends with all as it was written last."""
    seen: list[dict[str, object]] = [{}, {}]
    ended = Event()

    def write(own: SqlStore, kind: str) -> None:
        for n in range(40):
            with own.transaction():
                kept(own, *(f"{kind}{n % 7}", f"{kind}{n % 3}"), kind=kind, n=n)

    def read(own: SqlStore, into: dict[str, object]) -> None:
        place, last, until = 0, False, monotonic() + 60
        while monotonic() < until:
            last = ended.is_set()
            found, place, more = page(own, place, limit=3)
            into.update(found)
            if last and not more:
                return

    writers = [Thread(target=write, args=pair) for pair in ((store, "Item"), (twin, "Contact"))]
    readers = [Thread(target=read, args=pair) for pair in zip((store, twin), seen, strict=True)]
    for thread in [*writers, *readers]:
        thread.start()
    for thread in writers:
        thread.join(60)
    ended.set()
    for thread in readers:
        thread.join(60)
    wanted = {
        one.id: one.payload["n"] for kind in KINDS for one in store.each_shadow("c1", "xero", kind)
    }

    assert 14 == len(wanted)
    assert [wanted, wanted] == seen


@pytest.mark.slow
def test_many_changes_take_a_few_statements(store: SqlStore) -> None:
    """A page of 5,000 among 12,000 takes as many as one of five."""
    store.save_shadows("c1", [Shadow("xero", "Item", str(n), {"n": n}, NOW) for n in range(12_000)])
    place, more, given = 0, True, 0
    with counted(store.engine) as sent:
        while more:
            found, place, more = page(store, place, limit=5_000)
            given += len(found)

    assert (12_000, True) == (given, len(sent) <= 3 * 10)
