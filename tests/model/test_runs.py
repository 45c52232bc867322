"""Runs as data: totals of all modules, and what became of records that a person asked to send."""

from __future__ import annotations

from datetime import UTC, datetime

from xtiger.model.runs import Asked, Run, Sent

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def test_totals_add_the_modules_up() -> None:
    """A result that several modules have is one number; the order is that of the modules."""
    counts = {"Organizations": {"created": 2, "held": 1}, "Products": {"linked": 3, "created": 5}}

    run = Run("r1", "c1", ("Organizations", "Products"), NOW, counts=counts)

    assert [("created", 7), ("held", 1), ("linked", 3)] == list(run.totals.items())


def test_a_run_without_records_has_no_totals() -> None:
    """There is no result to name."""
    assert {} == Run("r1", "c1", (), NOW).totals


def test_two_answers_are_one() -> None:
    """What is dealt with and what goes on later, in their order."""
    first, second = (Asked("Contacts", crm_id, NOW, NOW) for crm_id in ("1", "2"))

    assert Sent(later=(first, second)) == Sent(later=(first,)).joined(Sent(later=(second,)))
