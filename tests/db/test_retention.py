"""What leaves the store after its time, and that the chain of the log stays provable."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from tests.db.samples import NOW, link, outcome
from xtiger.db import tables
from xtiger.db.store import SqlStore
from xtiger.model.calls import Batch, Intent
from xtiger.model.log.keep_times import KeepTimes
from xtiger.model.runs import Outcome, Run

TIMES = KeepTimes()
#: Far more than there is.
ALL = 1_000


def aged(days: float, crm_id: str = "1", result: Any = "created") -> Outcome:
    """An outcome of so many days ago."""
    at = NOW - timedelta(days=days)
    return Outcome(
        "c1", "r1", "Organizations", "Contact", crm_id, f"X-{crm_id}", "Acme", result, at=at
    )


def left(store: SqlStore) -> list[int]:
    """The ids of the outcomes that are there, oldest first."""
    found = store.outcomes(connections=["c1"], limit=ALL)
    return sorted(one.id for one in found if one.id is not None)


def test_rows_leave_after_their_time_by_their_result(store: SqlStore) -> None:
    """What was created after 90 days, what failed after a year; the chain stays whole."""
    store.add_outcomes(
        [
            *(aged(400, result="failed"), aged(364, result="failed")),
            *(aged(91), aged(91, "2"), aged(89, "3"), aged(0, "4")),
        ]
    )
    store.count_unchanged("c1", "r0", {"Organizations": 7}, NOW - timedelta(days=91))
    store.count_unchanged("c1", "r1", {"Organizations": 9}, NOW)
    gone = store.cut_log(TIMES, NOW, ALL)

    assert (4, [2, 5, 6], {}, {"Organizations": 9}, None) == (
        gone,
        left(store),
        store.unchanged_counts("r0"),
        store.unchanged_counts("r1"),
        store.broken_audit_row(),
    )


def test_the_chain_goes_on_after_many_cuts(store: SqlStore) -> None:
    """Day after day, with rows that stay in between; the cuts themselves do not pile up."""
    store.add_link(link("1"))
    for day in range(200):
        now = NOW + timedelta(days=day)
        store.add_outcomes([outcome("1", at=now), outcome(f"new {day}", at=now)])
        store.cut_log(KeepTimes(30), now, ALL)
    with store.engine.connect() as db:
        counted = [
            db.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (tables.outcome, tables.audit_note, tables.audit_gap)
        ]

    # Of 400 rows those of 31 days; one note of the last cut; one gap for what is before them,
    # and one for each note of a cut between them that a later one replaced.
    assert ([62, 1, 31], None) == (counted, store.broken_audit_row())


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE xt_outcome SET name = 'x' WHERE id = 3",
        "UPDATE xt_outcome SET salt = 'x' WHERE id = 3",
        "UPDATE xt_outcome SET result = 'held' WHERE id = 3",
        "DELETE FROM xt_outcome WHERE id = 3",
        "DELETE FROM xt_audit_gap",
        "UPDATE xt_audit_gap SET last_id = last_id + 1",
        "UPDATE xt_audit_gap SET last_hash = 'x'",
        "UPDATE xt_audit_note SET count = 1 WHERE what = 'cut'",
        "DELETE FROM xt_audit_note WHERE what = 'cut'",
    ],
)
def test_an_edit_after_a_cut_is_found(store: SqlStore, edit: str) -> None:
    """Be it of a row, of what the cut left behind, or of its note."""
    store.add_outcomes([aged(100), aged(100, "2"), aged(1, "3"), aged(1, "4")])
    store.cut_log(TIMES, NOW, ALL)
    whole = store.broken_audit_row()
    with store.engine.begin() as db:
        db.execute(text(edit))

    assert whole is None
    assert store.broken_audit_row() is not None


def test_rows_taken_away_by_hand_do_not_pass_for_a_cut(store: SqlStore) -> None:
    """Who writes the gap too still lacks the note that announces it."""
    store.add_outcomes(aged(1, str(number)) for number in range(4))
    with store.engine.begin() as db:
        db.execute(
            text("INSERT INTO xt_audit_gap SELECT id, id, hash FROM xt_outcome WHERE id = 2")
        )
        db.execute(text("DELETE FROM xt_outcome WHERE id = 2"))

    assert store.broken_audit_row() == 2


def test_a_row_that_somebody_changed_does_not_leave(store: SqlStore) -> None:
    """What would show the change stays, whatever its age; the others go."""
    store.add_outcomes(aged(100, str(number)) for number in range(4))
    with store.engine.begin() as db:
        db.execute(text("UPDATE xt_outcome SET result = 'held' WHERE id = 2"))
    store.cut_log(TIMES, NOW, ALL)

    assert ([2], 2) == (left(store), store.broken_audit_row())


def test_of_a_known_record_the_newest_of_each_result_stays(store: SqlStore) -> None:
    """It says how the record came and how it last stood, as long as the record is linked."""
    store.add_link(link("1"))
    old = ["created", "updated", "updated", "held", "held", "unchanged"]
    store.add_outcomes(aged(200, result=one) for one in old)
    store.add_outcomes(aged(200, "2", one) for one in old)
    store.cut_log(TIMES, NOW, ALL)

    assert [1, 3, 5, 6] == left(store)


def test_a_part_goes_at_once_and_the_rest_later(store: SqlStore) -> None:
    """Oldest first, so that no writer waits long."""
    store.add_outcomes(aged(100, str(number)) for number in range(5))
    gone = [store.cut_log(TIMES, NOW, 2) for _ in range(4)]

    assert ([2, 2, 1, 0], None) == (gone, store.broken_audit_row())


def test_batches_leave_when_they_are_done_and_old(store: SqlStore) -> None:
    """With their intents; one whose answer never came stays."""

    def batch(name: str, state: Any, days: int, intent_state: Any) -> None:
        intent = Intent(
            *(f"i-{name}", 0, "Organizations", "Contact", "1", None, "create", None, {}),
            state=intent_state,
        )
        sent = Batch(
            *(name, "c1", "r1", "Contact", "POST", "/Contacts", b"{}", f"key-{name}"),
            state=state,
            sent_at=NOW - timedelta(days=days),
            intents=(intent,),
        )
        store.open_batch(sent)
        store.save_batch(sent)

    batch("old", "done", 100, "applied")
    batch("new", "done", 1, "applied")
    batch("unknown", "done", 100, "planned")
    batch("sent", "sent", 100, "planned")
    store.drop_batches(NOW - timedelta(days=90))
    with store.engine.connect() as db:
        found = db.execute(select(tables.intent.c.batch_id)).scalars().all()

    assert {"new", "unknown", "sent"} == set(found)


def test_runs_leave_after_their_time_but_for_the_newest(store: SqlStore) -> None:
    """Those that failed stay a year; the newest of each kind and end stay."""
    runs: list[tuple[str, Any, Any, int]] = [
        *(("a", "schedule", "done", 100), ("b", "schedule", "done", 99), ("c", "save", "done", 99)),
        *(("d", "schedule", "failed", 400), ("e", "schedule", "failed", 300)),
        *(("f", "proof", "agreed", 500), ("g", "proof", "agreed", 400)),
        ("h", "schedule", "done", 1),
    ]
    for name, trigger, state, days in runs:
        at = NOW - timedelta(days=days)
        store.save_run(Run(name, "c1", (), at, trigger=trigger, state=state))
    store.drop_runs(TIMES, NOW)

    assert {"c", "e", "g", "h"} == {one.id for one in store.runs(["c1"], 100)}
