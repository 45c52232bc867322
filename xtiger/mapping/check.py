"""Checking a mapping before it is saved: every row needs both of its fields, and types that fit.

Options are checked against the chart of accounts and the tax rates as last read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from xtiger.errors import MappingInvalid
from xtiger.mapping.xero_fields import XERO_FIELDS
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.mappings import Mapping
from xtiger.model.plans import Cause
from xtiger.model.records import Module
from xtiger.model.roles import ROLES
from xtiger.rules.accounts import check_account, find_paid_to, takes_payments
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.invoice_status import XERO_WORDS
from xtiger.rules.kinds import nature

_NUMBERS = ("money", "decimal", "int")


def mapping_problems(mapping: Mapping, module: Module | None) -> list[str]:
    """One sentence per row that cannot work; a known role that the CRM lacks is no problem."""
    if module is None:
        return [f"The CRM has no module {mapping.module}."]
    known = XERO_FIELDS.get(mapping.kind, {})
    problems = []
    seen: set[str] = set()
    filled: set[str] = set()
    for row in mapping.rows:
        field = module.by_role(row.crm) or module.by_name(row.crm)
        xero = known.get(row.xero)
        if xero is None:
            problems.append(f"Xero's {mapping.kind} has no field {row.xero}.")
            continue
        if field is None:
            if row.crm not in ROLES:
                problems.append(f"{mapping.module} has no field {row.crm}.")
            continue
        if row.xero in seen:
            problems.append(f"{row.xero} is mapped twice.")
        seen.add(row.xero)
        if row.direction != "to_xero" and field.name in filled:
            problems.append(
                f"{row.crm} is filled from two fields of Xero; let one go to Xero only."
            )
        filled |= {field.name} if row.direction != "to_xero" else set()
        if row.direction == "to_xero" and not xero.writable:
            problems.append(f"Xero lets nobody write {row.xero}; choose from Xero to the CRM.")
        if xero.type in ("price", "number") and field.type not in _NUMBERS:
            problems.append(f"{row.crm} is no number, {row.xero} is one.")
    return problems


#: Options that name an account.
ACCOUNT_OPTIONS = ("sales_account", "charges_account")
#: The option of Payments that names the account which money goes to.
PAYMENT_ACCOUNT = "payment_account"
#: Options of Payments that list statuses of the CRM: of payments that count as arrived, and of
#: invoices that may be paid.
LIST_OPTIONS = ("received_statuses", "payable_statuses")
#: What a CRM status may mean in Xero; CREDIT is not sent, VOIDED only with deletes allowed.
STATUS_VALUES = ("DRAFT", "SUBMITTED", "AUTHORISED", "VOIDED", "CREDIT")
#: Option with one entry per word: how people write it → its name in the mapping.
TABLE_OPTIONS = {
    "tax": "tax_map",
    "status": "status_map",
    "from_xero": "status_from_xero",
    "type": "type_words",
}
#: Options that are on or off.
#: people_without_company: a new contact of Xero that is named like its person becomes a Contact.
#: types_from_xero: an organisation's type follows what Xero uses it as; type_overwrites: even a
#: type of another sort, such as Partner.
FLAG_OPTIONS = ("people_without_company", "types_from_xero", "type_overwrites")
#: The options of all modules but payments, as people write them.
USUAL_OPTIONS = (
    *ACCOUNT_OPTIONS,
    *FLAG_OPTIONS,
    "tax:NAME",
    "status:NAME",
    "from_xero:WORD",
    "type:customer",
)
#: What Xero may use a contact as.
USES = ("customer", "vendor", "both")


def with_option(
    mapping: Mapping,
    name: str,
    value: str,
    accounts: Sequence[Account],
    rates: Sequence[TaxRate],
) -> Mapping:
    """The mapping with one option set, or taken away by an empty value.

    `name` is one of ACCOUNT_OPTIONS or FLAG_OPTIONS, "tax:<name or name|percent>",
    "status:<CRM status>", "from_xero:<word of XERO_WORDS>", "type:<customer, vendor or both>",
    new_items for the module that takes in new items, or for payments PAYMENT_ACCOUNT or one of
    LIST_OPTIONS, whose value is a list with commas.
    Raises MappingInvalid naming the option and the fix.
    """
    options = dict(mapping.options)
    head, colon, word = name.partition(":")
    if colon and head in TABLE_OPTIONS and word:
        _check_word(mapping, head, word)
        known = _checked(mapping, head, value, accounts, rates) if value else ""
        table = options.get(TABLE_OPTIONS[head]) or {}
        options[TABLE_OPTIONS[head]] = _with_word(table, word, known)
    elif name == PAYMENT_ACCOUNT and nature(mapping.kind).pays:
        options[name] = _checked(mapping, name, value, accounts, rates) if value else None
    elif name in LIST_OPTIONS and nature(mapping.kind).pays:
        words = [word.strip() for word in value.split(",") if word.strip()]
        options = {**options, name: words} if words else _without(options, name)
    elif name in ACCOUNT_OPTIONS and not nature(mapping.kind).pays:
        options[name] = _checked(mapping, "account", value, accounts, rates) if value else None
    elif name == "new_items" and mapping.kind == "Item":
        options[name] = value or None
    elif name in FLAG_OPTIONS:
        options[name] = value.lower() in ("1", "true", "yes", "on")
    else:
        raise _no_option(mapping, name)
    return replace(mapping, options=options)


def _with_word(table: dict[str, Any], word: str, value: str) -> dict[str, Any]:
    return {**table, word: value} if value else _without(table, word)


def _no_option(mapping: Mapping, name: str) -> MappingInvalid:
    known = (PAYMENT_ACCOUNT, *LIST_OPTIONS) if nature(mapping.kind).pays else USUAL_OPTIONS
    return MappingInvalid(
        mapping.module, [f"There is no option {name}. Known: {', '.join(known)}."]
    )


def _check_word(mapping: Mapping, head: str, word: str) -> None:
    """Raise MappingInvalid for a word that the table of this option cannot have."""
    if head == "from_xero" and word not in XERO_WORDS:
        problem = f"{word} is no status of Xero. Use one of: {', '.join(XERO_WORDS)}."
        raise MappingInvalid(mapping.module, [problem])
    if head == "type" and word not in USES:
        raise MappingInvalid(mapping.module, [f"Use one of: type:{', type:'.join(USES)}."])


def _without(options: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in options.items() if key != name}


def _checked(
    mapping: Mapping,
    what: str,
    value: str,
    accounts: Sequence[Account],
    rates: Sequence[TaxRate],
) -> str:
    problem = ""
    if what == "account":
        found = check_account(value, {a.code: a for a in accounts if a.code}, "the mapping")
        if not isinstance(found, Cause):
            return found.code
        data = {key: str(one) for key, one in found.data.items()}
        problem = CATALOGUE[found.code].sentence.format(**data) + " See: xtiger accounts"
    elif what == PAYMENT_ACCOUNT:
        account = find_paid_to(
            value, {a.code: a for a in accounts if a.code}, {a.account_id: a for a in accounts}
        )
        if account is not None and takes_payments(account):
            return account.code or account.name
        sentence = CATALOGUE["payment_account_invalid"].sentence
        problem = sentence.format(account=value) + " See: xtiger accounts"
    elif what == "tax" and not any(r.tax_type == value and r.status == "ACTIVE" for r in rates):
        problem = f"Xero has no active tax rate of the type {value}. See: xtiger taxes"
    elif what == "status" and value not in STATUS_VALUES:
        problem = f"{value} is no status to send. Use one of: {', '.join(STATUS_VALUES)}."
    if problem:
        raise MappingInvalid(mapping.module, [problem])
    return value
