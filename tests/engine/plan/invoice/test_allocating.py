"""How much of a credit may be set against an invoice, by what both are in Xero."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from xtiger.engine.plan.invoice.allocating import Barred, cause_of_barred, may_set_against

NOTE: dict[str, Any] = {
    "Status": "AUTHORISED",
    "RemainingCredit": Decimal(10),
    "Contact": {"ContactID": "c"},
    "CurrencyCode": "GBP",
}
INVOICE = {**NOTE, "AmountDue": Decimal(30)}


@pytest.mark.parametrize(("left", "due", "taken"), [("10", "30", "10"), ("10", "4", "4")])
def test_at_most_what_is_left_and_what_is_due(left: str, due: str, taken: str) -> None:
    """The smaller of both."""
    note = {**NOTE, "RemainingCredit": left}
    assert Decimal(taken) == may_set_against(note, {**INVOICE, "AmountDue": due})


@pytest.mark.parametrize(
    ("note", "invoice", "why"),
    [
        ({"Allocations": [{"Amount": 1}]}, {}, "used"),
        ({"RemainingCredit": 0}, {}, "used"),
        ({"Status": "DRAFT"}, {}, "waits"),
        ({}, {"Status": "DRAFT"}, "waits"),
        ({}, {"Contact": {"ContactID": "d"}}, "contact"),
        ({}, {"Contact": None}, "contact"),
        ({}, {"CurrencyCode": "EUR"}, "currency"),
        ({}, {"AmountDue": 0}, "paid"),
    ],
)
def test_what_bars_it(note: dict[str, Any], invoice: dict[str, Any], why: str) -> None:
    """Each condition of Xero, and a second time for none."""
    assert why == may_set_against({**NOTE, **note}, {**INVOICE, **invoice})


@pytest.mark.parametrize(
    ("why", "code"),
    [
        ("waits", "credit_waits"),
        ("contact", "credit_of_another"),
        ("currency", "credit_of_another"),
        ("paid", "credit_left"),
    ],
)
def test_what_is_said_of_it(why: Barred, code: str) -> None:
    """The invoice is named in each sentence."""
    cause = cause_of_barred(why, "I1")
    assert cause is not None
    assert (code, {"invoice": "I1"}) == (cause.code, dict(cause.data))


def test_nothing_is_said_of_a_used_credit() -> None:
    """It is where it belongs."""
    assert cause_of_barred("used", "I1") is None
