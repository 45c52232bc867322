"""Which lines of Xero the CRM keeps in the head of an invoice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from xtiger.engine.plan.invoice.head_lines import head_lines
from xtiger.hosts.standard import invoices
from xtiger.model.line_ids import ADJUSTMENT, CHARGES

RATES = {"": Decimal(0), "OUTPUT2": Decimal(20)}


def line(text: str, **cells: Any) -> dict[str, Any]:
    """A line of one piece at 5.00 without tax."""
    return {"Description": text, "Quantity": Decimal(1), "UnitAmount": Decimal(5), **cells}


@pytest.mark.parametrize(
    ("cells", "part"),
    [
        (line("Charges"), CHARGES),
        (line("CHARGES", TaxType="OUTPUT2"), CHARGES),
        (line("Charges", ItemCode="P1"), None),
        (line("Adjustment"), ADJUSTMENT),
        (line("Adjustment", TaxType="OUTPUT2"), None),
        (line("Adjustment", TaxType="UNREAD"), None),
        (line("Adjustment", Quantity=Decimal(2)), None),
        (line("Adjustment", Discount=["rate", Decimal(5)]), None),
        (line("Adjustments"), None),
    ],
)
def test_a_line_is_known_by_its_text(cells: dict[str, Any], part: str | None) -> None:
    """Charges of any tax, an adjustment of none, neither of an item; a text like it is a line."""
    found = head_lines([("x", cells)], invoices(), (), RATES.get)

    assert ({"x": part} if part else {}) == found


def test_each_part_of_the_head_is_one_line() -> None:
    """The first becomes it, and none where the CRM has it already."""
    lines = [("a", line("Charges")), ("b", line("Charges")), ("c", line("Adjustment"))]

    assert {"a": CHARGES} == head_lines(lines, invoices(), [ADJUSTMENT], RATES.get)
