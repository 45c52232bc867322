"""What Xero refused is kept per record until it goes, or another refusal takes its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from alembic.migration import MigrationContext
from alembic.operations import Operations

from xtiger.db.migrations.versions import v0012_refusal_reasons
from xtiger.db.store import SqlStore
from xtiger.model.links import Refusal

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ONE = Refusal("c1", "Invoices", "1", "abc", "failed", "xero_refused", {"message": "No."}, AT)


def test_a_refusal_comes_back_whole(store: SqlStore) -> None:
    """Of its own connection and module only."""
    store.save_refusals([ONE, replace(ONE, connection_id="c2", crm_id="2")])

    assert ({"1": ONE}, {}) == (store.refusals("c1", "Invoices"), store.refusals("c1", "Contacts"))


def test_the_newest_refusal_counts(store: SqlStore) -> None:
    """A record has one."""
    store.save_refusals([ONE])
    store.save_refusals([replace(ONE, digest="def")])

    assert ["def"] == [one.digest for one in store.refusals("c1", "Invoices").values()]


def test_a_forgotten_refusal_is_gone(store: SqlStore) -> None:
    """The others stay; one that never was is fine."""
    store.save_refusals([ONE, replace(ONE, crm_id="2")])
    store.forget_refusals("c1", "Invoices", ["1", "7"])

    assert ["2"] == list(store.refusals("c1", "Invoices"))


def test_a_store_of_before_keeps_its_one_reason(store: SqlStore) -> None:
    """A refusal that was stored with one reason has it still; new ones keep all."""
    several = replace(ONE, crm_id="2", also=({"code": "number_taken", "data": {"number": "I1"}},))
    store.save_refusals([ONE])
    with store.engine.begin() as db:
        db.exec_driver_sql("ALTER TABLE xt_refusal DROP COLUMN also")
        # This one step alone: those after it are done already.
        with Operations.context(MigrationContext.configure(db)):
            v0012_refusal_reasons.upgrade()
    store.save_refusals([several])

    assert {"1": ONE, "2": several} == store.refusals("c1", "Invoices")
