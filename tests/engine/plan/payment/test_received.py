"""The truth table of money received: when growth is a payment, and when nobody knows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from xtiger.engine.plan.payment.received import MoneyDecision, MoneyState, decide_received

#: crm, base_crm, xero, base_xero, waiting → base_crm, base_xero, grown, waiting
TABLE = {
    "nothing moved": ("0 0 0 0", "", "0 0 0", ""),
    "the CRM grew": ("4 0 0 0", "", "4 0 4", ""),
    "it grew again while one waits": ("6 4 0 0", "4", "6 0 2", "4"),
    "what was sent has arrived": ("4 4 4 0", "", "4 4 0", ""),
    "one of two has arrived": ("7 7 4 0", "3", "7 4 0", "3"),
    "it grew since what was sent arrived": ("9 4 4 0", "", "9 4 5", ""),
    "Xero grew": ("0 0 3 0", "", "0 0 0", ""),
    "both grew alike": ("4 0 4 0", "", "0 0 0", ""),
    "both grew otherwise": ("4 0 3 0", "", "0 0 0", ""),
    "Xero grew while one waits": ("4 4 3 0", "4", "0 0 0", "0"),
    "Xero grew by what waits": ("4 4 4 0", "4", "0 0 0", "0"),
    "it shrank": ("1 4 4 4", "", "4 4 0", ""),
    "it shrank by part of what waits": ("4 9 0 0", "9", "4 0 0", "4"),
    "it shrank by the newest that wait": ("3 9 0 0", "4 5", "3 0 0", "3 0"),
    "it shrank by more than waits": ("1 9 4 4", "5", "4 4 0", "0"),
    "Xero took back what it had": ("4 4 0 4", "", "4 4 0", ""),
}


@pytest.mark.parametrize("name", TABLE)
def test_each_row_of_the_table(name: str) -> None:
    """Growth is sent only while Xero stands still, or has moved by our own payments alone."""
    given, waiting, wanted, left = TABLE[name]
    crm, base_crm, xero, base_xero = _numbers(given)
    new_crm, new_xero, grown = _numbers(wanted)

    found = decide_received(MoneyState(crm, base_crm, xero, base_xero, _numbers(waiting)))

    assert MoneyDecision(new_crm, new_xero, grown, _numbers(left)) == found


def _numbers(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(one) for one in text.split())
