"""Names every column that a new record from outside cannot fill, whatever maps the models."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xtiger.hosts.described import BoundField
from xtiger.model.roles import ROLES, SUMS


@dataclass(frozen=True, slots=True)
class Missing:
    """A column that neither the database nor the framework fills."""

    model: str
    #: As `defaults=` and a field name it.
    name: str
    #: The attribute of the field that is bound to it.
    attr: str


#: (module or lines, what is filled by name, attributes that have a field) → its empty columns.
MissingOf = Callable[[Any, Collection[str], Collection[str]], Iterable[Missing]]


def all_gaps(
    modules: Mapping[str, Any], tenant_attr: str | None, missing_of: MissingOf
) -> list[str]:
    """A sentence with cure and place for each column that stops a create of a module or line."""
    return [
        f"{said} ({module.declared_at()})"
        for module in modules.values()
        for said in _of_module(module, tenant_attr or "", missing_of)
    ]


def _of_module(module: Any, tenant_attr: str, missing_of: MissingOf) -> Iterator[str]:
    can = module.declared.can
    if "create" in can:
        found = missing_of(module, {tenant_attr, *module.declared.defaults}, _named(module.fields))
        yield from _sentences(module.name, "Module", module.fields, found)
    if module.lines is not None and can & {"create", "update"}:
        lines = module.lines
        filled = {*lines.parent_attrs, lines.order or "", tenant_attr, *lines.defaults}
        found = missing_of(lines, filled, _named(lines.fields))
        yield from _sentences(f"{module.name}.lines", "Lines", lines.fields, found)


def _named(fields: Sequence[BoundField]) -> set[str]:
    return {attr for field in fields for attr in (field.attr, *field.held_in)}


def _sentences(
    where: str, word: str, fields: Sequence[BoundField], found: Iterable[Missing]
) -> Iterator[str]:
    by_attr = {attr: field for field in fields for attr in (*field.held_in, field.attr)}
    for one in found:
        reason = _reason(by_attr.get(one.attr))
        if reason:
            yield (
                f"{where}: the CRM takes no new record without {one.model}.{one.name}, {reason}. "
                f"Give it a value with {word}(..., defaults={{{one.name!r}: ...}}), or write "
                f"Field({one.name!r}, computed=True) where the CRM fills it itself."
            )


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
