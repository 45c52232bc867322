"""Prices net of discounts, for documents of Xero whose lines have none."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from xtiger.hosts.standard import invoices
from xtiger.mapping.net_prices import with_net_prices
from xtiger.model.records import Record, Ref


def _line(**values: Any) -> dict[str, Any]:
    return {"quantity": Decimal(1), "listprice": Decimal(10), **values}


@pytest.mark.parametrize(
    ("given", "price"),
    [
        ({"discount_percent": Decimal(10)}, Decimal(9)),
        ({"discount_amount": Decimal(1), "quantity": Decimal(2)}, Decimal("9.5")),
        ({"discount_amount": Decimal(1), "quantity": Decimal(3)}, Decimal("9.6667")),
        ({"discount_percent": Decimal(100)}, Decimal(0)),
    ],
)
def test_the_discount_is_in_the_price(given: dict[str, Any], price: Decimal) -> None:
    """Four places, and no discount is left."""
    record = Record(Ref("Invoices", "1"), {}, lines=(_line(**given),))

    (line,) = with_net_prices(record, invoices()).lines

    assert (price, None, None) == (
        line["listprice"],
        line.get("discount_percent"),
        line.get("discount_amount"),
    )


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"discount_percent": Decimal(10), "quantity": Decimal(0)},
        {"discount_percent": Decimal(10), "listprice": None},
        {"discount_percent": "some"},
    ],
)
def test_a_line_without_discount_or_amounts_is_as_it_was(given: dict[str, Any]) -> None:
    """What is wrong with it is said when the line is built."""
    line = _line(**given)

    record = with_net_prices(Record(Ref("Invoices", "1"), {}, lines=(line,)), invoices())

    assert (line,) == record.lines
