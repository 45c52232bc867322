"""What is sent to Vtiger: plain values as its webservice takes them, and whole invoices.

Pure, no network. An invoice whose lines or counted fields change goes whole, made from a fresh
`retrieve` and cleaned of what ends PHP 8; source: a stock Vtiger 8.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from xtiger.hosts.checks import refused
from xtiger.hosts.vtiger.installation import Installation
from xtiger.hosts.vtiger.names import CHARGE_TAX, FILLER, NUMBERED, NUMBERS
from xtiger.model.records import Field, Module
from xtiger.model.values import Plain, as_decimal

_BETWEEN: Final = " |##| "
#: Values of the library for what Vtiger keeps in several fields.
_MADE: Final = frozenset({"charges_tax", "deducted_tax", "sales_tax"})
#: What a line is made of; its id, name and the rest are Vtiger's own.
_LINE: Final = ("productid", "quantity", "listprice", "discount_percent", "discount_amount")


def text_of(field: Field, value: Plain, there: Installation) -> str:
    """A value as text; raises Refused for a currency that Vtiger does not have."""
    if value is None or value == "":
        return ""
    if field.role == "invoice.currency":
        return _currency(str(value), field.name, there)
    if field.role == "xtiger.invoice_type":
        return there.invoice_types.get(str(value), str(value))
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return f"{value.astimezone(there.zone):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return _BETWEEN.join(value) if isinstance(value, list | tuple) else str(value)


def _currency(code: str, field: str, there: Installation) -> str:
    for row in there.currencies:
        if row["currency_code"] == code:
            return str(row["id"])
    message = f"Vtiger has no currency {code}. Add it under Settings, Inventory, Currencies."
    raise refused("invalid", message, field)


def head_of(module: Module, values: Mapping[str, Plain], there: Installation) -> dict[str, str]:
    """Vtiger's field → text, of what is written of a record itself."""
    fields = {field.name: field for field in module.fields}
    return {
        name: text_of(fields[name], value, there)
        for name, value in values.items()
        if name not in _MADE and name not in NUMBERS.values()
    }


def number_of(theirs: str, head: Mapping[str, Plain]) -> str | None:
    """The number of Xero that a write has, "" for none; None where it says nothing of it."""
    name = NUMBERS.get(theirs)
    return None if name is None or name not in head else str(head[name] or "")


def filled(theirs: str, head: Mapping[str, str], there: Installation) -> dict[str, str]:
    """What a new record gets where nothing was given: the owner, and texts that Vtiger demands."""
    found = {"assigned_user_id": there.user.owner, **there.defaults.get(theirs, {})}
    if theirs in ("Products", "Services"):
        # Left out it is off, though describe says that it is on.
        found["discontinued"] = "1"
    if theirs in there.tick_boxes:
        # What comes from Xero is synced; Vtiger would leave the box without a tick.
        found.setdefault(there.tick_boxes[theirs], "1")
    found |= {name: FILLER for name in there.fillers.get(theirs, ()) if not found.get(name)}
    return {name: value for name, value in found.items() if not head.get(name)}


def item_kept(retrieved: Mapping[str, Any], head: Mapping[str, str]) -> dict[str, str]:
    """What of a product or service must be sent again, since Vtiger drops it otherwise."""
    kept = {
        name: str(value)
        for name, value in retrieved.items()
        if NUMBERED.match(name) and value not in (None, "", 0)
    }
    own = f"currency{str(retrieved.get('currency_id') or '').partition('x')[2]}"
    if "unit_price" in head:
        # Else the price of before would stay the one in its currency.
        kept.pop(own, None)
    kept["unit_price"] = str(retrieved.get("unit_price") or "0")
    kept["currency_id"] = str(retrieved.get("currency_id") or "")
    return {name: value for name, value in kept.items() if name not in head}


# --- invoices --------------------------------------------------------------------------------


def line_of(values: Mapping[str, Plain], there: Installation) -> dict[str, str]:
    """A line as Vtiger takes it; every tax is said, since one left out is the product's own."""
    item = values.get("product_id") or values.get("service_id") or there.nameless
    found = {
        "productid": str(item),
        "quantity": _number(values.get("quantity")),
        "listprice": _number(values.get("listprice")),
        "comment": str(values.get("comment") or ""),
    }
    amount, percent = values.get("discount_amount"), values.get("discount_percent")
    if as_decimal(amount):
        found["discount_amount"] = _number(amount)
    elif as_decimal(percent):
        found["discount_percent"] = _number(percent)
    return found | taxes_of(values.get("taxes") or (), there)


def _number(value: Plain) -> str:
    return f"{as_decimal(value) or Decimal(0):f}"


def taxes_of(listed: Iterable[Mapping[str, Plain]], there: Installation) -> dict[str, str]:
    """Such as tax1 → percent, for all of Vtiger's taxes; raises Refused where it has none."""
    found = dict.fromkeys(there.tax_names, "0")
    for tax in listed:
        percent = as_decimal(tax.get("percent")) or Decimal(0)
        key = there.tax_key(str(tax.get("name") or ""), percent, taken=found)
        if key is None:
            message = "Vtiger has no tax. Add one under Settings, Inventory, Tax Management."
            raise refused("invalid", message, "taxes")
        found[key] = f"{percent:f}"
    return found


def same_line(retrieved: Mapping[str, Any], there: Installation) -> dict[str, str]:
    """A line of a fresh retrieve as it is sent again; its id goes, since it is another one then."""
    found = {name: str(retrieved.get(name) or "0") for name in _LINE}
    if not retrieved.get("productid"):
        found["productid"] = there.nameless
    if as_decimal(found["discount_amount"]):
        del found["discount_percent"]
    names = [str(tax["taxname"]) for tax in there.taxes]
    taxes = {name: str(retrieved.get(name) or "0") for name in names}
    return {**found, "comment": str(retrieved.get("comment") or ""), **taxes}


def charges_of(
    values: Mapping[str, Plain], retrieved: Mapping[str, Any], there: Installation
) -> dict[str, str]:
    """The charge and its taxes; as they are where nothing of them is written, blanks left out."""
    if not {"hdnS_H_Amount", "charges_tax"} & values.keys():
        return {
            name: str(value)
            for name, value in retrieved.items()
            if (name in there.charges or CHARGE_TAX.match(name)) and value not in (None, "")
        }
    amount = values.get("hdnS_H_Amount", as_decimal(retrieved.get("hdnS_H_Amount")))
    found = {"hdnS_H_Amount": _number(amount)}
    if not there.charges:
        return found
    percent = as_decimal(values.get("charges_tax")) or Decimal(0)
    charge, taxes = there.charges[0], dict.fromkeys(there.tax_names, "0")
    key = there.tax_key("", percent, taken=taxes) if percent else None
    if key is not None:
        taxes[key] = f"{percent:f}"
    return found | {charge: _number(amount)} | {f"{charge}_sh{n}": p for n, p in taxes.items()}


def invoice_of(
    retrieved: Mapping[str, Any],
    head: Mapping[str, str],
    charges: Mapping[str, str],
    lines: Sequence[Mapping[str, str]],
    there: Installation,
) -> dict[str, Any]:
    """A whole invoice for `create` (nothing retrieved) or `update`."""
    made = ("label", "LineItems", "LineItems_FinalDetails")
    base = {
        name: value
        for name, value in retrieved.items()
        if name not in made and name not in there.charges and not CHARGE_TAX.match(name)
    }
    found = {**base, **head, **charges}
    # Blank it ends PHP 8, and a percentage counts only beside an amount of 0.
    found["hdnDiscountAmount"] = found.get("hdnDiscountAmount") or "0"
    if head.get("hdnDiscountPercent") and not as_decimal(head.get("hdnDiscountAmount")):
        found["hdnDiscountAmount"] = "0"
    for name in there.fillers.get("Invoice", ()):
        found[name] = found.get(name) or FILLER
    found["hdnTaxType"] = tax_mode(lines, str(found.get("hdnTaxType") or ""), there, retrieved)
    found["productid"] = lines[0]["productid"]
    found["LineItems"] = [dict(line) for line in lines]
    return found


def tax_mode(
    lines: Sequence[Mapping[str, str]],
    wanted: str,
    there: Installation,
    retrieved: Mapping[str, Any],
) -> str:
    """Whether each line counts its own taxes, or the first line's count for the whole.

    Individual taxes count only where the product has them, and one tax on all lines comes to the
    same either way: so a new invoice is of a group where it can be. One that is there keeps its
    mode unless that is of no use any more.
    """
    kinds = {
        tuple(as_decimal(line.get(name)) or Decimal(0) for name in there.tax_names)
        for line in lines
    }
    if len(kinds) > 1:
        return "individual"
    return wanted if retrieved and wanted == "individual" else "group"
