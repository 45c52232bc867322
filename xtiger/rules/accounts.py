"""The chart of accounts at work: which account a text of the CRM means, and its use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xtiger.model.chart_of_accounts import Account
from xtiger.model.plans import Cause
from xtiger.rules.causes import cause_of

#: What may stand between an account's code and its name in a pick list.
_AFTER_CODE = " -:\t"


def find_account(text: str, accounts: Mapping[str, Account]) -> Account | None:
    """The account of a code, or of a pick list text that begins with one ("200-Sales")."""
    if text in accounts:
        return accounts[text]
    codes = [code for code in accounts if begins_with_code(text, code)]
    return accounts[max(codes, key=len)] if codes else None


def begins_with_code(text: str, code: str) -> bool:
    """Whether a pick list text is this account code, or begins with it and a sign or blank."""
    rest = text.removeprefix(code)
    return bool(code) and text.startswith(code) and (not rest or rest[0] in _AFTER_CODE)


def check_account(text: str, accounts: Mapping[str, Account], where: str) -> Account | Cause:
    """The account when it may stand on items and lines, else the cause."""
    account = find_account(text, accounts)
    if account is None:
        return cause_of("account_unknown", account=text, where=where)
    if account.system:
        return cause_of("account_system", account=account.code, where=where)
    if account.type == "BANK":
        return cause_of("account_bank", account=account.code, where=where)
    if account.status != "ACTIVE":
        return cause_of("account_archived", account=account.code, where=where)
    return account


def find_paid_to(
    text: str, accounts: Mapping[str, Account], by_id: Mapping[str, Account]
) -> Account | None:
    """The account of the chart that a pick list text means: by code, else by its name."""
    found = find_account(text, accounts)
    if found is not None:
        return found
    named = [one for one in by_id.values() if one.name == text]
    return named[0] if len(named) == 1 else None


def takes_payments(account: Account) -> bool:
    """Whether Xero lets payments go to this account: a bank account, or one with them enabled."""
    return account.status == "ACTIVE" and (account.type == "BANK" or account.payments)


def shown_account(account: Account | None, choices: Sequence[str]) -> str | None:
    """The account's code as the CRM's pick list has it; its name where it has no code."""
    if account is None:
        return None
    fitting = [text for text in choices if begins_with_code(text, account.code)]
    return (fitting or [account.code or account.name])[0]
