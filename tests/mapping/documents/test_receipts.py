"""Receipts: the bank account of each currency, and what of an invoice a receipt has."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from xtiger.mapping.documents.receipts import (
    bank_account,
    receipt_accounts,
    receipt_causes,
    receipt_rows,
)
from xtiger.model.chart_of_accounts import Account
from xtiger.model.mappings import Row
from xtiger.model.plans import Cause

BANK = Account("b1", "090", "Bank", "BANK", "ASSET", currency="GBP")
EUROS = Account("b2", "", "Euro", "BANK", "ASSET", currency="EUR")
PLAIN = Account("b3", "091", "Old", "BANK", "ASSET")
SALES = Account("s1", "200", "Sales", "SALES", "REVENUE")
GONE = Account("b4", "092", "Gone", "BANK", "ASSET", status="ARCHIVED")
CHART = (BANK, EUROS, PLAIN, SALES, GONE)


def test_receipts_are_sent_where_an_account_is_chosen() -> None:
    """Currencies in capitals; nothing chosen is no receipts."""
    assert {} == receipt_accounts({}) == receipt_accounts({"receipt_accounts": None})
    assert {"GBP": "090"} == receipt_accounts({"receipt_accounts": {"gbp": "090"}})


@pytest.mark.parametrize(
    ("currency", "text", "found"),
    [
        ("GBP", "090", BANK),
        ("EUR", "Euro", EUROS),
        ("GBP", "091", PLAIN),
        ("USD", "", "receipt_account_missing"),
        ("GBP", "200", "receipt_account_invalid"),
        ("GBP", "092", "receipt_account_invalid"),
        ("GBP", "999", "receipt_account_invalid"),
        ("USD", "090", "receipt_account_invalid"),
        ("EUR", "091", "receipt_account_invalid"),
    ],
)
def test_the_account_is_a_bank_in_the_currency(
    currency: str, text: str, found: Account | str
) -> None:
    """By code or name; one that names no currency is in the organisation's own."""
    answer = bank_account(currency, {currency: text} if text else {}, CHART, "GBP")

    assert found == (answer.code if isinstance(answer, Cause) else answer)


def test_the_number_of_a_receipt_is_its_reference() -> None:
    """Its own reference has no place then; without a number it goes as it is."""
    number, reference = (
        Row("invoice.number", "InvoiceNumber"),
        Row("invoice.reference", "Reference"),
    )
    day = Row("invoice.date", "Date")

    assert [("invoice.number", "Reference"), ("invoice.date", "Date")] == [
        (row.crm, row.xero) for row in receipt_rows([number, reference, day])
    ]
    assert [reference, day] == list(receipt_rows([reference, day]))


@pytest.mark.parametrize(
    ("line", "total", "codes"),
    [
        ({"Quantity": 1, "UnitAmount": 5}, 5, []),
        ({"UnitAmount": 5}, None, []),
        ({"Quantity": 0, "UnitAmount": 5}, 5, ["receipt_line_empty"]),
        ({"Quantity": 1, "UnitAmount": 0}, 5, ["receipt_line_empty"]),
        ({"Description": "only a text"}, 5, ["receipt_line_empty"]),
        ({"Quantity": 1, "UnitAmount": 5}, 0, ["receipt_total"]),
        ({"Quantity": 1, "UnitAmount": -5}, -5, ["receipt_total"]),
    ],
)
def test_xero_takes_no_empty_line_and_no_total_of_nothing(
    line: dict[str, Any], total: int | None, codes: list[str]
) -> None:
    """Each is told by its own reason."""
    given = None if total is None else Decimal(total)

    assert codes == [cause.code for cause in receipt_causes([line], given)]
