"""The payments that an invoice of Xero names."""

from __future__ import annotations

from typing import Any

from xtiger.engine.observe.invoice_payments import payments_of


def test_payments_are_named_in_the_order_of_the_invoice() -> None:
    """What has no id yet is not among them."""
    invoice = {"Payments": [{"PaymentID": "p2"}, {"PaymentID": ""}, {}, {"PaymentID": "p1"}]}

    assert ["p2", "p1"] == payments_of(invoice)


def test_an_invoice_that_nobody_paid_names_none() -> None:
    """Xero leaves the list out, or sends it empty."""
    unpaid: list[dict[str, Any]] = [{}, {"Payments": None}, {"Payments": []}]

    assert [[], [], []] == [payments_of(one) for one in unpaid]
