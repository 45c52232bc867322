"""Stock that invoices of one plan take from tracked items."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from xtiger.engine.plan.invoice.stock import Stock
from xtiger.model.links import Shadow
from xtiger.rules.causes import cause_of


def _shadow(code: str, on_hand: object, *, tracked: bool = True, gone: bool = False) -> Shadow:
    payload = {"Code": code, "QuantityOnHand": on_hand, "IsTrackedAsInventory": tracked}
    return Shadow("xero", "Item", code, payload, datetime(2026, 11, 20, tzinfo=UTC), gone)


def _line(code: str | None, quantity: object) -> dict[str, Any]:
    return {"ItemCode": code, "Quantity": quantity}


def test_tracked_items_alone_have_a_stock() -> None:
    """What Xero does not count, or has no longer, never runs out."""
    items = [
        _shadow("T1", "7.0"),
        _shadow("T2", None),
        _shadow("S1", 9, tracked=False),
        _shadow("G1", 9, gone=True),
    ]

    assert {"T1": Decimal(7), "T2": Decimal(0)} == Stock.of(items).left


def test_one_invoice_after_the_other_takes_its_part() -> None:
    """The last one waits, with what is left and what it wants, and takes nothing."""
    stock = Stock({"T1": Decimal(5)})
    taken = [stock.take([_line("T1", 2), _line("T1", 1)]) for _ in range(2)]

    assert [None, cause_of("stock_short", available="2", item="T1", wanted="3")] == taken
    assert {"T1": Decimal(2)} == stock.left


def test_of_an_invoice_that_runs_short_no_line_takes_anything() -> None:
    """The item that was there stays for the next one."""
    stock = Stock({"T1": Decimal(5), "T2": Decimal(0)})

    assert stock.take([_line("T1", 1), _line("T2", 1)]) is not None
    assert {"T1": Decimal(5), "T2": Decimal(0)} == stock.left


def test_what_the_document_has_moved_already_counts_once() -> None:
    """An invoice of 4 that becomes 5 takes one more; the sentence says both as they will be."""
    stock = Stock({"T1": Decimal(1)})
    short = stock.take([_line("T1", 6)], before=[_line("T1", 4)])
    fits = stock.take([_line("T1", 5)], before=[_line("T1", 4)])

    assert cause_of("stock_short", available="5", item="T1", wanted="6") == short
    assert (None, {"T1": Decimal(0)}) == (fits, stock.left)


def test_an_invoice_that_becomes_smaller_gives_back() -> None:
    """Also where the stock is below zero, which Xero has by its own corrections."""
    stock = Stock({"T1": Decimal(-2)})

    assert stock.take([_line("T1", 1)], before=[_line("T1", 4)]) is None
    assert {"T1": Decimal(1)} == stock.left


def test_lines_without_a_tracked_item_take_nothing() -> None:
    """A comment, a service, a line without a quantity."""
    stock = Stock({"T1": Decimal(1)})

    assert stock.take([_line(None, 9), _line("S1", 9), _line("T1", None)]) is None
    assert {"T1": Decimal(1)} == stock.left
