"""What a record gets besides the values given: defaults, sums, "" for text that takes no NULL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from xtiger.hosts.described import BoundField, DescribedModule
from xtiger.mapping.lines_to_crm import crm_total
from xtiger.model import records
from xtiger.model.records import Arithmetic
from xtiger.model.roles import SUMS
from xtiger.model.values import Plain

_TAXES: Final = frozenset({"line.tax", "line.tax_name", "line.tax_rate", "line.taxes"})


def fill_new(owner: Any, fields: Sequence[BoundField], defaults: Mapping[str, Any]) -> None:
    """Give a new object its defaults, where it has no value yet; Django's texts begin as ""."""
    given = {field.attr: field.default for field in fields if field.default is not None}
    for attr, default in {**defaults, **given}.items():
        if getattr(owner, attr) in (None, ""):
            setattr(owner, attr, default(owner) if callable(default) else default)
    for field in fields:
        if field.empty_text and field.must_have and getattr(owner, field.attr) is None:
            setattr(owner, field.attr, "")


@dataclass(frozen=True, slots=True)
class Sums:
    """How the sums of a write are made."""

    #: How the CRM comes to a total.
    arithmetic: Arithmetic
    #: The fields of the head that the write itself gives a value.
    given: Collection[str]
    creating: bool


def fill_sums(
    module: DescribedModule[Any, Any, Any], owner: Any, lines: Sequence[Any], how: Sums
) -> None:
    """Give an invoice and its lines the sums that the CRM's columns must have."""
    if module.lines is None:
        return
    described, bound = module.describe(), module.lines
    untaxed = tuple(field for field in described.lines if field.role not in _TAXES)
    alone = records.Module(module.name, None, "", (), untaxed)
    taxed = records.Module(module.name, None, "", (), described.lines)
    for line in lines:
        for field in filter(_summed, bound.fields):
            values = [_values(bound.fields, line)]
            amount = crm_total(alone, {}, values, how.arithmetic)
            if field.role == "line.tax":
                amount = crm_total(taxed, {}, values, how.arithmetic) - amount
            setattr(line, field.attr, field.write(amount))
    sums = [one for one in filter(_summed, module.fields) if one.name not in how.given]
    if not sums:
        return
    written = [_values(bound.fields, line) for line in lines]
    total = crm_total(described, _values(module.fields, owner), written, how.arithmetic)
    net = crm_total(alone, {}, written, how.arithmetic)
    tax = crm_total(taxed, {}, written, how.arithmetic) - net
    amounts = {"invoice.tax": tax, "invoice.net": total - tax}
    amounts |= dict.fromkeys(("invoice.received", "invoice.credited"), Decimal(0))
    for field in sums:
        # What is paid moves with payments: only a new invoice has none for sure.
        money = field.role in ("invoice.received", "invoice.credited", "invoice.balance")
        if not money or (how.creating and getattr(owner, field.attr) is None):
            setattr(owner, field.attr, field.write(amounts.get(str(field.role), total)))


def fill_computed(owner: Any, fields: Sequence[BoundField]) -> None:
    """Write what the functions of `computed` make of an object."""
    for field in fields:
        if callable(field.computed):
            setattr(owner, field.attr, field.computed(owner))


def _summed(field: BoundField) -> bool:
    """Whether the library sums up what the column must have."""
    return field.role in SUMS and field.writable and field.must_have and field.default is None


def _values(fields: Sequence[BoundField], owner: Any) -> dict[str, Plain]:
    return {field.name: field.read(owner) for field in fields}
