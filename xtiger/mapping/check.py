"""Checking a mapping before it is saved: every row needs both of its fields, and types that fit.

Options are checked against the chart of accounts and the tax rates as last read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

from xtiger.errors import MappingInvalid
from xtiger.mapping.currencies import MOST_TOLERANCE, RATE_SOURCES
from xtiger.mapping.documents.receipts import bank_account
from xtiger.mapping.documents.tracking import THEME
from xtiger.mapping.lint.rows import row_findings
from xtiger.mapping.option_specs import STATUS_VALUES, TABLE_OPTIONS, USES, options_of_kind
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.customers.notices import NOTICE_EVENTS
from xtiger.model.mappings import Mapping
from xtiger.model.plans import Cause
from xtiger.model.records import Module
from xtiger.model.values import as_decimal
from xtiger.rules.accounts import check_account, find_paid_to, takes_payments
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.customers.attachments import ATTACH
from xtiger.rules.customers.notices import NO_NOTICES, NOTICES, unknown_events
from xtiger.rules.invoice_status import XERO_WORDS
from xtiger.rules.kinds import nature
from xtiger.rules.rounding import MOST


def mapping_problems(mapping: Mapping, module: Module | None) -> list[str]:
    """One sentence per row that cannot work; a known role that the CRM lacks is no problem."""
    return [one.sentence for one in row_findings(mapping, module) if one.refused]


#: Options that name an account.
ACCOUNT_OPTIONS = ("sales_account", "charges_account", "purchase_account")
#: The option of Payments that names the account which money goes to.
PAYMENT_ACCOUNT = "payment_account"
#: Options of Payments that list statuses of the CRM: of payments that count as arrived, and of
#: invoices that may be paid.
LIST_OPTIONS = ("received_statuses", "payable_statuses")
#: The table of the bank accounts of receipts: one per currency.
RECEIPTS = "receipts"
#: Options that are on or off.
#: people_without_company: a new contact of Xero that is named like its person becomes a Contact.
#: types_from_xero: an organisation's type follows what Xero uses it as; type_overwrites: even a
#: type of another sort, such as Partner. BILLS_FROM_XERO: bills that only Xero has become invoices
#: of the CRM, and their suppliers come along. discount_on_lines: a discount on the whole of an
#: invoice goes to Xero on its lines. credit_notes: invoices that give money back become credit
#: notes in Xero without that a person says so of each. ATTACH: the CRM's own document of an invoice
#: is attached to it in Xero.
BILLS_FROM_XERO = "bills_from_xero"
FLAG_OPTIONS = (
    "people_without_company",
    "types_from_xero",
    "type_overwrites",
    BILLS_FROM_XERO,
    "discount_on_lines",
    "credit_notes",
    ATTACH,
)
#: The option of invoices that says up to which difference of rounding a line is written.
ROUNDING_LIMIT = "rounding_limit"
#: The options of invoices that say where the rate of another currency comes from, and up to how
#: many percent of difference two rates are the same.
RATE_SOURCE, RATE_TOLERANCE = "rate_source", "rate_tolerance"
#: The option of items that gives those without a code one, and its longest text beside the words.
CODE_TEMPLATE = "code_template"
_MOST_TEMPLATE = 15
#: The option of invoices that counts the due date which the CRM does not say: days after the
#: invoice's date, or by the customer's terms in Xero.
DUE_DAYS, DUE_BY_TERMS = "due_days", "terms"
#: No customer has more days to pay.
_MOST_DAYS = 366
#: Letters of a currency.
_CODE = 3


def with_option(
    mapping: Mapping,
    name: str,
    value: str,
    accounts: Sequence[Account],
    rates: Sequence[TaxRate],
) -> Mapping:
    """The mapping with one option set, or taken away by an empty value.

    `name` is one of ACCOUNT_OPTIONS or FLAG_OPTIONS, DUE_DAYS, "tax:<name or name|percent>",
    purchase_tax the same, "status:<CRM status>", "receipts:<currency>", "from_xero:<word of
    XERO_WORDS>", "type:<USES>", new_items for the module that takes in new items, or for payments
    PAYMENT_ACCOUNT or one of LIST_OPTIONS, whose value is a list with commas.
    Raises MappingInvalid naming the option and the fix.
    """
    options = dict(mapping.options)
    head, colon, word = name.partition(":")
    if colon and head in TABLE_OPTIONS and word:
        word = _known_word(mapping, head, word)
        known = _checked(mapping, name, value, accounts, rates) if value else ""
        table = options.get(TABLE_OPTIONS[head]) or {}
        options[TABLE_OPTIONS[head]] = _with_word(table, word, known)
    elif name == PAYMENT_ACCOUNT and nature(mapping.kind).pays:
        options[name] = _checked(mapping, name, value, accounts, rates) if value else None
    elif _is_list(mapping, name):
        words = _words(mapping, name, value)
        options = {**options, name: words} if words else _without(options, name)
    elif name in ACCOUNT_OPTIONS and not nature(mapping.kind).pays:
        options[name] = _checked(mapping, "account", value, accounts, rates) if value else None
    elif name in ("new_items", CODE_TEMPLATE) and mapping.kind == "Item":
        options[name] = _template(mapping, value) if name == CODE_TEMPLATE else value or None
    elif name == DUE_DAYS and not nature(mapping.kind).pays:
        options[name] = _days(mapping, value) if value else None
    elif name in _OF_AMOUNTS and nature(mapping.kind).lines:
        options = _with_word(options, name, value and _OF_AMOUNTS[name](mapping, name, value))
    elif name in FLAG_OPTIONS:
        options[name] = value.lower() in ("1", "true", "yes", "on")
    else:
        raise _no_option(mapping, name)
    return replace(mapping, options=options)


def _is_list(mapping: Mapping, name: str) -> bool:
    """Whether the module has this option, whose value is a list with commas."""
    row = nature(mapping.kind)
    return bool(row.pays) if name in LIST_OPTIONS else name == NOTICES and bool(row.types)


def _words(mapping: Mapping, name: str, value: str) -> list[str]:
    """The words of a list; raises MappingInvalid for one that names no notice."""
    words = [word.strip() for word in value.split(",") if word.strip()]
    if name != NOTICES:
        return words
    words = [word.lower() for word in words]
    unknown = unknown_events(words)
    if unknown:
        known = ", ".join((*NOTICE_EVENTS, NO_NOTICES))
        problem = f"{', '.join(unknown)} is no notice. Use some of: {known}."
        raise MappingInvalid(mapping.module, [problem])
    return words


def _days(mapping: Mapping, value: str) -> str:
    text = value.strip().lower()
    if text == DUE_BY_TERMS:
        return text
    if not text.isascii() or not text.isdigit() or int(text) > _MOST_DAYS:
        problem = f"{value} is no number of days. Use 0 to {_MOST_DAYS}, or {DUE_BY_TERMS}."
        raise MappingInvalid(mapping.module, [problem])
    return str(int(text))


def _template(mapping: Mapping, value: str) -> str | None:
    """A template of codes, which must tell one record from the other; None for none."""
    text = value.strip()
    bare = text.replace("{id}", "").replace("{name}", "")
    if text and ("{id}" not in text or set("{}") & set(bare) or len(bare) > _MOST_TEMPLATE):
        problem = f"{CODE_TEMPLATE} is {value!r}. Use {{id}}, and {{name}} if you like: P-{{id}}."
        raise MappingInvalid(mapping.module, [problem])
    return text or None


def _with_word(table: dict[str, Any], word: str, value: str) -> dict[str, Any]:
    return {**table, word: value} if value else _without(table, word)


def _source(mapping: Mapping, name: str, value: str) -> str:
    word = value.strip().lower()
    if word not in RATE_SOURCES:
        problem = f"{name} is {value!r}. Use one of: {', '.join(RATE_SOURCES)}."
        raise MappingInvalid(mapping.module, [problem])
    return word


def _amount(mapping: Mapping, name: str, value: str, most: Decimal) -> str:
    """A number from 0 to `most` as text; raises MappingInvalid for any other value."""
    try:
        amount = as_decimal(value.strip().replace(",", "."))
    except ValueError:
        amount = None
    if amount is None or not 0 <= amount <= most:
        problem = f"{name} is {value!r}. Give an amount from 0 to {most}, such as 0.05."
        raise MappingInvalid(mapping.module, [problem])
    return str(amount)


#: Options of documents with lines → what reads the text of one.
_OF_AMOUNTS: dict[str, Callable[[Mapping, str, str], str]] = {
    ROUNDING_LIMIT: partial(_amount, most=MOST),
    RATE_TOLERANCE: partial(_amount, most=MOST_TOLERANCE),
    RATE_SOURCE: _source,
    THEME: lambda _mapping, _name, value: value.strip(),
}


def _no_option(mapping: Mapping, name: str) -> MappingInvalid:
    known = ", ".join(spec.typed for spec in options_of_kind(mapping.kind))
    return MappingInvalid(mapping.module, [f"There is no option {name}. Known: {known}."])


def _known_word(mapping: Mapping, head: str, word: str) -> str:
    """The word as the table keeps it; raises MappingInvalid for one that it cannot have."""
    word = word.upper() if head == RECEIPTS else word
    if head == "from_xero" and word not in XERO_WORDS:
        problem = f"{word} is no status of Xero. Use one of: {', '.join(XERO_WORDS)}."
        raise MappingInvalid(mapping.module, [problem])
    if head == RECEIPTS and not (len(word) == _CODE and word.isascii() and word.isalpha()):
        raise MappingInvalid(mapping.module, [f"{word} is no currency. Use three letters: GBP."])
    if head == "type" and word not in USES:
        raise MappingInvalid(mapping.module, [f"Use one of: type:{', type:'.join(USES)}."])
    return word


def _without(options: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in options.items() if key != name}


def _checked(
    mapping: Mapping,
    name: str,
    value: str,
    accounts: Sequence[Account],
    rates: Sequence[TaxRate],
) -> str:
    problem, (what, _colon, word) = "", name.partition(":")
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
    elif what == RECEIPTS:
        currency = word.upper()
        bank = bank_account(currency, {currency: value}, accounts, currency)
        if not isinstance(bank, Cause):
            return bank.code or bank.name
        problem = CATALOGUE[bank.code].sentence.format(**bank.data) + " See: xtiger accounts"
    elif what in ("tax", "purchase_tax") and not any(
        r.tax_type == value and r.status == "ACTIVE" for r in rates
    ):
        problem = f"Xero has no active tax rate of the type {value}. See: xtiger taxes"
    elif what == "status" and value not in STATUS_VALUES:
        problem = f"{value} is no status to send. Use one of: {', '.join(STATUS_VALUES)}."
    if problem:
        raise MappingInvalid(mapping.module, [problem])
    return value
