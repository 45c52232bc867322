"""Runs, and what they overwrote."""

from __future__ import annotations

from dataclasses import replace

from tests.db.samples import NOW, later
from xtiger.db.store import SqlStore
from xtiger.model.runs import Run

RUN = Run("r1", "c1", ("Organizations", "Invoices"), NOW)


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
