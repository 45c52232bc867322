"""A declared module bound to its Django model: keys, lines, where its records are read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import models

from xtiger.errors import SettingInvalid
from xtiger.hosts.declaring import Field, Module, placed
from xtiger.hosts.described import DescribedModule, by_name
from xtiger.hosts.django.fields import (
    BoundField,
    find_column,
    held_key,
    key_columns,
    key_value,
    moment_of,
    stored_moment,
)
from xtiger.hosts.keys import key_parts, key_text


class Key:
    """The primary key of a model as text, of one column or of several."""

    def __init__(self, model: type[Any]) -> None:
        self.columns: Final = key_columns(model)
        self.width: Final = len(self.columns)

    def text(self, owner: Any) -> str:
        """The id of an object."""
        return key_text(owner.pk if isinstance(owner.pk, tuple) else [owner.pk])

    def value(self, text: str) -> Any:
        """The key of an id, of several columns a tuple; None when no record can have it."""
        parts = key_parts(text, len(self.columns)) or []
        found = tuple(map(key_value, self.columns, parts))
        if not found or None in found:
            return None
        return found if len(found) > 1 else found[0]


class LineKey:
    """The primary key of a line as text; it may be one of several columns."""

    def text(self, owner: Any) -> str:
        """The id of a line."""
        key = owner.pk
        return "~".join(map(str, key)) if isinstance(key, tuple) else str(key)


class BoundLines:
    """The lines of a module: the way to them and back, their key and fields."""

    def __init__(self, module: Module, model: type[Any]) -> None:
        assert module.lines is not None
        self.attr: Final = module.lines.attr
        self.order: Final = module.lines.order
        where = f"{module.name}.{self.attr}"
        meta: Any = model._meta
        named = (r for r in meta.related_objects if r.get_accessor_name() == self.attr)
        relation = next(named, None)
        if relation is None or not relation.one_to_many:
            raise SettingInvalid(
                where,
                "is no list of lines",
                "Name the way back of their ForeignKey in Lines(...): its related_name, else "
                "the model's name with _set.",
            )
        self.model: Final[type[Any]] = relation.related_model
        self.parent: Final = relation.field
        #: The attributes of a line that hold the key of its record, in the order of that.
        self.parent_attrs: Final = held_key(relation.field, where)
        self.key = LineKey()
        self.fields = [bound(f, self.model, where) for f in module.lines.fields]
        self.defaults: Final = module.lines.defaults
        known_attributes([*self.defaults, *filter(None, [self.order])], self.model, where)
        self._ordered = bool(self.model._meta.ordering)

    def of(self, owner: Any) -> list[Any]:
        """The line objects of a record, in order; of a record that is not saved yet none."""
        if owner._state.adding:
            return []
        lines = list(getattr(owner, self.attr).all())
        order = self.order
        if order is not None:
            return sorted(
                lines, key=lambda line: (getattr(line, order) is None, getattr(line, order) or 0)
            )
        return lines if self._ordered else sorted(lines, key=lambda line: line.pk)


def bound(declared: Field, model: type[Any], where: str) -> BoundField:
    """A declared field bound to its model; what is wrong is named with its line."""
    return placed(declared, partial(BoundField, declared, model, where))


def _lines(declared: Module, model: type[Any]) -> BoundLines | None:
    if declared.lines is None:
        return None
    return placed(declared.lines, partial(BoundLines, declared, model))


class BoundModule(DescribedModule[Key, BoundField, BoundLines]):
    """A module bound to its model, or to the manager whose records alone are the module."""

    def __init__(self, declared: Module) -> None:
        super().__init__(declared)
        given: Any = declared.model
        self._manager = given if isinstance(given, models.Manager) else None
        model = given if self._manager is None else given.model
        if not isinstance(model, type) or not issubclass(model, models.Model):
            raise SettingInvalid(
                f"The model of {declared.name}",
                "is no model of Django",
                "Give the class or one of its managers: Module('Organizations', Company, ...).",
            )
        self.model: Final[type[Any]] = model
        self.key = Key(model)
        self.fields = [bound(f, model, declared.name) for f in declared.fields]
        self.by_name: Final = {field.name: field for field in self.fields}
        self.lines = _lines(declared, model)
        self.parents = [self.parent(name) for name in declared.parents]
        known_attributes(declared.defaults, model, declared.name)
        for attr in (declared.modified, declared.version, self.deleted_attr):
            if attr is not None and find_column(attr, model, self.name)[1] is None:
                raise SettingInvalid(
                    f"{self.name}.{attr}", "is no column of the model", "Name a field of it."
                )
        if declared.modified is not None:
            self._check_stamp(declared.modified)

    def _check_stamp(self, attr: str) -> None:
        if BoundField(Field(attr), self.model, self.name).type != "datetime":
            raise SettingInvalid(
                f"{self.name}.{attr}",
                "holds no date with time, so it cannot tell what changed",
                "Leave modified= out: all records are read each time.",
            )

    def moment(self, value: Any) -> datetime | None:
        """When the record was changed last; a stamp without zone is one of TIME_ZONE."""
        return moment_of(value)

    def query(self, alias: str) -> Any:
        """All records with their lines: of the manager given, else of the model's default one.

        Where deleted records have a mark they must be seen, which a default manager may hide.
        """
        chosen = self._manager
        if chosen is None:
            model: Any = self.model
            chosen = model._base_manager if self.deleted_attr else model._default_manager
        found = chosen.using(alias)
        return found if self.lines is None else found.prefetch_related(self.lines.attr)


def known_attributes(names: Sequence[str] | Any, model: type[Any], where: str) -> None:
    """Raise SettingInvalid for a name that the model has no attribute of."""
    for name in names:
        find_column(name, model, where)


def deletion_mark(module: BoundModule, now: datetime) -> Any:
    """What the mark of deleted records is set to: the value declared, yes, or the moment."""
    mark = module.declared.deleted
    assert mark is not None
    if not isinstance(mark, str):
        return mark[1]
    _, column = find_column(mark, module.model, module.name)
    if isinstance(column, models.DateTimeField):
        return stored_moment(now)
    return now.date() if isinstance(column, models.DateField) else True


def bind(modules: Sequence[Module]) -> dict[str, BoundModule]:
    """All modules by name; raises SettingInvalid for a name given twice or pointing nowhere."""
    return by_name([placed(module, partial(BoundModule, module)) for module in modules])
