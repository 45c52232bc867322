"""What a CRM record says of its day and amounts, and what its lines were when last agreed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from xtiger.engine.pair.pair import Pairing
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.convert import LINES, crm_value
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


def base_lines(pairing: Pairing) -> Sequence[Mapping[str, Plain]]:
    """The CRM's lines as last agreed on."""
    pair = pairing.base.pairs.get(LINES) if pairing.base else None
    return pair.crm["lines"] if pair is not None and isinstance(pair.crm, Mapping) else ()
