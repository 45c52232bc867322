"""Payments that stand for what an invoice says was received."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from xtiger.db.migrations.versions import v0014_received
from xtiger.db.store import SqlStore

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
VALUES = {"invoice": "7", "date": date(2026, 11, 20), "amount": Decimal("4.50")}


def test_payments_come_back_by_id_and_by_invoice(store: SqlStore) -> None:
    """Each with its values, of its own tenant only, those taken back among the first only."""
    first = store.add_received("t", "7", VALUES, NOW, grown=True)
    second = store.add_received("t", "7", {**VALUES, "amount": Decimal(1)}, NOW)
    store.add_received("other", "7", VALUES, NOW)
    store.withdraw_received("t", [second.id], NOW)

    assert {"7": [first]} == store.received_for("t", ["7", "8"])
    assert [(first.id, False, True), (second.id, True, False)] == [
        (key, one.gone, one.grown)
        for key, one in sorted(store.received("t", [first.id, second.id, "99", "x"]).items())
    ]
    assert [first.number, second.number] == [p.number for p in store.received_after("t", 0, 9)]


def test_a_payment_of_the_same_key_is_made_once(store: SqlStore) -> None:
    """A repeat gets the one made before."""
    made = store.add_received("t", "7", VALUES, NOW, key="k")

    assert made == store.add_received("t", "7", {}, NOW, key="k")
    assert made.id != store.add_received("other", "7", VALUES, NOW, key="k").id


def test_values_change_one_by_one_until_it_is_taken_back(store: SqlStore) -> None:
    """The others stay; what is not there says so."""
    made = store.add_received("t", "7", VALUES, NOW)
    assert store.change_received("t", made.id, {"amount": Decimal(2)}, NOW)
    assert {**VALUES, "amount": Decimal(2)} == store.received("t", [made.id])[made.id].values
    store.withdraw_received("t", [made.id], NOW)

    assert not store.change_received("t", made.id, {}, NOW)
    assert not store.change_received("t", "99", {}, NOW)


def test_a_tenant_is_forgotten(store: SqlStore) -> None:
    """The payments of the others stay."""
    store.add_received("t", "7", VALUES, NOW)
    kept = store.add_received("other", "7", VALUES, NOW)
    store.forget_received("t")

    assert ([], [kept]) == (store.received_after("t", 0, 9), store.received_after("other", 0, 9))


def test_payments_stay_off_where_nobody_mapped_them(store: SqlStore) -> None:
    """A store of before: a sync that went without them goes on so; one with them stays on."""
    names = "connection_id, module, version, kind, rows, options, saved_at"
    row = (
        f"INSERT INTO xt_mapping ({names})"
        " VALUES (:c, :m, 1, :k, '[]', '{}', '2026-11-20 09:00:00')"
    )
    chosen = json.dumps({"module": "Payments", "enabled": True})
    mapped = {"a": ("Invoice",), "b": ("Invoice", "Payment"), "d": ("Invoice",)}
    with store.engine.begin() as db:
        db.execute(text("DROP TABLE xt_received"))
        for connection, kinds in mapped.items():
            for kind in kinds:
                db.execute(text(row), {"c": connection, "m": f"{kind}s", "k": kind})
        db.execute(
            text("INSERT INTO xt_module_settings VALUES ('d', 'Payments', :v)"), {"v": chosen}
        )
        with Operations.context(MigrationContext.configure(db)):
            v0014_received.upgrade()

    assert [False, True, True, True] == [
        store.module_settings(one, "Payments").enabled for one in "abcd"
    ]
