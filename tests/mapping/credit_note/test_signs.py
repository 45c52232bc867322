"""Invoices that give money back: how they are told, and how Xero counts them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from xtiger.hosts.standard import invoices
from xtiger.mapping.credit_note.signs import is_below_zero, says_credit, turned, with_credit_signs
from xtiger.model.records import Record, Ref

MODULE = invoices()


def record(*lines: dict[str, Any], **values: Any) -> Record:
    return Record(
        Ref("Invoices", "1"), values, tuple({"id": str(n), **one} for n, one in enumerate(lines))
    )


@pytest.mark.parametrize(
    ("status", "chosen", "says"),
    [
        ("Credit Invoice", {}, True),
        ("Gutschrift", {"Gutschrift": "CREDIT"}, True),
        ("Approved", {}, False),
        ("", {}, False),
        (None, {}, False),
    ],
)
def test_its_status_says_so(status: str | None, chosen: dict[str, str], says: bool) -> None:
    """By the word, or by what the mapping says of it."""
    assert says is says_credit(record(invoicestatus=status), MODULE, chosen)


@pytest.mark.parametrize(
    ("values", "price", "below"),
    [
        ({"total": Decimal(-1)}, "10", True),
        ({"total": Decimal(0)}, "-10", False),
        ({}, "-10", True),
        ({}, "10", False),
        ({"total": "much"}, "-10", False),
    ],
)
def test_its_total_says_so(values: dict[str, Any], price: str, below: bool) -> None:
    """The CRM's own total counts, that of the lines only where there is none."""
    line = {"quantity": Decimal(1), "listprice": Decimal(price)}
    assert below is is_below_zero(record(line, **values), MODULE, "line")


def test_all_its_money_is_turned_round() -> None:
    """A negative quantity becomes one above zero, else the price changes its sign; rates stay."""
    found = with_credit_signs(
        record(
            {"quantity": Decimal(-2), "listprice": Decimal(5), "tax_percent": Decimal(20)},
            {"quantity": Decimal(1), "listprice": Decimal(-3), "total": Decimal(-3)},
            {"quantity": Decimal(1), "listprice": None},
            {"quantity": "two", "listprice": Decimal(1)},
            total=Decimal(-13),
            charges="",
            balance="odd",
            invoicestatus="Approved",
        ),
        MODULE,
    )

    assert {
        "total": Decimal(13),
        "charges": None,
        "balance": "odd",
        "invoicestatus": "Approved",
    } == found.values
    assert [
        {"id": "0", "quantity": 2, "listprice": 5, "tax_percent": 20},
        {"id": "1", "quantity": 1, "listprice": 3, "total": 3},
        {"id": "2", "quantity": 1, "listprice": None},
        {"id": "3", "quantity": "two", "listprice": 1},
    ] == list(found.lines)


def test_turned_twice_it_is_as_before() -> None:
    """What goes into the CRM has the CRM's signs again."""
    values = {"total": Decimal("-12.50"), "subject": "x"}
    assert values == turned(turned(values, MODULE), MODULE)
