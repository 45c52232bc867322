"""What both sides of a link agreed on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.db.samples import NOW, link
from xtiger.db.store import SqlStore
from xtiger.model.links import Base, Link, Pair


def added(store: SqlStore, *links: Link) -> list[int]:
    """The ids of links just added."""
    return [found.id for found in map(store.add_link, links) if found.id is not None]


def test_a_base_comes_back_whole(store: SqlStore) -> None:
    """Both halves of each pair keep their types; the later base replaces the first."""
    (link_id,) = added(store, link())
    pairs = {
        "Name": Pair("Acmé ", "Acmé"),
        "Total": Pair(Decimal("1.10"), Decimal("1.1")),
        "Date": Pair(date(2026, 1, 2), NOW),
        "Persons": Pair([{"a": None}], True),
    }
    base = Base(link_id, pairs, 3, {"7": "L-1"})
    store.save_bases([Base(link_id, {})])
    store.save_bases([base])

    assert {link_id: base} == store.bases([link_id, 99])


def test_removing_a_link_removes_its_base(store: SqlStore) -> None:
    """Nothing that was agreed survives the link."""
    (link_id,) = added(store, link())
    store.save_bases([Base(link_id, {"Name": Pair("a", "a")})])
    store.remove_link(link_id)

    assert {} == store.bases([link_id])


def test_the_base_of_a_link_removed_meanwhile_is_dropped(store: SqlStore) -> None:
    """The other bases of the same call are saved."""
    gone, kept = added(store, link("1", "x1"), link("2", "x2"))
    store.remove_link(gone)
    store.save_bases([Base(gone, {}), Base(kept, {})])

    assert [kept] == list(store.bases([gone, kept]))
