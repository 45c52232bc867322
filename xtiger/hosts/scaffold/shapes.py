"""The models of a CRM as plain data, whatever framework maps them."""

from __future__ import annotations

from dataclasses import dataclass

from xtiger.model.records import FieldType


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a model, by the name of its attribute."""

    name: str
    type: FieldType
    #: Whether it may be NULL.
    nullable: bool = True
    #: Whether it is the primary key.
    key: bool = False
    #: Whether the model or the database fills it where nobody does.
    filled: bool = False
    length: int | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """A way from one model to another."""

    name: str
    #: The name of the model that it leads to.
    target: str
    #: Whether it leads to a list, as from an invoice to its lines.
    many: bool = False
    #: The column that holds the key, for one that leads to a single record.
    column: str = ""
    #: Whether it is an attribute of its own, or only a column with a foreign key.
    declared: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """One model."""

    name: str
    columns: tuple[Column, ...]
    relations: tuple[Relation, ...] = ()

    def to_one(self, target: str) -> tuple[Relation, ...]:
        """The ways to a single record of a model."""
        return tuple(r for r in self.relations if not r.many and r.target == target)

    def to_many(self, target: str) -> Relation | None:
        """The list of another model's records, where the model has one."""
        return next((r for r in self.relations if r.many and r.target == target), None)

    def reference_columns(self) -> frozenset[str]:
        """The columns that hold keys of other records."""
        return frozenset(r.column for r in self.relations if not r.many and r.column)
