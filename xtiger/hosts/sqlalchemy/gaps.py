"""Names every column that a new record from outside cannot fill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import ColumnProperty, Mapper

from xtiger.hosts.sqlalchemy.fields import SUMS, BoundField, unfilled
from xtiger.hosts.sqlalchemy.filling import new_object
from xtiger.hosts.sqlalchemy.modules import BoundModule
from xtiger.model.roles import ROLES


def create_gaps(module: BoundModule, tenant_attr: str | None) -> Iterator[str]:
    """A sentence with the fix for each column that stops a create of this module or its lines."""
    can = module.declared.can
    if "create" in can:
        filled = {tenant_attr or "", *module.declared.defaults}
        yield from _gaps(module.name, "Module", module.mapper, module.fields, filled)
    if module.lines is not None and can & {"create", "update"}:
        lines = module.lines
        filled = {lines.parent_attr, lines.order or "", tenant_attr or "", *lines.defaults}
        where = f"{module.name}.lines"
        yield from _gaps(where, "Lines", lines.mapper, lines.fields, filled)


def _gaps(
    where: str, word: str, mapper: Mapper[Any], fields: Sequence[BoundField], filled: set[str]
) -> Iterator[str]:
    by_attr = {field.attr: field for field in fields}
    known = {*filled, *_keys_of(mapper, filled)}
    made = new_object(mapper)
    for prop in mapper.column_attrs:
        if prop.key in known or not _needed(prop, mapper) or getattr(made, prop.key) is not None:
            continue
        field = by_attr.get(prop.key)
        reason = _reason(field)
        if reason:
            column = f"{mapper.class_.__name__}.{prop.key}"
            yield (
                f"{where}: the CRM takes no new record without {column}, {reason}. "
                f"Give it a value with {word}(..., defaults={{{prop.key!r}: ...}}), or write "
                f"Field({prop.key!r}, computed=True) where the CRM fills it itself."
            )


def _keys_of(mapper: Mapper[Any], names: set[str]) -> Iterator[str]:
    """The columns that relationships among the names fill."""
    for relation in mapper.relationships:
        if relation.key in names:
            for column in relation.local_columns:
                yield mapper.get_property_by_column(column).key


def _needed(prop: ColumnProperty[Any], mapper: Mapper[Any]) -> bool:
    """Whether neither the database nor SQLAlchemy fills the column."""
    columns = [column for column in prop.columns if isinstance(column, sa.Column)]
    by_mapper = (mapper.polymorphic_on, mapper.version_id_col)
    for column in columns:
        counted = getattr(column.table, "autoincrement_column", None) is column
        if not unfilled(column) or counted or any(column is one for one in by_mapper):
            return False
    return bool(columns)


def _reason(field: BoundField | None) -> str:
    """Why nothing fills the column; empty when the field does, or a person is asked."""
    if field is None:
        return "and no field names it"
    if field.computed or field.default is not None:
        return ""
    if not field.writable:
        return "and its field is only read"
    described = field.describe()
    if field.empty_text:
        role = ROLES.get(field.role or "")
        asked = described.required or (role is not None and role.needed)
        return (
            "which must be unique and has no value of its own"
            if (described.unique and not asked)
            else ""
        )
    asked = described.required or field.role in SUMS
    return "" if asked else "and its field is not required"


def all_gaps(modules: Mapping[str, BoundModule], tenant_attr: str | None) -> list[str]:
    """The sentences of all modules."""
    return [said for module in modules.values() for said in create_gaps(module, tenant_attr)]
