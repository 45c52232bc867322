"""The benchmark of the log: what a list or search asks of the database does not grow."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import event

from benchmarks.logs import START, filled, search
from xtiger.model.log.keep_times import KeepTimes


def test_each_list_and_search_is_one_statement_however_long_the_log_is() -> None:
    """With 300 rows of 6 runs as with 3,000 of 60; each finds something but the one for nothing."""
    few, many = (search(rows, runs) for rows, runs in ((300, 6), (3_000, 60)))
    names = [one.name for one in few]

    assert [1] * (len(names) - 2) == [one.statements for one in many][:-2]
    assert [(one.name, one.statements) for one in few] == [
        (one.name, one.statements) for one in many
    ]
    assert ["text that nothing has"] == [one.name for one in many if not one.rows]


def test_a_row_that_leaves_is_compared_with_the_rows_of_its_record_alone() -> None:
    """By the index of records: by that of results, each would meet half of the log."""
    asked: list[tuple[str, tuple[object, ...]]] = []
    with filled(300, 6) as store:
        event.listen(
            store.engine,
            "before_cursor_execute",
            lambda *given: asked.append((given[2], given[3])),
        )
        assert store.cut_log(KeepTimes(1), START + timedelta(days=30), 100)
        statement, values = next(
            one for one in asked if one[0].startswith("SELECT xt_outcome.id") and "EXISTS" in one[0]
        )
        with store.engine.connect() as db:
            plan = db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    looked = [
        str(row[-1]) for row in plan if "xt_outcome_1" in row[-1] or "xt_outcome_2" in row[-1]
    ]

    assert looked
    assert all("ix_xt_outcome_crm" in one or "ix_xt_outcome_xero" in one for one in looked)
