"""A filter as data: conditions on fields, joined by and and or."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Operator = Literal[
    "is",
    "is not",
    "contains",
    "does not contain",
    "starts with",
    "is empty",
    "is not empty",
    "<",
    "<=",
    ">",
    ">=",
    "between",
    "in",
    "not in",
    "within",
]
#: Every operator, as people read it.
OPERATORS: tuple[Operator, ...] = get_args(Operator)
#: Those that take no value.
BARE: frozenset[Operator] = frozenset({"is empty", "is not empty"})
#: Those that compare numbers and days.
ORDERED: frozenset[Operator] = frozenset({"<", "<=", ">", ">=", "between"})
#: Those that look into a text.
LOOKING: frozenset[Operator] = frozenset({"contains", "does not contain", "starts with"})


@dataclass(frozen=True, slots=True)
class Condition:
    """What one field has to be."""

    #: A role such as "invoice.date", or the name of a CRM field.
    field: str
    operator: Operator
    #: As they are typed, such as South, 1000, 2026-11-30, today - 30 days; of within a period.
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all or one must hold."""

    joined: Literal["and", "or"]
    parts: tuple[Condition | Group, ...]


Filter = Condition | Group
