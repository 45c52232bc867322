"""The log of calls to Xero."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.db.samples import NOW, later
from xtiger.db.parts.calls import CALLS_KEPT
from xtiger.db.store import SqlStore
from xtiger.model.calls import Call, Traffic

CALL = Call("c1", NOW, "GET", "/Contacts?page=1", 200, 120, 0, 70_000, 59, 4999, 9999, "r1", "cid")


def test_a_call_comes_back_whole(store: SqlStore) -> None:
    """With sizes and what the answer said about the limits."""
    store.add_call(CALL)

    assert [CALL] == store.calls("c1", NOW)


def test_calls_come_newest_first_since_a_moment(store: SqlStore) -> None:
    """The moment itself included, at most as many as asked for."""
    for second in range(5):
        store.add_call(replace(CALL, at=later(second), milliseconds=second))
    store.add_call(replace(CALL, connection_id="c2", at=later(9)))

    assert [4, 3, 2] == [call.milliseconds for call in store.calls("c1", later(1), limit=3)]


def test_traffic_is_summed_by_day_and_kind(store: SqlStore) -> None:
    """Whatever the record; days begin at midnight UTC."""
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = [
        (midnight - timedelta(seconds=1), "/Contacts", 1, 10),
        (midnight, "/Contacts", 2, 20),
        (midnight + timedelta(hours=23, minutes=59), "/Contacts/id-1", 3, 30),
        (midnight, "/Items", 4, 40),
    ]
    for at, path, sent, received in rows:
        store.add_call(replace(CALL, at=at, path=path, sent_bytes=sent, received_bytes=received))
    store.add_call(replace(CALL, connection_id="c2", at=midnight))
    store.add_call(replace(CALL, at=midnight - timedelta(days=9)))
    today = midnight.date()

    assert [
        Traffic(today - timedelta(days=1), "Contacts", 1, 1, 10),
        Traffic(today, "Contacts", 2, 5, 50),
        Traffic(today, "Items", 1, 4, 40),
    ] == store.traffic("c1", midnight - timedelta(days=1))


def test_old_calls_leave_the_log(store: SqlStore) -> None:
    """Those older than three months are dropped, at the latest 500 calls later."""
    store.add_call(replace(CALL, at=NOW - CALLS_KEPT - timedelta(seconds=1)))
    store.add_call(replace(CALL, at=NOW - CALLS_KEPT))
    with store.transaction():
        for _ in range(498):
            store.add_call(CALL)

    assert 499 == len(store.calls("c1", NOW - timedelta(days=400)))
