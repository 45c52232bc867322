"""Checking a mapping before it is saved: every row needs both of its fields, and types that fit."""

from __future__ import annotations

from xtiger.mappings import Mapping
from xtiger.records import Module
from xtiger.roles import ROLES
from xtiger.xerofields import XERO_FIELDS

_NUMBERS = ("money", "decimal", "int")


def mapping_problems(mapping: Mapping, module: Module | None) -> list[str]:
    """One sentence per row that cannot work; a known role that the CRM lacks is no problem."""
    if module is None:
        return [f"The CRM has no module {mapping.module}."]
    known = XERO_FIELDS.get(mapping.kind, {})
    problems = []
    seen: set[str] = set()
    for row in mapping.rows:
        field = module.by_role(row.crm) or module.by_name(row.crm)
        xero = known.get(row.xero)
        if xero is None:
            problems.append(f"Xero's {mapping.kind} has no field {row.xero}.")
            continue
        if field is None:
            if row.crm not in ROLES:
                problems.append(f"{mapping.module} has no field {row.crm}.")
            continue
        if row.xero in seen:
            problems.append(f"{row.xero} is mapped twice.")
        seen.add(row.xero)
        if row.direction == "to_xero" and not xero.writable:
            problems.append(f"Xero lets nobody write {row.xero}; choose from Xero to the CRM.")
        if xero.type in ("price", "number") and field.type not in _NUMBERS:
            problems.append(f"{row.crm} is no number, {row.xero} is one.")
    return problems
