"""The rows of the panel that show and choose a record's Xero accounts."""

from __future__ import annotations

from collections.abc import Sequence

from xero_accounts.choices import account_label, account_named, choices
from xtiger.hookspecs import PanelRow
from xtiger.links import Account
from xtiger.records import Module, Record

#: Role of a module → (role of the field, pick list, label) of each row.
ROWS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "product": (
        ("product.sales_account", "sales_account", "Sales account"),
        ("product.purchase_account", "purchase_account", "Purchase account"),
    ),
    "service": (
        ("service.sales_account", "sales_account", "Sales account"),
        ("service.purchase_account", "purchase_account", "Purchase account"),
    ),
    "organisation": (("organisation.sales_account", "sales_account", "Sales account"),),
    "payment": (("payment.account", "payment_account", "Paid to account"),),
}
#: Shown for a record without an account of its own.
_DEFAULT = ("", "As set for the module")


def account_rows(module: Module, record: Record, accounts: Sequence[Account]) -> list[PanelRow]:
    """One row per account field that the CRM describes for this module; none before a chart."""
    if not accounts:
        return []
    rows = []
    for role, list_name, label in ROWS.get(module.role or "", ()):
        field = next((f for f in module.fields if f.role == role), None)
        if field is None:
            continue
        value = str(record.values.get(field.name) or "")
        offered = [(choice.value, choice.label) for choice in choices(list_name, accounts, ())]
        rows.append(
            PanelRow(
                label,
                value_text(value, offered, accounts),
                edits=role if field.writable else None,
                choices=_with_value([_DEFAULT, *offered], value, accounts),
                widget="choice",
            )
        )
    return rows


def value_text(
    value: str, offered: Sequence[tuple[str, str]], accounts: Sequence[Account]
) -> str:  # fmt: skip
    """The account by name; with the reason when it can no longer be used."""
    if not value:
        return _DEFAULT[1]
    label = dict(offered).get(value)
    if label is not None:
        return label
    account = account_named(accounts, value)
    if account is None:
        return f"{value} (not in Xero: choose another)"
    if account.status != "ACTIVE":
        return f"{account_label(account)} (archived in Xero: choose another)"
    if account.code in dict(offered):  # the CRM kept Xero's id instead of the code
        return account_label(account)
    return f"{account_label(account)} (cannot be used here: choose another)"


def _with_value(
    offered: list[tuple[str, str]], value: str, accounts: Sequence[Account]
) -> tuple[tuple[str, str], ...]:
    # A form without the present value would change the record by being saved.
    if value in dict(offered):
        return tuple(offered)
    return (*offered, (value, value_text(value, offered, accounts)))
