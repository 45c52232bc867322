"""The chart of accounts at work: which account a text means, and what it may be used for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from xtiger.model.cause_codes import CauseCode
from xtiger.model.chart_of_accounts import Account
from xtiger.model.plans import Cause
from xtiger.rules.accounts import (
    begins_with_code,
    check_account,
    find_account,
    find_paid_to,
    shown_account,
    takes_payments,
)


def account(code: str, name: str = "Sales", **given: Any) -> Account:
    """An active account of income, changed as given."""
    made = Account(f"id-{code or name}", code, name, "SALES", "REVENUE")
    return replace(made, **given)


SALES, LONGER = account("200"), account("200-1", "Exports")
CHART = {one.code: one for one in (SALES, LONGER)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("200", SALES),
        ("200-Sales", SALES),
        ("200 Sales", SALES),
        ("200-1", LONGER),
        ("200-1: Exports", LONGER),
        ("2000", None),
        ("Sales", None),
        ("", None),
    ],
)
def test_an_account_is_meant_by_its_code(text: str, found: Account | None) -> None:
    """Alone, or at the head of a pick list's text; of two codes that fit, the longer one."""
    assert found == find_account(text, CHART)


def test_no_code_begins_no_text() -> None:
    """An account without code would otherwise be meant by every text."""
    assert (False, True) == (begins_with_code("200", ""), begins_with_code("200", "200"))


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ({}, "account_unknown"),
        ({"200": account("200", system="DEBTORS")}, "account_system"),
        ({"200": account("200", type="BANK")}, "account_bank"),
        ({"200": account("200", status="ARCHIVED")}, "account_archived"),
    ],
)
def test_an_account_that_may_not_stand_on_a_line_is_a_cause(
    found: dict[str, Account], code: CauseCode
) -> None:
    """It says which account, and where it was asked for."""
    assert Cause(code, {"account": "200", "where": "line 1"}) == check_account(
        "200", found, "line 1"
    )


def test_an_account_that_may_stand_is_itself() -> None:
    """With the text that means it."""
    assert SALES == check_account("200-Sales", CHART, "line 1")


def test_money_goes_to_an_account_by_code_or_name() -> None:
    """Bank accounts often have no code; a name that two have means none."""
    bank, other, twin = account("", "Bank"), account("", "Till"), account("", "Till")
    twin = Account("id-2", "", "Till", "BANK", "ASSET")
    by_id = {one.account_id: one for one in (SALES, bank, other, twin)}

    assert [SALES, bank, None] == [
        find_paid_to(text, CHART, by_id) for text in ("200", "Bank", "Till")
    ]


@pytest.mark.parametrize(
    ("given", "takes"),
    [
        ({"type": "BANK"}, True),
        ({"payments": True}, True),
        ({}, False),
        ({"type": "BANK", "status": "ARCHIVED"}, False),
    ],
)
def test_payments_go_to_banks_and_to_those_that_allow_it(
    given: dict[str, Any], takes: bool
) -> None:
    """Never to an archived one."""
    assert takes == takes_payments(account("200", **given))


def test_an_account_is_shown_as_the_pick_list_has_it() -> None:
    """Else by its code, or its name where it has none; nothing for none."""
    choices = ("200-Sales", "200-1-Exports")

    assert ["200-Sales", "300", "Bank", None] == [
        shown_account(one, choices) for one in (SALES, account("300"), account("", "Bank"), None)
    ]
