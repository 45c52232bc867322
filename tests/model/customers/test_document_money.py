"""The money of a document as data."""

from __future__ import annotations

from decimal import Decimal

import pytest

from xtiger.model.customers.document_money import DocumentMoney


@pytest.mark.parametrize(
    ("status", "left", "is_open"),
    [("AUTHORISED", "1", True), ("AUTHORISED", "0", False), ("DRAFT", "1", False)],
)
def test_an_approved_document_with_something_left_is_open(
    status: str, left: str, is_open: bool
) -> None:
    """A draft is none, nor one that is settled."""
    assert is_open == DocumentMoney("Invoice", "i", status=status, left=Decimal(left)).is_open
