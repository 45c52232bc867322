"""Which accounts and tax rates may be chosen where, and which ones a search finds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.records import Choice

#: The pick lists that this package knows.
ListName = Literal["sales_account", "purchase_account", "payment_account", "sales_tax"]

#: Stock is booked by Xero itself and banks take payments, not lines; both have a class that fits.
_NO_LINES = frozenset({"BANK", "INVENTORY"})


def find_accounts(
    accounts: Iterable[Account], *, type: str = "", text: str = "", archived: bool = True
) -> list[Account]:
    """The accounts that fit, by code; `type` is an account type or class, any case.

    `text` is looked for in code, name and description; an empty one fits all.
    """
    wanted, needle = type.strip().upper(), text.strip().casefold()
    found = [
        account
        for account in accounts
        if (not wanted or wanted in (account.type.upper(), account.account_class.upper()))
        and (archived or account.status == "ACTIVE")
        and needle in f"{account.code}\n{account.name}\n{account.description}".casefold()
    ]
    return sorted(found, key=lambda account: (account.code == "", account.code, account.name))


def find_tax_rates(
    rates: Iterable[TaxRate], *, text: str = "", archived: bool = True
) -> list[TaxRate]:
    """The tax rates whose name or tax type holds the text, by name."""
    needle = text.strip().casefold()
    found = [
        rate
        for rate in rates
        if (archived or rate.status == "ACTIVE")
        and needle in f"{rate.name}\n{rate.tax_type}".casefold()
    ]
    return sorted(found, key=lambda rate: (rate.name.casefold(), rate.tax_type))


def sales_accounts(accounts: Iterable[Account]) -> list[Account]:
    """Accounts that a line of a sales invoice may be booked to."""
    return [account for account in _bookable(accounts) if account.account_class == "REVENUE"]


def purchase_accounts(accounts: Iterable[Account]) -> list[Account]:
    """Accounts that a bought item may be booked to: costs, and assets that are no stock."""
    return [
        account for account in _bookable(accounts) if account.account_class in ("EXPENSE", "ASSET")
    ]


def payment_accounts(accounts: Iterable[Account]) -> list[Account]:
    """Accounts that a payment may go to: banks, and those with payments switched on in Xero."""
    return [
        account
        for account in find_accounts(accounts, archived=False)
        if account.type == "BANK" or account.payments
    ]


def sales_tax_rates(rates: Iterable[TaxRate]) -> list[TaxRate]:
    """Tax rates that a line of a sales invoice may carry."""
    return [rate for rate in find_tax_rates(rates, archived=False) if "REVENUE" in rate.classes]


def choices(name: str, accounts: Sequence[Account], rates: Sequence[TaxRate]) -> list[Choice]:
    """The pick list of this name, active entries only; empty for a name not known here."""
    if name == "sales_account":
        return [account_choice(account) for account in sales_accounts(accounts)]
    if name == "purchase_account":
        return [account_choice(account) for account in purchase_accounts(accounts)]
    if name == "payment_account":
        return [account_choice(account) for account in payment_accounts(accounts)]
    if name == "sales_tax":
        return [Choice(rate.tax_type, tax_label(rate)) for rate in sales_tax_rates(rates)]
    return []


def account_choice(account: Account) -> Choice:
    """An account as a choice: by its code, or by its id when a bank account has none."""
    return Choice(
        account.code or account.account_id,
        account_label(account),
        active=account.status == "ACTIVE",
    )


def account_label(account: Account) -> str:
    """Code and name as Xero's own lists show them; a bank account with its currency."""
    label = " ".join(part for part in (account.code, account.name) if part)
    return f"{label} ({account.currency})" if account.currency else label


def tax_label(rate: TaxRate) -> str:
    """Name and percentage; the percentage is left out where the name says it already."""
    percent = percent_text(rate)
    said = percent.replace(" ", "") in rate.name.replace(" ", "")
    return rate.name if said else f"{rate.name}, {percent}"


def percent_text(rate: TaxRate) -> str:
    """The effective percentage without useless zeros, such as "17.5 %"."""
    number = format(rate.rate, "f")
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number} %"


def account_named(accounts: Iterable[Account], value: str) -> Account | None:
    """The account with this code or id, archived ones too; None when Xero has none."""
    return next((a for a in accounts if value in (a.code, a.account_id)), None) if value else None


def _bookable(accounts: Iterable[Account]) -> list[Account]:
    # Xero books its own system accounts; an account without a code cannot be put on a line.
    return [
        account
        for account in find_accounts(accounts, archived=False)
        if account.code and not account.system and account.type not in _NO_LINES
    ]
