"""Mapping rows at work: reading both sides' values, converting them, and the default rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from xtiger.mapping.contact_types import use_word
from xtiger.mapping.request_elements import MAX_STREET_LINE, street_lines
from xtiger.mapping.xero_fields import XERO_FIELDS, XeroField
from xtiger.model.chart_of_accounts import Account
from xtiger.model.mappings import Row
from xtiger.model.person_ref import PersonRef
from xtiger.model.plans import Cause
from xtiger.model.records import Field, Module, Record, Ref, XeroRecord, XeroRef, nameless
from xtiger.model.roles import DAYS
from xtiger.model.values import Plain, as_decimal, canon, canon_text
from xtiger.rules.accounts import (
    begins_with_code,
    check_account,
    find_paid_to,
    shown_account,
    takes_payments,
)
from xtiger.rules.causes import cause_of
from xtiger.rules.money import PRICE_PLACES, places
from xtiger.rules.preflight import country_cause, text_cause
from xtiger.rules.taxes import CrmTax, TaxTable, find_tax

if TYPE_CHECKING:
    from xtiger.hookspecs import Converter

#: The key of an invoice's lines in bases and differences: they have no mapping row.
LINES = "lines"


@dataclass(frozen=True, slots=True)
class Lookups:
    """What conversions need to know of the rest of the world; all of it plain and read before."""

    taxes: TaxTable
    #: Code → account.
    accounts: Mapping[str, Account]
    #: CRM record → Xero id, None when not linked (yet).
    xero_id_of: Callable[[Ref], str | None] = lambda _ref: None
    #: Xero record → CRM id.
    crm_id_of: Callable[[XeroRef], str | None] = lambda _ref: None
    #: What of Xero's use (customer, vendor, both) a CRM calls what, and whether such a word may
    #: take the place of one that is none of these.
    use_words: Mapping[str, str] = field(default_factory=dict)
    use_overwrites: bool = False
    #: Name → what a mapping row's converter does, before and after our own conversion.
    converters: Mapping[str, Converter] = field(default_factory=dict)
    #: Account id → account, those without code too.
    accounts_by_id: Mapping[str, Account] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BoundRow:
    """A mapping row with both of its fields found."""

    row: Row
    crm: Field
    xero: XeroField
    #: The row key: every row of every record is asked for it.
    key: str = field(init=False)

    def __post_init__(self) -> None:
        """Take the key from the row."""
        object.__setattr__(self, "key", self.row.key)

    @property
    def label(self) -> str:
        """What people call the field: the CRM's own label."""
        return self.crm.label or self.xero.label or self.crm.name


def bind(rows: Sequence[Row], module: Module, kind: str) -> tuple[BoundRow, ...]:
    """The rows whose two fields exist; a default row for a role the host lacks is left out."""
    known = XERO_FIELDS[kind]
    bound = []
    for row in rows:
        crm = module.by_role(row.crm) or module.by_name(row.crm)
        xero = known.get(row.xero)
        if crm is not None and xero is not None:
            bound.append(BoundRow(row, crm, xero))
    return tuple(bound)


# --- reading ---------------------------------------------------------------------------------


def _read_day(value: Plain) -> Plain:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date) or value is None:
        return value
    text = str(value).strip()
    return date.fromisoformat(text[:10]) if text else None


def read_flag(value: Plain) -> bool | None:
    """Yes or no from what hosts and forms use for it; None when there is nothing."""
    if isinstance(value, str):
        return value.strip().lower() in ("1", "true", "yes", "on")
    return None if value is None else bool(value)


def crm_value(record: Record, described: Field) -> Plain:
    """The canonical value of a CRM field; raises ValueError when it is not of its type."""
    value = record.values.get(described.name)
    if described.type in ("money", "decimal", "int"):
        return canon(as_decimal(value))
    if described.type == "bool":
        return read_flag(value)
    if described.type == "date" or described.role in DAYS:
        return _read_day(value)
    if described.type == "ref":
        return None if value in (None, "") else str(value)
    return canon(value)


def crm_values(record: Record, rows: Sequence[BoundRow]) -> tuple[dict[str, Plain], list[Cause]]:
    """Row key → canonical CRM value, and a cause for each value that cannot be read."""
    values: dict[str, Plain] = {}
    causes: list[Cause] = []
    for row in rows:
        try:
            value = crm_value(record, row.crm)
            values[row.key] = _read_day(value) if row.xero.type == "date" else value
        except ValueError:
            shown = str(record.values.get(row.crm.name))[:40]
            causes.append(
                cause_of("value_unreadable", field=row.label, value=shown, type=row.crm.type)
            )
    return values, causes


def xero_values(record: XeroRecord, rows: Sequence[BoundRow]) -> dict[str, Plain]:
    """Row key → canonical Xero value; what Xero left out is None."""
    values = record.values
    return {row.key: values.get(row.xero.path) for row in rows}


# --- converting ------------------------------------------------------------------------------

Convert = Callable[[Plain, BoundRow, Lookups], "Plain | Cause"]

_EMAIL = re.compile(r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")

_COUNTRIES = frozenset({"Addresses.POBOX.Country", "Addresses.STREET.Country"})

#: What word processors make of the apostrophe in Côte d'Ivoire; Xero takes the plain one.
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019", "'"))


def _too_long(text: str, row: BoundRow, limit: int) -> Cause:
    """A code and a name have sentences of their own."""
    if row.xero.path == "Code":
        return cause_of("code_too_long", code=text[:40], length=len(text))
    if row.xero.type == "name":
        return cause_of("name_too_long", length=len(text), limit=limit)
    return cause_of("text_too_long", field=row.label, length=len(text), limit=limit)


def _text(value: Plain, row: BoundRow, _: Lookups) -> Plain | Cause:
    text = None if value is None else canon_text(str(value))
    limit = row.xero.max_length
    if text is not None and limit is not None and len(text) > limit:
        return _too_long(text, row, limit)
    if not text:
        return text
    if row.xero.path in _COUNTRIES:
        text = text.translate(_APOSTROPHES)
    odd = country_cause(row.label, text) if row.xero.path in _COUNTRIES else None
    return odd or text_cause(row.label, text) or text


def _name(value: Plain, row: BoundRow, lookups: Lookups) -> Plain | Cause:
    # Xero refuses repeated blanks inside names.
    flat = " ".join(str(value).split()) if value is not None else None
    if flat and ("<" in flat or ">" in flat):
        return cause_of("name_forbidden", name=flat)
    return _text(flat, row, lookups)


def _email(value: Plain, row: BoundRow, lookups: Lookups) -> Plain | Cause:
    if value is not None and not _EMAIL.match(str(value)):
        return cause_of("email_invalid", value=str(value)[:80])
    return _text(value, row, lookups)


def _street(value: Plain, row: BoundRow, lookups: Lookups) -> Plain | Cause:
    lines = street_lines(value)
    longest = max(lines, key=len, default="")
    if len(longest) > MAX_STREET_LINE:
        return cause_of(
            "text_too_long", field=row.label, length=len(longest), limit=MAX_STREET_LINE
        )
    return _text("\n".join(lines), row, lookups)


def _price(value: Plain, row: BoundRow, _: Lookups) -> Plain | Cause:
    if isinstance(value, Decimal) and places(value) > PRICE_PLACES:
        return cause_of("price_too_fine", field=row.label, value=str(value))
    return value


def _account(value: Plain, _row: BoundRow, lookups: Lookups) -> Plain | Cause:
    if value is None:
        return None
    found = check_account(str(value), lookups.accounts, "the record")
    return found if isinstance(found, Cause) else found.code


def _paid_to(value: Plain, _row: BoundRow, lookups: Lookups) -> Plain | Cause:
    if value is None:
        return None
    found = find_paid_to(str(value), lookups.accounts, lookups.accounts_by_id)
    if found is None or not takes_payments(found):
        return cause_of("payment_account_invalid", account=str(value)[:60])
    return found.account_id


def _tax(value: Plain, row: BoundRow, lookups: Lookups) -> Plain | Cause:
    if value is None:
        return None
    if not isinstance(value, Decimal) and lookups.taxes.rate(str(value)):
        return str(value)
    # find_tax speaks of the lines of an invoice; here there is none.
    found = find_tax([_named_tax(value, lookups)], lookups.taxes, None, line=0, group=False)
    if isinstance(found, Cause):
        shown = f"{value} %" if isinstance(value, Decimal) else str(value)
        return cause_of(
            "value_unreadable", field=row.label, value=shown[:40], type="single tax rate in Xero"
        )
    return found.tax_type


def _named_tax(value: Plain, lookups: Lookups) -> CrmTax:
    """The tax that a percentage or a name means; a name that is none of Xero's is at -1 %."""
    if isinstance(value, Decimal):
        return CrmTax("", value)
    name = str(value)
    active = [rate for rate in lookups.taxes.rates if rate.status == "ACTIVE"]
    named = [rate for rate in active if rate.name.casefold() == name.casefold()]
    return CrmTax(name, named[0].rate if len(named) == 1 else Decimal(-1))


def _ref(value: Plain, row: BoundRow, lookups: Lookups) -> Plain | Cause:
    if value is None:
        return None
    module = row.crm.targets[0] if row.crm.targets else ""
    person = PersonRef.of(value)
    if person is not None:
        module, value = person.module, person.crm_id
    found = lookups.xero_id_of(Ref(module, str(value)))
    return found or cause_of(
        "waits_for_parent", parent=nameless(module, str(value)), module=module, id=str(value)
    )


def _currency(value: Plain, _row: BoundRow, _: Lookups) -> Plain | Cause:
    return None if value is None else str(value).upper()


def _same(value: Plain, _row: BoundRow, _: Lookups) -> Plain | Cause:
    return value


_TO_XERO: Mapping[str, Convert] = {
    "text": _text,
    "street": _street,
    "name": _name,
    "email": _email,
    "price": _price,
    "number": _same,
    "bool": _same,
    "date": _same,
    "ref": _ref,
    "account": _account,
    "tax": _tax,
    "currency": _currency,
    "use": _same,
    "paid_to": _paid_to,
}


def to_xero(value: Plain, row: BoundRow, lookups: Lookups) -> Plain | Cause:
    """A CRM value as Xero would hold it, or the cause why it cannot be sent."""
    if row.row.converter and value is not None:
        try:
            value = canon(lookups.converters[row.row.converter].to_xero(value))
        except ValueError:
            return cause_of(
                "value_unreadable", field=row.label, value=str(value)[:40], type=row.xero.type
            )
    return _TO_XERO[row.xero.type](value, row, lookups)


def to_crm(value: Plain, row: BoundRow, lookups: Lookups) -> Plain:
    """A Xero value as the CRM would hold it."""
    found = _to_crm(value, row, lookups)
    if row.row.converter and found is not None:
        return canon(lookups.converters[row.row.converter].to_crm(found))
    return found


def _to_crm(value: Plain, row: BoundRow, lookups: Lookups) -> Plain:
    if value is None:
        return None
    if row.xero.type == "tax":
        rate = lookups.taxes.rate(str(value))
        if rate is None:
            return value
        return rate.rate if row.crm.type in ("decimal", "money") else rate.name
    if row.xero.type == "use":
        return use_word(str(value), row.crm, lookups.use_words)
    if row.xero.type == "ref":
        kind = row.xero.path.partition(".")[0].removesuffix("ID")
        return lookups.crm_id_of(XeroRef(kind, str(value)))
    if row.xero.type == "paid_to":
        choices = [choice.value for choice in row.crm.choices]
        return shown_account(lookups.accounts_by_id.get(str(value)), choices)
    if row.crm.choices and row.xero.type == "account":
        fitting = [c.value for c in row.crm.choices if begins_with_code(c.value, str(value))]
        return fitting[0] if fitting else value
    if row.crm.type in ("text", "long_text") and not isinstance(value, str):
        return str(value)
    return value


# --- default rows ----------------------------------------------------------------------------
