"""A run's totals: all modules together, by result."""

from __future__ import annotations

from datetime import UTC, datetime

from xtiger.model.runs import Run

_STARTED = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def test_totals_add_the_modules_up() -> None:
    """A result that several modules have is one number; the order is that of the modules."""
    counts = {"Organizations": {"created": 2, "held": 1}, "Products": {"linked": 3, "created": 5}}

    run = Run("r1", "c1", ("Organizations", "Products"), _STARTED, counts=counts)

    assert [("created", 7), ("held", 1), ("linked", 3)] == list(run.totals.items())


def test_a_run_without_records_has_no_totals() -> None:
    """There is no result to name."""
    assert {} == Run("r1", "c1", (), _STARTED).totals
