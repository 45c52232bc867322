"""Links as data: texts that come out of the store hidden."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from xtiger.model.links import Decision, _hidden
from xtiger.model.secret import Secret


def test_every_text_of_kept_tokens_is_hidden() -> None:
    """Whatever it is called; numbers and nothing stay, permissions become a tuple."""
    found = _hidden({"access": "a", "refresh": None, "made": 3, "scope": ["x", "y"]})

    assert {"access": Secret("a"), "refresh": None, "made": 3, "scope": ("x", "y")} == found


def test_a_decision_counts_while_both_sides_are_as_they_were() -> None:
    """Compared as values: 5 and 5.00 are one amount."""
    at = datetime(2026, 11, 20, tzinfo=UTC)
    decision = Decision("c1", "Products", "1", "Name", "crm", ("Tea", Decimal(5)), at)

    assert [True, True, False, False] == [
        decision.fits(now)
        for now in (
            ("Tea", Decimal(5)),
            ("Tea", Decimal("5.00")),
            ("Tea", Decimal(6)),
            ("Tee", Decimal(5)),
        )
    ]
