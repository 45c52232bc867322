"""Credit that a run set against an invoice, as data."""

from __future__ import annotations

from decimal import Decimal

from xtiger.model.undo.allocated import Allocated


def test_what_is_kept_comes_back() -> None:
    """Amounts keep their places, whatever a store makes of numbers."""
    made = Allocated("n", "i", "I1", Decimal("4.10"), "a", "I1-CN1", Decimal("5.00"))

    assert made == Allocated.of(made.plain())
    assert "4.10" == made.plain()["amount"]
