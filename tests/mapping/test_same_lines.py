"""When two lines of Xero are the same line."""

from __future__ import annotations

from decimal import Decimal

import pytest

from xtiger.mapping.lines_to_xero import LINE_KEYS, line_keys
from xtiger.model.values import Plain

Line = dict[str, Plain]


def line(text: str, line_id: str = "", **given: Plain) -> Line:
    """A line of Xero, with its id once Xero has it."""
    return {"Description": text, **({"LineItemID": line_id} if line_id else {}), **given}


class TestSameLines:
    def test_only_what_people_gave_counts(self) -> None:
        """Neither ids nor what Xero computes, nor how numbers are written."""
        answered = line("Tea", "l1", Quantity=Decimal("2.0000"), LineAmount=Decimal(20), TaxType="")

        assert line_keys([line("Tea", Quantity=2)]) == line_keys([answered])

    @pytest.mark.parametrize("name", ["DiscountRate", "DiscountAmount"])
    @pytest.mark.parametrize("zero", [0, Decimal("0.00"), None, ""])
    def test_a_discount_of_nothing_is_none(self, name: str, zero: Plain) -> None:
        """Xero answers 0 where we sent no discount."""
        assert [{"Description": "Tea"}] == line_keys([line("Tea", **{name: zero})])

    @pytest.mark.parametrize("name", LINE_KEYS)
    def test_each_key_tells_lines_apart(self, name: str) -> None:
        """A change of any of them is a change of the line."""
        assert line_keys([line("Tea")]) != line_keys([{**line("Tea"), name: Decimal(7)}])

    def test_a_quantity_or_price_of_zero_is_kept(self) -> None:
        """A free line is not a line without price."""
        assert [{"Quantity": Decimal(0), "UnitAmount": Decimal(0)}] == line_keys(
            [{"Quantity": 0, "UnitAmount": 0}]
        )
