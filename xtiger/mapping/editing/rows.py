"""One row of a mapping more, another or less, named as people name fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches

from xtiger.errors import MappingInvalid
from xtiger.mapping.xero_fields import XERO_FIELDS, XeroField
from xtiger.model.mappings import Mapping, Row
from xtiger.model.records import Field, Module
from xtiger.model.roles import ROLES


def with_row(mapping: Mapping, row: Row, described: Module) -> Mapping:
    """The mapping with this row in place of that of the same field of Xero, else at its end.

    Either field is named by its name, label or role; of the CRM's the role is kept where it has
    one. Raises MappingInvalid for a field that is not there, with those that are near.
    """
    crm = crm_field(mapping, row.crm, described)
    xero = xero_field(mapping, row.xero)
    kept = replace(row, crm=named(crm), xero=xero.path)
    old = {one.xero for one in mapping.rows}
    rows = tuple(kept if one.xero == kept.xero else one for one in mapping.rows)
    return replace(mapping, rows=rows if kept.xero in old else (*rows, kept))


def with_more(mapping: Mapping, rows: Sequence[Row]) -> Mapping:
    """The mapping with these rows behind its own; of the same field of Xero the new one counts."""
    fresh = {one.xero for one in rows}
    return replace(mapping, rows=(*(r for r in mapping.rows if r.xero not in fresh), *rows))


def without_row(mapping: Mapping, xero: str) -> Mapping:
    """The mapping without the row of this field of Xero; raises MappingInvalid for none."""
    path = xero_field(mapping, xero).path
    rows = tuple(one for one in mapping.rows if one.xero != path)
    if rows == mapping.rows:
        raise _unmapped(mapping, path, rows)
    return replace(mapping, rows=rows)


def with_row_moved(mapping: Mapping, xero: str, up: bool, shown: Sequence[Row]) -> Mapping:
    """The mapping with the row of this field of Xero one place up or down among those `shown`.

    The first stays first and the last last. Raises MappingInvalid for none.
    """
    path = xero_field(mapping, xero).path
    places = [place for place, one in enumerate(mapping.rows) if one in shown]
    own = next((n for n, place in enumerate(places) if mapping.rows[place].xero == path), None)
    if own is None:
        raise _unmapped(mapping, path, shown)
    other = own - 1 if up else own + 1
    if not 0 <= other < len(places):
        return mapping
    rows = list(mapping.rows)
    rows.insert(places[other], rows.pop(places[own]))
    return replace(mapping, rows=tuple(rows))


def _unmapped(mapping: Mapping, path: str, rows: Sequence[Row]) -> MappingInvalid:
    known = ", ".join(one.xero for one in rows)
    return MappingInvalid(mapping.module, [f"{path} is not mapped; mapped are: {known}."])


def named(crm: Field) -> str:
    """What a row calls a field of the CRM: by its role, so that another CRM can take it."""
    return crm.role if crm.role in ROLES else crm.name


def crm_field(mapping: Mapping, name: str, described: Module) -> Field:
    """The field of the CRM of this name, role or label; raises MappingInvalid."""
    exact = described.by_name(name) or next((f for f in described.fields if f.role == name), None)
    alike = [one for one in described.fields if _folded(one.label) == _folded(name)]
    if exact is None and len(alike) != 1:
        known = [one.name for one in described.fields]
        raise MappingInvalid(mapping.module, [_unknown(f"{mapping.module} has", name, known)])
    return exact or alike[0]


def xero_field(mapping: Mapping, name: str) -> XeroField:
    """The field of Xero of this path or label; raises MappingInvalid."""
    known = XERO_FIELDS.get(mapping.kind, {})
    alike = [one for one in known.values() if _folded(one.label) == _folded(name)]
    if name not in known and len(alike) != 1:
        raise MappingInvalid(
            mapping.module, [_unknown(f"Xero's {mapping.kind} has", name, list(known))]
        )
    return known[name] if name in known else alike[0]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _unknown(has: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(name, names, 5, 0.5) or names
    return f"{has} no field {name}; use one of: {', '.join(near)}."


# --- which of an item's two names is which -----------------------------------------------------


def names_are_codes(mapping: Mapping, role: str) -> bool:
    """Whether the name of a product is the code of the item in Xero, and its number the name."""
    return any(row.crm == f"{role}.name" and row.xero == "Code" for row in mapping.rows)


def with_names_as_codes(mapping: Mapping, role: str, on: bool) -> Mapping:
    """The mapping with the product's name as the item's code, and its number as the name; or back.

    Raises MappingInvalid where one of the two is not mapped to one of the two.
    """
    name, code = f"{role}.name", f"{role}.code"
    now = {row.xero: row.crm for row in mapping.rows if row.xero in ("Code", "Name")}
    if set(now.values()) != {name, code} or len(now) != 2:
        raise MappingInvalid(
            mapping.module, [f"Map {code} and {name} to Code and Name first, either way."]
        )
    wanted = {"Code": name if on else code, "Name": code if on else name}
    rows = tuple(replace(row, crm=wanted.get(row.xero, row.crm)) for row in mapping.rows)
    return replace(mapping, rows=rows)
