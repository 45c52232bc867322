"""What documents are worth, kept with their last seen copies."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from tests.db.samples import NOW
from xtiger.db.migrations.versions import v0015_notices
from xtiger.db.store import SqlStore
from xtiger.model.links import Shadow
from xtiger.rules.customers.document_money import MONEY_KINDS

SALES = dict(
    zip(
        MONEY_KINDS,
        ("ACCREC", "ACCRECCREDIT", "RECEIVE-PREPAYMENT", "RECEIVE-OVERPAYMENT"),
        strict=True,
    )
)


def raw(kind: str, key: str, due: str = "2026-11-10", **values: Any) -> dict[str, Any]:
    """An open document of 10, of which 4 are paid or used."""
    return {
        f"{kind}ID": key,
        "Type": SALES[kind],
        "Status": "AUTHORISED",
        "Contact": {"ContactID": "c"},
        "CurrencyCode": "GBP",
        "Total": Decimal("10.00"),
        "AmountPaid": Decimal(4),
        "AmountDue": Decimal(6),
        "RemainingCredit": Decimal(6),
        "DueDate": due,
        "Payments": [{"Date": "/Date(1762128000000+0000)/", "Amount": Decimal(4)}],
        **values,
    }


def seen(store: SqlStore, kind: str, *elements: dict[str, Any], gone: bool = False) -> None:
    """Keep these as last seen in Xero."""
    shadows = [Shadow("xero", kind, one[f"{kind}ID"], one, NOW, gone=gone) for one in elements]
    store.save_shadows("c1", shadows)


def test_the_money_of_a_document_follows_its_copy(store: SqlStore) -> None:
    """Each new copy counts; what is gone is worth nothing; others are not looked at."""
    seen(store, "Invoice", raw("Invoice", "i1"))
    first = store.document_money("c1", "Invoice", ["i1", "none"])
    seen(store, "Invoice", raw("Invoice", "i1", AmountDue=Decimal(1)))
    second = store.document_money("c1", "Invoice", ["i1"])
    seen(store, "Invoice", raw("Invoice", "i1"), gone=True)
    third = store.document_money("c1", "Invoice", ["i1"])
    store.save_shadows("c1", [Shadow("crm", "Invoice", "i9", raw("Invoice", "i9"), NOW)])

    assert [Decimal(6), Decimal(1), Decimal(0)] == [
        one["i1"].left for one in (first, second, third)
    ]
    assert {"i1"} == set(first)
    assert ["i1"] == [one.xero_id for one in store.money_of_contacts("c1", ["c", "d"])]
    assert [] == store.money_of_contacts("c2", ["c"])


def test_open_sales_are_found_by_their_day(store: SqlStore) -> None:
    """From a day on, before another; bills, drafts and what is paid are not."""
    seen(
        store,
        "Invoice",
        raw("Invoice", "a", "2026-11-09"),
        raw("Invoice", "b", "2026-11-10"),
        raw("Invoice", "d", "2026-11-12"),
        raw("Invoice", "e", Type="ACCPAY"),
        raw("Invoice", "f", Status="DRAFT"),
        raw("Invoice", "g", Status="PAID", AmountDue=Decimal(0)),
    )
    found = store.overdue_money("c1", date(2026, 11, 10), date(2026, 11, 12))

    assert ["b"] == [one.xero_id for one in found]


def test_sent_and_open_ones_are_looked_at_in_turn(store: SqlStore) -> None:
    """Those never looked at first, those opened never again."""
    ids = ("a", "b", "d", "e")
    seen(store, "Invoice", *(raw("Invoice", one, SentToContact=True) for one in ids))
    seen(store, "Invoice", raw("Invoice", "f"))
    store.change_delivery("c1", "a", looked_at=NOW)
    store.change_delivery("c1", "b", opened_at=NOW)
    store.change_delivery("c1", "d", online_url="https://in.xero.com/d")

    assert ["d", "e", "a"] == store.sent_and_open("c1", 20)
    assert ["d"] == store.sent_and_open("c1", 1)


def test_a_store_of_before_knows_its_documents_at_once(store: SqlStore) -> None:
    """The revision fills the table from the copies, as saving them does."""
    for kind in MONEY_KINDS:
        seen(store, kind, raw(kind, f"{kind} 1"), raw(kind, f"{kind} 2", "never", Total="?"))
    seen(store, "Invoice", raw("Invoice", "bill", Type="ACCPAY", Payments=None, Contact=None))
    with store.engine.begin() as db:
        before = _rows(db)
        for table in ("document_money", "notice", "delivery"):
            db.execute(text(f"DROP TABLE xt_{table}"))
        with Operations.context(MigrationContext.configure(db)):
            v0015_notices.upgrade()
        after = _rows(db)

    assert 9 == len(before)
    assert before == after


def _rows(db: Any) -> list[tuple[Any, ...]]:
    found = db.execute(text("SELECT * FROM xt_document_money ORDER BY kind, xero_id"))
    return [tuple(row) for row in found]
