"""Whether a record is the one that a create was sent with, whatever Vtiger made of its values."""

from __future__ import annotations

from typing import Any

import pytest

from xtiger.hosts.vtiger.likeness import is_like

LINE = {"quantity": "2", "listprice": "9.99"}
SENT = {"subject": "S", "account_id": "11x2", "invoicedate": "2026-01-01", "currency_id": "21x1"}
KEPT = {"quantity": "2.000", "listprice": "9.99000000"}


@pytest.mark.parametrize(
    ("theirs", "sent", "kept", "expected"),
    [
        ("Accounts", {"accountname": "A" * 150}, {"accountname": "A" * 100}, True),
        ("Accounts", {"accountname": "Ann 🎉 Ltd"}, {"accountname": "Ann ???? Ltd"}, True),
        ("Accounts", {"accountname": "Ann"}, {"accountname": "Bob"}, False),
        ("Accounts", {"accountname": "Ann"}, {"accountname": "Ann", "source": "CRM"}, False),
        ("Contacts", {"lastname": "A", "email": "a@x.example"}, {"lastname": "A"}, False),
        ("Invoice", {**SENT, "LineItems": [LINE]}, {**SENT, "LineItems": [KEPT]}, True),
        ("Invoice", {**SENT, "LineItems": [LINE]}, {**SENT, "LineItems": [KEPT, KEPT]}, False),
        (
            "Invoice",
            {**SENT, "LineItems": [LINE]},
            {**SENT, "LineItems": [{**KEPT, "listprice": "9.98"}]},
            False,
        ),
    ],
)
def test_what_tells_records_apart_is_compared(
    theirs: str, sent: dict[str, Any], kept: dict[str, Any], expected: bool
) -> None:
    """Names as Vtiger cuts them, who made it, references, and each line."""
    assert expected is is_like(theirs, sent, {"source": "WEBSERVICE", **kept})
