"""Last seen copies of records that are gone, also those that a release before marked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from tests.db.samples import NOW
from xtiger.db.columns import plain_text
from xtiger.db.migrations.versions import v0013_gone
from xtiger.db.store import SqlStore
from xtiger.model.links import Shadow


def test_what_is_gone_comes_back_as_gone(store: SqlStore) -> None:
    """One by one and in a row; one that is seen again is not."""
    items = [Shadow("xero", "Item", key, {"Code": key}, NOW, gone=key == "b") for key in "abc"]
    store.save_shadows("c1", items)

    assert {one.id: one for one in items} == store.shadows("c1", "xero", "Item")
    assert items == list(store.each_shadow("c1", "xero", "Item"))
    store.save_shadows("c1", [replace(items[1], gone=False)])
    assert not store.shadows("c1", "xero", "Item", ["b"])["b"].gone


def test_what_is_gone_differs_from_what_is_there(store: SqlStore) -> None:
    """Equal values are a difference when the record is back, and when it went."""
    store.save_shadows(
        "c1", [Shadow("crm", "M", key, {"n": 1}, NOW, gone=key == "b") for key in "ab"]
    )
    now: dict[str, Any] = {"a": {"n": 1}, "b": {"n": 1}}

    differing = [store.differing("c1", "crm", "M", now, gone) for gone in ((), "a", "b", "ab")]

    assert [["b"], ["a", "b"], [], ["a"]] == differing


def _stored_before(store: SqlStore, rows: dict[str, Any]) -> None:
    """Make the table as revision 0012 had it, with these payloads; take the step."""
    with store.engine.begin() as db:
        db.execute(text("ALTER TABLE xt_shadow DROP COLUMN gone"))
        names = "connection_id, side, type, id, payload, seen_at"
        for key, payload in rows.items():
            db.execute(
                text(
                    f"INSERT INTO xt_shadow ({names}) VALUES ('c1', 'xero', 'Item', :id, :p, :at)"
                ),
                {"id": key, "p": payload, "at": NOW},
            )
        with Operations.context(MigrationContext.configure(db)):
            v0013_gone.upgrade()


def test_copies_of_the_commit_before_keep_what_they_say(store: SqlStore) -> None:
    """The mark leaves the values and becomes a column; a text that only looks like it stays."""
    plain: dict[str, Any] = {"Code": "Ü 株", "Seen": NOW, "Half": "\ud83d"}
    marked = {str(n): {**plain, "n": n, "xtiger.gone": True} for n in range(1100)}
    odd = {"Code": '"xtiger.gone"', "inner": {"xtiger.gone": True}}
    others = {"there": plain, "odd": odd, "bare": {"xtiger.gone": True}}
    _stored_before(store, {key: plain_text(one) for key, one in (marked | others).items()})

    found = store.shadows("c1", "xero", "Item")

    assert [{**plain, "n": n} for n in range(1100)] == [found[str(n)].payload for n in range(1100)]
    assert {*marked, "bare"} == {key for key, one in found.items() if one.gone}
    rest = [found[key].payload for key in ("there", "odd", "bare")]
    assert [plain, odd, {}] == rest
    now = {key: one.payload for key, one in found.items()}
    assert [] == store.differing("c1", "xero", "Item", now, {*marked, "bare"})
