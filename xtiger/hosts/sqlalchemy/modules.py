"""A declared module bound to its mapper: keys, columns, parents, records as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, RelationshipProperty, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from xtiger.errors import SettingInvalid
from xtiger.hosts.declaring import Field, Module, placed
from xtiger.hosts.described import DescribedModule, by_name
from xtiger.hosts.keys import key_parts, key_text, text_key, uuid_key, whole_key
from xtiger.hosts.sqlalchemy.fields import BoundField, held_key
from xtiger.hosts.values import UTC_TIMES, Times


class Key:
    """The primary key of a model as text, of one column or of several."""

    def __init__(self, mapper: Mapper[Any]) -> None:
        self._columns: Final = tuple(mapper.primary_key)
        #: The attributes that hold it, in the order of the columns.
        self.attrs: Final = tuple(mapper.get_property_by_column(c).key for c in self._columns)
        self.width: Final = len(self.attrs)
        self._model = mapper.class_

    def text(self, owner: object) -> str:
        """The id of an object."""
        return key_text([getattr(owner, attr) for attr in self.attrs])

    def value(self, text: str) -> tuple[Any, ...] | None:
        """The key of an id, column by column; None when no record can have it."""
        parts = key_parts(text, len(self._columns)) or []
        values = tuple(map(_column_value, self._columns, parts))
        return None if not values or None in values else values

    def columns(self) -> list[Any]:
        """What records are put in order by."""
        return [getattr(self._model, attr) for attr in self.attrs]

    def same(self, key: Sequence[Any]) -> sa.ColumnElement[bool]:
        """The condition for the record of a key."""
        return sa.and_(*(c == value for c, value in zip(self.columns(), key, strict=True)))

    def among(self, keys: Sequence[Sequence[Any]]) -> sa.ColumnElement[bool]:
        """The condition for the records of these keys."""
        columns = self.columns()
        if len(columns) == 1:
            found: sa.ColumnElement[bool] = columns[0].in_([key[0] for key in keys])
            return found
        return sa.tuple_(*columns).in_([tuple(key) for key in keys])

    def after(self, key: Sequence[Any]) -> sa.ColumnElement[bool]:
        """The condition for the records that stand behind a key in its order."""
        columns = self.columns()
        later: sa.ColumnElement[bool] = columns[-1] > key[-1]
        for column, value in reversed(list(zip(columns, key, strict=True))[:-1]):
            later = sa.or_(column > value, sa.and_(column == value, later))
        return later


def _column_value(column: sa.ColumnElement[Any], text: str) -> Any:
    kind = column.type
    kind = kind.impl_instance if isinstance(kind, sa.TypeDecorator) else kind
    if isinstance(kind, sa.Integer):
        return whole_key(text)
    if isinstance(kind, sa.Uuid):
        key = uuid_key(text)
        return key if key is None or kind.as_uuid else str(key)
    return text_key(text)


def known_attributes(names: Iterable[str], mapper: Mapper[Any], where: str) -> None:
    """Raise SettingInvalid for a name that the model has no attribute of."""
    for name in names:
        if name not in mapper.attrs:
            BoundField(Field(name), mapper, where)  # says what is wrong with the name


class LineKey:
    """The primary key of a line as text; an association object has one of several columns."""

    def __init__(self, mapper: Mapper[Any]) -> None:
        self._attrs = [mapper.get_property_by_column(column).key for column in mapper.primary_key]

    def text(self, owner: object) -> str:
        """The id of a line."""
        return "~".join(str(getattr(owner, attr)) for attr in self._attrs)

    def age(self, owner: object) -> tuple[Any, ...]:
        """What puts lines into the order of their keys; those without one yet stand last."""
        values = [getattr(owner, attr) for attr in self._attrs]
        return tuple((value is None, 0 if value is None else value) for value in values)


class BoundLines:
    """The lines of a module: their relationship, key, fields and the way to their record."""

    def __init__(self, module: Module, mapper: Mapper[Any], times: Times = UTC_TIMES) -> None:
        assert module.lines is not None
        self.attr: Final = module.lines.attr
        self.order: Final = module.lines.order
        where = f"{module.name}.{self.attr}"
        relation = mapper.attrs.get(self.attr)
        if not isinstance(relation, RelationshipProperty) or not relation.uselist:
            raise SettingInvalid(
                where, "is no list of lines", "Name a one-to-many relationship in Lines(...)."
            )
        if relation.lazy == "write_only":
            raise SettingInvalid(
                where,
                "is loaded as 'write_only', so its lines cannot be read",
                "Name a plain relationship to the lines.",
            )
        #: Whether the list is a query of its own for each record, as `lazy="dynamic"` makes it.
        self.dynamic: Final = relation.lazy == "dynamic"
        self.mapper: Final[Mapper[Any]] = relation.mapper
        self.model: Final[type[Any]] = relation.mapper.class_
        self.key: Final = LineKey(self.mapper)
        self.fields: Final = [bound(f, self.mapper, where, times) for f in module.lines.fields]
        self.defaults: Final = module.lines.defaults
        named = [*self.defaults, *filter(None, [self.order])]
        known_attributes(named, self.mapper, where)
        self.orphans_go: Final = relation.cascade.delete_orphan
        #: The attributes of a line that hold the key of its record, in the order of that.
        self.parent_attrs: Final = held_key(
            dict(relation.local_remote_pairs or ()), mapper, self.mapper, where
        )
        self._ordered = bool(relation.order_by) or self.order is not None

    def of(self, owner: object) -> list[Any]:
        """The line objects of a record, in order."""
        lines = self.held(owner)
        if self.order is not None:
            order = self.order
            return sorted(
                lines, key=lambda line: (getattr(line, order) is None, getattr(line, order) or 0)
            )
        return lines if self._ordered else sorted(lines, key=self.key.age)

    def held(self, owner: object) -> list[Any]:
        """The line objects of a record as they come, those that are not flushed yet among them."""
        lines = list(getattr(owner, self.attr))
        if not self.dynamic:
            return lines
        # The query of such a list knows nothing that waits for the next flush.
        waiting = sa.inspect(owner).attrs[self.attr].history
        gone, added = waiting.deleted or (), waiting.added or ()
        known = [line for line in lines if line not in gone]
        return known + [line for line in added if line not in known]


def bound(declared: Field, mapper: Mapper[Any], where: str, times: Times) -> BoundField:
    """A declared field bound to its model; what is wrong is named with its line."""
    return placed(declared, partial(BoundField, declared, mapper, where, times))


def _lines(declared: Module, mapper: Mapper[Any], times: Times) -> BoundLines | None:
    if declared.lines is None:
        return None
    return placed(declared.lines, partial(BoundLines, declared, mapper, times))


class BoundModule(DescribedModule[Key, BoundField, BoundLines]):
    """A module bound to its mapper."""

    def __init__(self, declared: Module, times: Times = UTC_TIMES) -> None:
        super().__init__(declared)
        self.times: Final = times
        self.model: Final = declared.model
        mapper = sa.inspect(declared.model, raiseerr=False)
        if not isinstance(mapper, Mapper):
            raise SettingInvalid(
                f"The model of {declared.name}",
                "is not mapped by SQLAlchemy",
                "Give the mapped class: Module('Organizations', Company, ...).",
            )
        self.mapper: Final[Mapper[Any]] = mapper
        self.key = Key(mapper)
        self.fields = [bound(f, mapper, declared.name, times) for f in declared.fields]
        self.by_name: Final = {field.name: field for field in self.fields}
        self.lines = _lines(declared, mapper, times)
        self.parents = [self.parent(name) for name in declared.parents]
        if declared.modified is not None:
            self._check_stamp(declared.modified)
        known_attributes(declared.defaults, mapper, declared.name)
        for attr in (declared.modified, declared.version, self.deleted_attr):
            if attr is not None:
                self._check(attr)

    def _check(self, attr: str) -> None:
        if attr not in self.mapper.column_attrs:
            BoundField(Field(attr), self.mapper, self.name)  # says what is wrong with the name
            raise SettingInvalid(
                f"{self.name}.{attr}", "is no column of the model", "Name a mapped column."
            )

    def _check_stamp(self, attr: str) -> None:
        if BoundField(Field(attr), self.mapper, self.name).type != "datetime":
            raise SettingInvalid(
                f"{self.name}.{attr}",
                "holds no date with time, so it cannot tell what changed",
                "Leave modified= out: all records are read each time.",
            )

    def moment(self, value: Any) -> datetime | None:
        """When a record was changed last; without a zone as the CRM means those."""
        return self.times.moment(value) if isinstance(value, datetime) else None

    def loading(self) -> tuple[ORMOption, ...]:
        """What to load beside the record: its lines, in one query for many records."""
        if self.lines is None or self.lines.dynamic:
            return ()
        return (selectinload(getattr(self.model, self.lines.attr)),)


def deletion_mark(module: BoundModule, now: datetime) -> Any:
    """What the mark of deleted records is set to: the value declared, yes, or the moment."""
    mark = module.declared.deleted
    assert mark is not None
    if not isinstance(mark, str):
        return mark[1]
    column = module.mapper.columns[mark]
    if isinstance(column.type, sa.DateTime):
        return module.times.stored(now, aware=column.type.timezone)
    return True


def bind(modules: Sequence[Module], times: Times = UTC_TIMES) -> dict[str, BoundModule]:
    """All modules by name; raises SettingInvalid for a name given twice or pointing nowhere."""
    return by_name([placed(module, partial(BoundModule, module, times)) for module in modules])
