"""What a document of Xero is worth, and what a customer owes and has by that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from xtiger.model.customers.document_money import Balance, DocumentMoney
from xtiger.rules.customers.document_money import (
    balances,
    is_approved_sale,
    is_overdue,
    money_of,
    xero_day,
)

TODAY = date(2026, 11, 20)
RAW = {
    "InvoiceID": "i1",
    "Type": "ACCREC",
    "Status": "AUTHORISED",
    "InvoiceNumber": "I1",
    "Contact": {"ContactID": "c1"},
    "CurrencyCode": "EUR",
    "Total": Decimal("100.00"),
    "AmountPaid": Decimal(30),
    "AmountCredited": 5,
    "AmountDue": "65.00",
    "DueDate": "/Date(1763596800000+0000)/",
    "SentToContact": True,
    "Payments": [
        {"Date": "2026-11-01T00:00:00", "Amount": Decimal(10)},
        {"Date": "2026-11-05", "Amount": Decimal(15)},
        {"Date": "2026-11-05", "Amount": Decimal(5)},
        {"Date": "never", "Amount": Decimal(99)},
    ],
}
OPEN = DocumentMoney(
    "Invoice", "i1", "c1", status="AUTHORISED", currency="GBP", total=Decimal(9), left=Decimal(9)
)


def test_an_invoice_is_read_with_its_last_payment() -> None:
    """What is paid and credited counts together; payments of one day too."""
    found = money_of("Invoice", RAW)

    assert found == DocumentMoney(
        "Invoice",
        "i1",
        "c1",
        sells=True,
        status="AUTHORISED",
        number="I1",
        currency="EUR",
        total=Decimal(100),
        settled=Decimal(35),
        left=Decimal(65),
        due_day=date(2025, 11, 20),
        paid_on=date(2026, 11, 5),
        paid_then=Decimal(20),
        is_sent=True,
    )


def test_a_credit_is_worth_what_remains_of_it() -> None:
    """It has no due day and no payments."""
    raw = {"OverpaymentID": "o1", "Type": "RECEIVE-OVERPAYMENT", "RemainingCredit": Decimal(7)}
    found = money_of("Overpayment", {**raw, "Status": "AUTHORISED", "DueDate": "2026-11-01"})

    assert found is not None
    assert (Decimal(7), None, None, True) == (found.left, found.due_day, found.paid_on, found.sells)
    assert found.is_open


@pytest.mark.parametrize(("kind", "raw"), [("Item", {"ItemID": "x"}), ("Invoice", {})])
def test_what_has_no_money_or_no_id_is_none(kind: str, raw: dict[str, Any]) -> None:
    """Nobody asks what it is worth."""
    assert money_of(kind, raw) is None


def test_odd_values_count_as_nothing() -> None:
    """They are shown, never booked."""
    found = money_of("Invoice", {"InvoiceID": "i", "Total": "lots", "Contact": None})

    assert found == DocumentMoney("Invoice", "i", sells=False)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (datetime(2026, 11, 3, 5, tzinfo=UTC), date(2026, 11, 3)),
        (date(2026, 11, 3), date(2026, 11, 3)),
        ("/Date(-86400000)/", date(1969, 12, 31)),
        ("/Date(99999999999999999)/", None),
        (None, None),
    ],
)
def test_a_day_is_read_as_xero_writes_it(value: object, day: date | None) -> None:
    """In every form; anything else is none."""
    assert day == xero_day(value)


def test_an_invoice_is_overdue_on_the_day_after() -> None:
    """Not on its day, not without one, and not once it is paid."""
    assert is_overdue(replace(OPEN, due_day=date(2026, 11, 19)), TODAY)
    assert not is_overdue(replace(OPEN, due_day=TODAY), TODAY)
    assert not is_overdue(OPEN, TODAY)
    assert not is_overdue(replace(OPEN, due_day=date(2026, 1, 1), status="PAID"), TODAY)


def test_a_customer_owes_by_currency() -> None:
    """Bills and drafts count for nothing, the base currency stands first, the last day counts."""
    late = replace(OPEN, due_day=date(2026, 11, 1))
    paid = replace(
        OPEN, status="PAID", left=Decimal(0), paid_on=date(2026, 11, 3), paid_then=Decimal(4)
    )
    found = balances(
        [
            OPEN,
            late,
            paid,
            replace(paid, paid_then=Decimal(2)),
            replace(paid, paid_on=date(2026, 11, 2)),
            replace(OPEN, sells=False),
            replace(OPEN, status="DRAFT"),
            replace(OPEN, kind="CreditNote", left=Decimal(3)),
            replace(OPEN, kind="CreditNote", status="PAID", left=Decimal(0)),
            replace(late, currency="AUD"),
            replace(OPEN, currency=""),
        ],
        TODAY,
        "GBP",
    )

    assert [
        Balance("GBP", Decimal(27), Decimal(9), Decimal(3), date(2026, 11, 3), Decimal(6)),
        Balance("AUD", Decimal(9), Decimal(9)),
    ] == found


def test_only_approved_invoices_of_sales_have_customers() -> None:
    """A draft, a bill and a credit note have none."""
    assert is_approved_sale(OPEN)
    assert is_approved_sale(replace(OPEN, status="PAID"))
    assert not is_approved_sale(replace(OPEN, status="DRAFT"))
    assert not is_approved_sale(replace(OPEN, sells=False))
    assert not is_approved_sale(replace(OPEN, kind="CreditNote"))
