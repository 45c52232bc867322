"""The benchmark of the log: what a list or search asks of the database does not grow."""

from __future__ import annotations

from benchmarks.logs import search


def test_each_list_and_search_is_one_statement_however_long_the_log_is() -> None:
    """With 300 rows of 6 runs as with 3,000 of 60; each finds something but the one for nothing."""
    few, many = (search(rows, runs) for rows, runs in ((300, 6), (3_000, 60)))
    names = [one.name for one in few]

    assert [1] * (len(names) - 2) == [one.statements for one in many][:-2]
    assert [(one.name, one.statements) for one in few] == [
        (one.name, one.statements) for one in many
    ]
    assert ["text that nothing has"] == [one.name for one in many if not one.rows]
