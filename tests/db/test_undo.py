"""What runs wrote, and what was taken back, as the store keeps it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select, text, update

from xtiger.db import tables
from xtiger.db.migrations.versions import v0016_undo
from xtiger.db.store import SqlStore
from xtiger.model.links import Pair
from xtiger.model.runs import Run
from xtiger.model.undo.allocated import Allocated
from xtiger.model.undo.images import Image, UndoHold

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
IMAGE = Image(
    "c",
    "r1",
    "Invoices",
    "Invoice",
    "1",
    "x",
    "I1",
    "changed",
    7,
    xero={"Total": (Decimal("1.50"), None)},
    crm={"day": (date(2026, 11, 1), date(2026, 11, 2))},
    base={"a": Pair("1", "2", ("a",)), "b": None},
    lines={"1": "l1"},
    allocated=(Allocated("n", "x", "I1", Decimal("4.10"), "a"),),
    at=NOW,
)
HOLD = UndoHold("c", "Invoices", "Invoice", "1", "x", "I1", "r2", "changed", NOW)


def test_images_come_back_newest_first(store: SqlStore) -> None:
    """With every value of its own type; those of other runs and connections are not in."""
    others = [replace(IMAGE, run_id="r2"), replace(IMAGE, run_id="r3")]
    store.add_images([IMAGE, *others, replace(IMAGE, connection_id="d")])

    found = store.images("c", ["r1", "r2"])

    assert ["r2", "r1"] == [one.run_id for one in found]
    assert IMAGE == replace(found[1], id=None)


def test_images_of_before_have_no_credit(store: SqlStore) -> None:
    """A release before undo knew of credit kept none: all else of them is as it was."""
    store.add_images([IMAGE])
    with store.database.writing() as db:
        kept = dict(db.execute(select(tables.image.c.detail)).scalar_one())
        del kept["allocated"]
        db.execute(update(tables.image).values(detail=kept))

    assert [replace(IMAGE, allocated=())] == [
        replace(one, id=None) for one in store.images("c", ["r1"])
    ]


def test_old_images_are_dropped(store: SqlStore) -> None:
    """What was overwritten goes with them."""
    store.add_images([IMAGE, replace(IMAGE, at=NOW + timedelta(days=1))])
    store.save_before_images("r1", "crm", "Invoices", {"1": {}}, NOW)

    store.drop_images(NOW + timedelta(hours=1))

    assert (1, []) == (len(store.images("c", ["r1"])), store.before_images("r1"))


def test_holds_are_kept_once_and_let_go(store: SqlStore) -> None:
    """By both ids of the record."""
    other = replace(HOLD, crm_id="2", xero_id="", at=NOW + timedelta(seconds=1))
    store.save_undo_holds([HOLD, other])
    store.save_undo_holds([replace(HOLD, run_id="r9")])

    assert ["r9", "r2"] == [one.run_id for one in store.undo_holds("c")]

    store.forget_undo_holds([HOLD])

    assert [other] == store.undo_holds("c")


def test_a_run_is_found_by_the_beginning_of_its_id(store: SqlStore) -> None:
    """Of its own connection alone, and letter by letter; what began after it is known."""
    runs = [Run(name, of, (), NOW) for name, of in (("a_1", "c"), ("ab1", "c"), ("a_2", "d"))]
    for run in runs:
        store.save_run(run)

    assert ["a_1"] == [one.id for one in store.runs_named("c", "a_")]
    assert [runs[1], None] == [store.next_run("c", "a_1"), store.next_run("c", "ab1")]


def test_a_store_of_before_gets_both_tables(store: SqlStore) -> None:
    """What it overwrote before stays; images begin with the update."""
    store.save_before_images("r1", "crm", "Invoices", {"1": {}}, NOW)
    with store.database.writing() as db:
        for table in ("xt_image", "xt_undo_hold"):
            db.execute(text(f"DROP TABLE {table}"))
        db.execute(text("DROP INDEX ix_xt_before_image_at"))
        with Operations.context(MigrationContext.configure(db)):
            v0016_undo.upgrade()

    store.add_images([IMAGE])
    store.save_undo_holds([HOLD])

    assert (1, [HOLD]) == (len(store.images("c", ["r1"])), store.undo_holds("c"))
    assert 1 == len(store.before_images("r1"))
