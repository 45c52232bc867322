"""What a CRM record says of its day and amounts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.convert import crm_value
from xtiger.mapping.role_values import RoleValues
from xtiger.model.records import Record
from xtiger.model.values import Plain
from xtiger.rules.money import cents


def role_amounts(
    scope: Scope, record: Record, parts: Mapping[str, str]
) -> tuple[dict[str, Decimal], dict[str, str]]:
    """(name → amount to the cent, name → text that is no number) of a CRM record."""
    amounts, unreadable = {}, {}
    values = RoleValues(scope.module, record.values)
    for name, part in parts.items():
        try:
            amount = values.number(f"{scope.sync.role}.{part}")
        except ValueError as error:
            unreadable[name] = str(error)
            continue
        if amount is not None:
            amounts[name] = cents(amount)
    return amounts, unreadable


def role_day(scope: Scope, record: Record, part: str) -> date | None:
    """A day of the CRM record; None where there is none to read."""
    described = scope.module.by_role(f"{scope.sync.role}.{part}")
    try:
        found: Plain = crm_value(record, described) if described is not None else None
    except ValueError:
        return None
    return found if isinstance(found, date) else None
