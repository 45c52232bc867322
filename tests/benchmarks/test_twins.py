"""The benchmark of the finder: what it says of a small town of planted twins."""

from __future__ import annotations

from benchmarks.twins import look_for


def test_it_counts_what_was_compared_and_found() -> None:
    """All planted twins are found, for a few comparisons a record."""
    found = look_for(500)

    assert (500, 50, 0) == (found.records, found.planted, found.missed)
    assert 0 < found.comparisons < 500 * 12
    assert found.false <= 1
