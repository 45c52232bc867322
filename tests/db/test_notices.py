"""Notices in the store: each once, until it was delivered."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.db.samples import NOW, later
from xtiger.db.store import SqlStore
from xtiger.model.customers.document_money import DocumentMoney
from xtiger.model.customers.notices import Notice, NoticeEvent
from xtiger.model.records import Ref

MONEY = DocumentMoney(
    "Invoice",
    "i1",
    "c",
    number="I1",
    currency="GBP",
    total=Decimal("10.00"),
    settled=Decimal(4),
    left=Decimal(6),
    due_day=date(2026, 11, 10),
)


def test_a_notice_goes_its_way_once(store: SqlStore) -> None:
    """Waiting, on its way, delivered; with its money as it was."""
    store.add_notice("c1", "part_paid", MONEY, NOW)
    (waiting,) = store.waiting_notices("c1", 9)
    store.begin_notice(waiting.id, Ref("Invoices", "7"))
    (begun,) = store.waiting_notices("c1", 9)
    assert [] == store.notices(["c1"], limit=9)
    store.end_notice(waiting.id)
    (told,) = store.notices(["c1"], limit=9)

    assert (False, True, False) == (waiting.is_repeated, begun.is_repeated, told.is_repeated)
    assert [] == store.waiting_notices("c1", 9)
    assert told == Notice(
        id=waiting.id,
        connection_id="c1",
        event="part_paid",
        at=NOW,
        xero_id="i1",
        ref=Ref("Invoices", "7"),
        number="I1",
        currency="GBP",
        total=Decimal("10.00"),
        settled=Decimal(4),
        left=Decimal(6),
        due_day=date(2026, 11, 10),
    )


def test_one_of_the_same_key_is_kept_once(store: SqlStore) -> None:
    """Those without a key may happen again."""
    for day in ("2026-11-10", "2026-11-10", "2026-11-12"):
        store.add_notice("c1", "overdue", MONEY, NOW, day)
    for _ in range(2):
        store.add_notice("c1", "paid", MONEY, NOW)
    events = [one.event for one in store.waiting_notices("c1", 9)]

    assert ["overdue", "overdue", "paid", "paid"] == events


def test_those_delivered_are_listed_newest_first(store: SqlStore) -> None:
    """Of one invoice, of some events, page by page; what was dropped is not."""
    events: tuple[NoticeEvent, ...] = ("paid", "voided", "opened", "paid")
    for number, event in enumerate(events):
        store.add_notice("c1", event, MONEY, later(number))
    for place, one in enumerate(store.waiting_notices("c1", 9)):
        store.begin_notice(one.id, Ref("Invoices", "7" if place < 2 else "8"))
        store.end_notice(one.id, dropped=place == 3)

    assert ["opened", "voided", "paid"] == _events(store)
    assert ["voided", "paid"] == _events(store, crm=Ref("Invoices", "7"))
    assert ["paid"] == _events(store, events=["paid"])
    assert ["voided"] == [one.event for one in store.notices(["c1"], limit=1, offset=1)]
    assert [] == store.notices(["c2"], limit=9)


def _events(store: SqlStore, **asked: object) -> list[str]:
    found = store.notices(["c1"], limit=9, **asked)  # type: ignore[arg-type]
    return [one.event for one in found]
