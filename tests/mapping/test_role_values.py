"""The values of a record by their roles."""

from __future__ import annotations

from decimal import Decimal

import pytest

from xtiger.mapping.role_values import RoleValues
from xtiger.model.records import Field, Module
from xtiger.model.values import Plain

MODULE = Module(
    "Bills", "invoice", "Bills", (Field("sum", "money", role="invoice.total"), Field("note"))
)


def total(value: Plain) -> RoleValues:
    """A record with this total."""
    return RoleValues(MODULE, {"sum": value})


def test_a_value_is_found_by_its_role() -> None:
    """As the host gave it; a role that the module has not is nothing."""
    assert (Decimal("5.00"), None) == (
        total(Decimal("5.00")).raw("invoice.total"),
        total(1).raw("invoice.date"),
    )


@pytest.mark.parametrize(("value", "text"), [(None, None), (5, "5"), (" a ", "a")])
def test_a_text_is_canonical(value: Plain, text: str | None) -> None:
    """Without blanks around it; an empty value is none."""
    assert text == total(value).text("invoice.total")


@pytest.mark.parametrize(
    ("value", "number", "amount"),
    [
        (None, None, Decimal(0)),
        ("5.50", Decimal("5.5"), Decimal("5.5")),
        (0, Decimal(0), Decimal(0)),
    ],
)
def test_a_number_is_exact(value: Plain, number: Decimal | None, amount: Decimal) -> None:
    """None when empty; as an amount then zero."""
    assert (number, amount) == (
        total(value).number("invoice.total"),
        total(value).amount("invoice.total"),
    )


def test_what_is_no_number_is_named() -> None:
    """The error holds the value, shortened: it may be a whole page."""
    with pytest.raises(ValueError, match="^" + "x" * 40 + "$"):
        total("x" * 90).number("invoice.total")
