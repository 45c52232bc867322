"""Runs, what they overwrote, and the calls to Xero."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.db.samples import NOW, later
from xtiger.db.parts.runs import CALLS_KEPT
from xtiger.db.store import SqlStore
from xtiger.model.calls import Call, Traffic
from xtiger.model.runs import Run

RUN = Run("r1", "c1", ("Organizations", "Invoices"), NOW)
CALL = Call("c1", NOW, "GET", "/Contacts?page=1", 200, 120, 0, 70_000, 59, 4999, 9999, "r1", "cid")


def test_a_run_comes_back_whole(store: SqlStore) -> None:
    """The last state saved under its id."""
    done = replace(
        RUN,
        finished_at=later(9),
        state="failed",
        calls=7,
        error="It stopped.",
        counts={"Organizations": {"created": 2, "held": 1}},
    )
    store.save_run(RUN)
    store.save_run(done)

    assert [done] == store.runs(["c1"])


def test_runs_come_newest_first(store: SqlStore) -> None:
    """In the order in which they were first saved, even where the clock stood still."""
    for name in ("b", "a", "c"):
        store.save_run(replace(RUN, id=name))
    store.save_run(replace(RUN, id="d", connection_id="c2"))
    store.save_run(replace(RUN, id="b", state="done"))

    assert ["c", "a"] == [run.id for run in store.runs(["c1"], limit=2)]


def test_the_first_before_image_of_a_run_stays(store: SqlStore) -> None:
    """What a record was before the run, not between two of its writes."""
    for name in ("first", "second"):
        store.save_before_images("r1", "xero", "Contact", {"x1": {"Name": name}}, NOW)

    assert [("xero", "Contact", "x1", {"Name": "first"})] == store.before_images("r1")


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
