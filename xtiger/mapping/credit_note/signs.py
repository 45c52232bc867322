"""Which invoices of a CRM give money back, and such a one with the signs of Xero's credit note.

A CRM says so by its status, or by a total below zero; a credit note of Xero counts upwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from xtiger.mapping.lines_to_crm import crm_total
from xtiger.mapping.role_values import RoleValues
from xtiger.model.records import Arithmetic, Module, Record
from xtiger.model.values import Plain, as_decimal, canon
from xtiger.rules.invoice_status import meaning_of

#: The status that a word for such an invoice means.
CREDIT: Final = "CREDIT"
#: What of the head is money of it.
_HEAD: Final = tuple(
    f"invoice.{part}"
    for part in ("net", "tax", "total", "charges", "adjustment", "received", "credited", "balance")
)
_LINE: Final = ("line.tax", "line.total")


def says_credit(record: Record, module: Module, chosen: Mapping[str, str]) -> bool:
    """Whether the status says that it gives money back; `chosen` is the option status_map."""
    text = RoleValues(module, record.values).text("invoice.status") or ""
    return bool(text) and meaning_of(text, chosen) == CREDIT


def is_below_zero(record: Record, module: Module, arithmetic: Arithmetic) -> bool:
    """Whether it comes to less than nothing, as the CRM says, else as its lines do."""
    try:
        total = RoleValues(module, record.values).number("invoice.total")
        if total is None:
            total = crm_total(module, record.values, record.lines, arithmetic)
    except ValueError:
        return False  # said of the invoice when it is judged
    return total < 0


def with_credit_signs(record: Record, module: Module) -> Record:
    """The record with all its money turned round: the quantity of a line, or else its price."""
    return replace(
        record,
        values=turned(record.values, module),
        lines=tuple(_turned_line(line, module) for line in record.lines),
    )


def turned(values: Mapping[str, Plain], module: Module) -> dict[str, Plain]:
    """Values of the head with their money turned round; what is no number stays."""
    return {**values, **_turned(values, module, _HEAD)}


def _turned_line(line: Mapping[str, Plain], module: Module) -> Mapping[str, Plain]:
    try:
        quantity = RoleValues(module, line).amount("line.quantity")
    except ValueError:
        return line  # said of the line when it is built
    part = "line.quantity" if quantity < 0 else "line.unit_price"
    return {**line, **_turned(line, module, (part, *_LINE))}


def _turned(values: Mapping[str, Plain], module: Module, roles: Iterable[str]) -> dict[str, Plain]:
    found: dict[str, Plain] = {}
    for role in roles:
        described = module.by_role(role)
        if described is None or values.get(described.name) is None:
            continue
        try:
            amount = as_decimal(values[described.name])
        except ValueError:
            continue
        found[described.name] = None if amount is None else canon(-amount)
    return found
