"""Guesses a whole adapter from the models of a CRM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from xtiger.hosts.scaffold.fields import FieldGuess, FieldsGuess, guess_fields
from xtiger.hosts.scaffold.modules import ModelGuess, guess_modules
from xtiger.hosts.scaffold.shapes import Table
from xtiger.model.roles import MODULE_NAMES


@dataclass(frozen=True, slots=True)
class ModuleGuess:
    """One module of the adapter."""

    #: The name by which the library syncs it.
    name: str
    model: ModelGuess
    fields: FieldsGuess
    lines: FieldsGuess | None = None

    def all_fields(self) -> tuple[FieldGuess, ...]:
        """Those of the record and of its lines."""
        return (*self.fields.fields, *(self.lines.fields if self.lines else ()))


@dataclass(frozen=True, slots=True)
class AdapterGuess:
    """The whole adapter: its modules, parents first, and what nothing was found for."""

    modules: tuple[ModuleGuess, ...]
    #: Roles of modules for which no model was found.
    missing: tuple[str, ...]


#: Parents first, as a person reads it.
_ORDER: Final = ("organisation", "contact", "product", "service", "invoice", "payment")


def guess_adapter(tables: Sequence[Table]) -> AdapterGuess:
    """The adapter for these models."""
    models = guess_modules(tables)
    modules = tuple(_module(role, models) for role in _ORDER if role in models)
    return AdapterGuess(modules, tuple(role for role in _ORDER if role not in models))


def _module(role: str, models: Mapping[str, ModelGuess]) -> ModuleGuess:
    model = models[role]
    lines = None
    if model.lines is not None:
        lines = guess_fields(role, model.lines, models, lines=True)
    return ModuleGuess(MODULE_NAMES[role], model, guess_fields(role, model.table, models), lines)
