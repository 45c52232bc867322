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


def test_a_discount_on_the_whole_is_in_the_prices_too() -> None:
    """A tenth less of each line beside its own, then 5.00 by weight; the head has none any more."""
    lines = (_line(discount_percent=Decimal(10)), _line(quantity=Decimal(3)))
    prices = []
    for head in ({"discount_percent": Decimal(10)}, {"discount_amount": Decimal(5)}):
        record = with_net_prices(
            Record(Ref("Invoices", "1"), head, lines=lines), invoices(), whole=True
        )

        assert [None] == list({record.values[name] for name in head})
        prices.append([line["listprice"] for line in record.lines])

    assert [[Decimal("8.1"), Decimal(9)], [Decimal("7.85"), Decimal("8.7167")]] == prices


@pytest.mark.parametrize("head", [{}, {"discount_amount": Decimal(99)}, {"discount_percent": "x"}])
def test_what_cannot_be_spread_stays_in_the_head(head: dict[str, Any]) -> None:
    """It is said of the invoice."""
    record = Record(Ref("Invoices", "1"), head, lines=(_line(),))

    assert record == with_net_prices(record, invoices(), whole=True)
