"""What a record gets besides the values given: defaults, sums, "" for text that takes no NULL."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Mapper

from xtiger.hosts.sqlalchemy.fields import SUMS, BoundField
from xtiger.hosts.sqlalchemy.modules import BoundModule
from xtiger.mapping.lines_to_crm import crm_total
from xtiger.model import records
from xtiger.model.values import Plain


def new_object(mapper: Mapper[Any]) -> Any:
    """A new object of the model, also where its constructor wants arguments."""
    try:
        return mapper.class_()
    except TypeError:
        owner = mapper.class_manager.new_instance()
    for member in dataclasses.fields(mapper.class_) if _is_dataclass(mapper) else ():
        # SQLAlchemy puts marks of its own where the column has the default.
        own = type(member.default).__module__.startswith("sqlalchemy")
        if member.default is not dataclasses.MISSING and not own:
            setattr(owner, member.name, member.default)
    return owner


def _is_dataclass(mapper: Mapper[Any]) -> bool:
    return dataclasses.is_dataclass(mapper.class_)


def fill_new(owner: Any, fields: Sequence[BoundField], defaults: Mapping[str, Any]) -> None:
    """Give a new object its defaults, where it has no value yet."""
    given = {field.attr: field.default for field in fields if field.default is not None}
    for attr, default in {**defaults, **given}.items():
        if getattr(owner, attr) is None:
            setattr(owner, attr, default(owner) if callable(default) else default)
    for field in fields:
        if field.empty_text and field.must_have and getattr(owner, field.attr) is None:
            setattr(owner, field.attr, "")


def fill_sums(module: BoundModule, owner: Any, *, creating: bool) -> None:
    """Give an invoice and its lines the sums that the CRM's columns must have."""
    if module.lines is None:
        return
    described, bound = module.describe(), module.lines
    net = tuple(f for f in described.lines if f.role not in ("line.tax_rate", "line.taxes"))
    alone = records.Module(module.name, None, "", (), net)
    for line in bound.of(owner):
        for field in filter(_summed, bound.fields):
            line_total = crm_total(alone, {}, [_values(bound.fields, line)])
            setattr(line, field.attr, field.write(line_total))
    sums = list(filter(_summed, module.fields))
    if not sums:
        return
    lines = [_values(bound.fields, line) for line in bound.of(owner)]
    total = crm_total(described, _values(module.fields, owner), lines)
    for field in sums:
        # What is paid moves with payments: only a new invoice has none for sure.
        if field.role == "invoice.total" or (creating and getattr(owner, field.attr) is None):
            amount = Decimal(0) if field.role == "invoice.received" else total
            setattr(owner, field.attr, field.write(amount))


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
