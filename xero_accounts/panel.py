"""The rows of the panel that show and choose a record's Xero accounts."""

from __future__ import annotations

from collections.abc import Sequence

from xero_accounts.choices import account_label, account_named, choices
from xtiger.hookspecs import PageLink, PanelRow
from xtiger.i18n.language import Language
from xtiger.model.chart_of_accounts import Account
from xtiger.model.records import Module, Record

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
    "payment": (("payment.account", "payment_account", "Paid to account"),),
}
#: Pick list → what counts for a record without an account of its own.
_WITHOUT = {
    "sales_account": "As set for all invoices",
    "purchase_account": "None",
    "payment_account": "As set for all payments",
}


def account_rows(
    module: Module, record: Record, accounts: Sequence[Account], words: Language
) -> list[PanelRow]:
    """One row per account field that the CRM describes for this module; none before a chart."""
    if not accounts:
        return []
    rows = []
    for role, list_name, label in ROWS.get(module.role or "", ()):
        field = next((f for f in module.fields if f.role == role), None)
        if field is None:
            continue
        offered = [(choice.value, choice.label) for choice in choices(list_name, accounts, ())]
        value = _chosen(str(record.values.get(field.name) or ""), offered, accounts)
        # A payment in Xero keeps the account that it was paid to: emptying it has no effect.
        emptied = not value or list_name != "payment_account"
        without = [("", _WITHOUT[list_name])] if emptied else []
        rows.append(
            PanelRow(
                label,
                value,
                edits=role if field.writable else None,
                choices=_with_value([*without, *offered], value, accounts, words),
                widget="choice",
            )
        )
    return rows


def related_row(record: Record, words: Language) -> PanelRow:
    """The way to the related list of the record."""
    here = {"module": record.ref.module, "record": record.ref.id}
    label = words.translate("View, choose, take away")
    return PanelRow("Xero Accounts", label, page=PageLink(label, "record-accounts", here))


def _chosen(value: str, offered: Sequence[tuple[str, str]], accounts: Sequence[Account]) -> str:
    """The value as the choices name it: a CRM may keep Xero's id where they have the code."""
    account = account_named(accounts, value)
    return account.code if account is not None and account.code in dict(offered) else value


def _odd_text(value: str, accounts: Sequence[Account], words: Language) -> str:
    """An account that is not offered by name, with the reason."""
    account = account_named(accounts, value)
    if account is None:
        return words.sentence("{account} (not in Xero: choose another)", account=value)
    if account.status != "ACTIVE":
        sentence = "{account} (archived in Xero: choose another)"
    else:
        sentence = "{account} (cannot be used here: choose another)"
    return words.sentence(sentence, account=account_label(account))


def _with_value(
    offered: list[tuple[str, str]], value: str, accounts: Sequence[Account], words: Language
) -> tuple[tuple[str, str], ...]:
    # A form without the present value would change the record by being saved.
    if value in dict(offered):
        return tuple(offered)
    return (*offered, (value, _odd_text(value, accounts, words)))
