"""Vtiger's records as plain values: what the webservice's `retrieve` answers, made exact.

Pure, no network. Vtiger answers numbers as text with 8 places, yes and no as "1" and "0", and
empty as "". Facts of the totals: a stock Vtiger 8.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from xtiger.hosts.vtiger.names import CHARGE_TAX, INVOICE_TYPES, MODULES, NUMBERED
from xtiger.model.records import Field, FieldType, Module, Record, Ref
from xtiger.model.values import Plain, as_decimal, utc

_YES = ("1", "on", "true", "yes")
#: What stands between the chosen values of a multi-select field.
_BETWEEN = " |##| "
#: The value of `defaultid` that marks the CRM's own currency.
_OWN_CURRENCY = "-11"
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class _Tables:
    """The small tables that a record's keys point into."""

    #: "tax1" → (label, whether it is deducted).
    taxes: Mapping[str, tuple[str, bool]]
    #: "21x1" → "USD".
    currencies: Mapping[str, str]
    own_currency: str
    #: "14" → Products.
    prefixes: Mapping[str, str]
    zone: tzinfo


def record_of(
    module: Module,
    retrieved: Mapping[str, Any],
    *,
    taxes: Sequence[Mapping[str, Any]],
    currencies: Sequence[Mapping[str, Any]],
    prefixes: Mapping[str, str] | None = None,
    zone: tzinfo = UTC,
) -> Record:
    """The record that a `retrieve` result answers, with exactly the fields of the module.

    `taxes` and `currencies` are the rows of the types Tax and Currency as queried; `prefixes` is
    idPrefix → Vtiger's module ("14": "Products"), needed for lines, and differs by install;
    `zone` is that of the CRM's database, in which it tells moments. Ids stay whole ("14x4").
    A value that is not of its field's type is handed on as text, for the mapping to name.
    """
    tables = _Tables(
        {str(t["taxname"]): (str(t["taxlabel"]), t.get("method") == "Deducted") for t in taxes},
        {str(c["id"]): str(c["currency_code"]) for c in currencies},
        next((str(c["id"]) for c in currencies if str(c.get("defaultid")) == _OWN_CURRENCY), ""),
        prefixes or {},
        zone,
    )
    values = {f.name: _value(f, retrieved.get(f.name), tables) for f in module.fields}
    lines: tuple[Mapping[str, Plain], ...] = ()
    if module.role in ("product", "service"):
        values |= _item_values(retrieved, tables)
    elif module.role == "invoice":
        found = _lines(retrieved, tables)
        lines = tuple(line.values for line in found)
        values |= _invoice_values(retrieved, found)
    modified = _moment(str(retrieved.get("modifiedtime") or ""), zone)
    ref = Ref(module.name, str(retrieved["id"]))
    return Record(ref, values, lines, modified=modified)


# --- single values ---------------------------------------------------------------------------


def _value(field: Field, raw: Any, tables: _Tables) -> Plain:
    if raw is None or raw == "":
        return None
    if field.role == "invoice.currency":
        # An unknown currency stays an id, which no Xero has: the invoice is held.
        return tables.currencies.get(str(raw), str(raw))
    if field.role == "xtiger.invoice_type":
        return INVOICE_TYPES.get(str(raw), str(raw))
    if field.type == "datetime":
        return _moment(str(raw), tables.zone) or str(raw)
    read = _READ.get(field.type, str)
    try:
        return read(raw)
    except (ValueError, ArithmeticError):
        return str(raw)


def _whole(raw: Any) -> Plain:
    number = as_decimal(raw)
    whole = number is not None and number == number.to_integral_value()
    return int(number) if number is not None and whole else number


_READ: Mapping[FieldType, Callable[[Any], Plain]] = {
    "int": _whole,
    "decimal": as_decimal,
    "money": as_decimal,
    "bool": lambda raw: str(raw).strip().lower() in _YES,
    "date": lambda raw: date.fromisoformat(str(raw)[:10]),
    "multi_choice": lambda raw: str(raw).split(_BETWEEN),
}


def _moment(text: str, zone: tzinfo) -> datetime | None:
    try:
        return utc(datetime.fromisoformat(text).replace(tzinfo=zone)) if text else None
    except ValueError:
        return None


def _number(raw: Any) -> Decimal:
    """A number, zero when empty or no number: what is wrong shows in the field's own value."""
    try:
        return as_decimal(raw) or Decimal(0)
    except ValueError:
        return Decimal(0)


# --- products and services -------------------------------------------------------------------


def _item_values(retrieved: Mapping[str, Any], tables: _Tables) -> dict[str, Plain]:
    """The tax when there is just one, since Xero takes one; the price in the own currency.

    One of 0 % only says that lines of the item may have it.
    """
    percents = [
        _number(raw)
        for key, raw in retrieved.items()
        if NUMBERED.match(key) and key.startswith("tax") and not _deducted(key, tables)
        if _number(raw)
    ]
    values: dict[str, Plain] = {"sales_tax": percents[0] if len(percents) == 1 else None}
    currency = str(retrieved.get("currency_id") or "")
    if currency and tables.own_currency and currency != tables.own_currency:
        own = retrieved.get("currency" + tables.own_currency.partition("x")[2])
        values["unit_price"] = _number(own) or None
    return values


def _deducted(key: str, tables: _Tables) -> bool:
    return key in tables.taxes and tables.taxes[key][1]


# --- invoices --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Line:
    """One line with what the totals of the head need of it."""

    values: Mapping[str, Plain]
    net: Decimal
    #: Sum of its deducted percentages.
    deducted: Decimal


def _lines(retrieved: Mapping[str, Any], tables: _Tables) -> list[_Line]:
    individual = retrieved.get("hdnTaxType") == "individual"
    listed = retrieved.get("LineItems") or ()
    return [
        _line(raw, tables, _assigned(retrieved, number) if individual else None)
        for number, raw in enumerate(listed, start=1)
    ]


def _assigned(retrieved: Mapping[str, Any], number: int) -> frozenset[str] | None:
    """The taxes that the product of a line has; None where the answer does not tell.

    With individual taxes Vtiger stores any percentage on a line, and counts only these.
    """
    details = retrieved.get("LineItems_FinalDetails")
    shown = details.get(str(number)) if isinstance(details, Mapping) else None
    if not isinstance(shown, Mapping):
        return None
    return frozenset(str(tax.get("taxname")) for tax in shown.get("taxes") or ())


def _line(raw: Mapping[str, Any], tables: _Tables, assigned: frozenset[str] | None) -> _Line:
    item_id = str(raw.get("productid") or "")
    kind = MODULES.get(tables.prefixes.get(item_id.partition("x")[0], ""), ("", ""))[1]
    known = kind in ("product", "service")
    percents = {
        key: _number(value)
        for key, value in raw.items()
        if key.startswith("tax")
        and NUMBERED.match(key)
        and _number(value)
        and (assigned is None or key in assigned)
    }
    values = {
        "product_id": item_id if kind == "product" else None,
        "service_id": item_id if kind == "service" else None,
        # Without an item the name is that of a record that does not belong on a line.
        "product_name": (str(raw.get("product_name") or "") or None) if known else None,
        "comment": str(raw.get("comment") or "") or None,
        **{name: _plain(raw.get(name)) for name in _LINE_NUMBERS},
        "taxes": [
            {"name": tables.taxes.get(key, (key, False))[0], "percent": percent}
            for key, percent in percents.items()
            if not _deducted(key, tables)
        ],
    }
    deducted = sum((p for key, p in percents.items() if _deducted(key, tables)), Decimal(0))
    gross = _number(raw.get("quantity")) * _number(raw.get("listprice"))
    off = gross * _number(raw.get("discount_percent")) / _HUNDRED
    return _Line(values, gross - (off or _number(raw.get("discount_amount"))), deducted)


_LINE_NUMBERS = ("quantity", "listprice", "discount_percent", "discount_amount")


def _plain(raw: Any) -> Plain:
    try:
        return as_decimal(raw)
    except ValueError:
        return str(raw)


def _invoice_values(retrieved: Mapping[str, Any], lines: Sequence[_Line]) -> dict[str, Plain]:
    # Left empty, the tax mode counts as group.
    mode = "individual" if retrieved.get("hdnTaxType") == "individual" else "group"
    return {
        "hdnTaxType": mode,
        "charges_tax": _charges_tax(retrieved),
        "deducted_tax": _deducted_tax(lines, mode),
    }


def _charges_tax(retrieved: Mapping[str, Any]) -> Plain:
    """The percentage of tax on all charges together; None without charges or tax.

    `hdnS_H_Percent` cannot be used: a charge of 20 with 10 % tax is answered there as 20.
    """
    percents: dict[str, Decimal] = {}
    for key, raw in retrieved.items():
        if found := CHARGE_TAX.match(key):
            charge = found["charge"]
            percents[charge] = percents.get(charge, Decimal(0)) + _number(raw)
    amounts = {charge: _charge(retrieved, charge) for charge in percents}
    rates = {percents[charge] for charge, amount in amounts.items() if amount}
    if len(rates) < 2:
        return next(iter(rates), Decimal(0)) or None
    tax = sum((amounts[charge] * percents[charge] for charge in percents), Decimal(0))
    total = sum(amounts.values(), Decimal(0))
    return tax / total if total else None


def _charge(retrieved: Mapping[str, Any], charge: str) -> Decimal:
    """The amount of one charge, which may be written as a percentage ("12%")."""
    text = str(retrieved.get(charge) or "").strip()
    if text.endswith("%"):
        charges = _number(retrieved.get("hdnS_H_Amount"))
        net = _number(retrieved.get("pre_tax_total")) - charges
        return net * _number(text[:-1]) / _HUNDRED
    return _number(text)


def _deducted_tax(lines: Sequence[_Line], mode: str) -> Plain:
    """What the customer keeps back; a group tax is that of the first line, on every line."""
    shared = lines[0].deducted if lines else Decimal(0)
    parts = [line.net * (shared if mode == "group" else line.deducted) for line in lines]
    return abs(sum(parts, Decimal(0))) / _HUNDRED or None
