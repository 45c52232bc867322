"""A declared module bound to its mapper: keys, columns, parents, records as plain values."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, RelationshipProperty, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from xtiger.errors import SettingInvalid
from xtiger.hosts.checks import LINE_ID
from xtiger.hosts.sqlalchemy.fields import BoundField, Field, Module, plain
from xtiger.model import records
from xtiger.model.records import Ability, Record, Ref
from xtiger.model.values import Plain, digest

#: Digits of the largest key that a database has a column for.
_DIGITS: Final = 19
#: Enough of a digest that two states of one record never share it.
_VERSION_LENGTH: Final = 24


class Key:
    """The primary key of a model as text, one column of it."""

    def __init__(self, mapper: Mapper[Any], where: str) -> None:
        if len(mapper.primary_key) != 1:
            raise SettingInvalid(
                f"The model of {where}",
                "has a primary key of several columns",
                "The library needs one column that identifies a record.",
            )
        self.column: Final = mapper.primary_key[0]
        self.attr: Final = mapper.get_property_by_column(self.column).key
        kind = self.column.type
        self._type = kind.impl_instance if isinstance(kind, sa.TypeDecorator) else kind

    def text(self, owner: object) -> str:
        """The id of an object."""
        return str(getattr(owner, self.attr))

    def value(self, text: str) -> Any:
        """The key of an id; None when no record can have it."""
        if isinstance(self._type, sa.Integer):
            digits = text.removeprefix("-")
            fits = len(digits) <= _DIGITS and digits.isascii() and digits.isdigit()
            number = int(text) if fits else None
            known = number is not None and str(number) == text and abs(number) < 2**63
            return number if known else None
        if isinstance(self._type, sa.Uuid):
            try:
                key = uuid.UUID(text)
            except ValueError:
                return None
            return key if self._type.as_uuid else str(key)
        # A NUL is in no key: PostgreSQL takes none in a text.
        return text if text and "\0" not in text else None


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

    def __init__(self, module: Module, mapper: Mapper[Any]) -> None:
        assert module.lines is not None
        self.attr: Final = module.lines.attr
        self.order: Final = module.lines.order
        where = f"{module.name}.{self.attr}"
        relation = mapper.attrs.get(self.attr)
        if not isinstance(relation, RelationshipProperty) or not relation.uselist:
            raise SettingInvalid(
                where, "is no list of lines", "Name a one-to-many relationship in Lines(...)."
            )
        if relation.lazy in ("dynamic", "write_only"):
            raise SettingInvalid(
                where,
                f"is loaded as {relation.lazy!r}, so its lines cannot be replaced",
                "Name a plain relationship to the lines.",
            )
        self.mapper: Final[Mapper[Any]] = relation.mapper
        self.model: Final[type[Any]] = relation.mapper.class_
        self.key: Final = LineKey(self.mapper)
        self.fields: Final = [BoundField(f, self.mapper, where) for f in module.lines.fields]
        self.defaults: Final = module.lines.defaults
        known_attributes(self.defaults, self.mapper, where)
        self.orphans_go: Final = relation.cascade.delete_orphan
        self.parent_column: Final = relation.local_remote_pairs[0][1]
        self.parent_attr: Final = self.mapper.get_property_by_column(self.parent_column).key
        self._ordered = bool(relation.order_by) or self.order is not None

    def of(self, owner: object) -> list[Any]:
        """The line objects of a record, in order."""
        lines = list(getattr(owner, self.attr))
        if self.order is not None:
            order = self.order
            return sorted(
                lines, key=lambda line: (getattr(line, order) is None, getattr(line, order) or 0)
            )
        return lines if self._ordered else sorted(lines, key=self.key.age)


class BoundModule:
    """A module bound to its mapper."""

    def __init__(self, declared: Module) -> None:
        self.declared: Final = declared
        self.name: Final = declared.name
        self.model: Final = declared.model
        mapper = sa.inspect(declared.model, raiseerr=False)
        if not isinstance(mapper, Mapper):
            raise SettingInvalid(
                f"The model of {declared.name}",
                "is not mapped by SQLAlchemy",
                "Give the mapped class: Module('Organizations', Company, ...).",
            )
        self.mapper: Final[Mapper[Any]] = mapper
        self.key: Final = Key(mapper, declared.name)
        self.fields: Final = [BoundField(f, mapper, declared.name) for f in declared.fields]
        self.by_name: Final = {field.name: field for field in self.fields}
        self.lines: Final = BoundLines(declared, mapper) if declared.lines else None
        self.parents: Final = [self._parent(name) for name in declared.parents]
        if declared.modified is not None:
            self._check_stamp(declared.modified)
        known_attributes(declared.defaults, mapper, declared.name)
        mark = declared.deleted
        self.deleted_attr: Final = mark if mark is None or isinstance(mark, str) else mark[0]
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

    def _parent(self, name: str) -> BoundField:
        field = self.by_name.get(name)
        if field is None or field.type != "ref":
            raise SettingInvalid(
                f"The parent {name!r} of {self.name}",
                "is no reference among its fields",
                "Add Field(name, ref='Module') to the fields.",
            )
        return field

    def describe(self) -> records.Module:
        """The module as the library sees it."""
        declared = self.declared
        can: set[Ability] = {*declared.can, "events"}
        if declared.modified:
            can.add("feed")
        if declared.deleted:
            can.add("tombstones")
        return records.Module(
            self.name,
            declared.role,
            declared.label or self.name,
            tuple(field.describe() for field in self.fields),
            tuple(field.describe() for field in self.lines.fields) if self.lines else (),
            tuple(declared.parents),
            frozenset(can),
        )

    def loading(self) -> tuple[ORMOption, ...]:
        """What to load beside the record: its lines, in one query for many records."""
        if self.lines is None:
            return ()
        return (selectinload(getattr(self.model, self.lines.attr)),)

    def is_deleted(self, owner: object) -> bool:
        """Whether the record was deleted by setting its mark."""
        return self.deleted_attr is not None and self.says_deleted(
            getattr(owner, self.deleted_attr)
        )

    def says_deleted(self, value: object) -> bool:
        """Whether a value of the mark says that the record is deleted."""
        mark = self.declared.deleted
        return bool(value) if mark is None or isinstance(mark, str) else value == mark[1]

    def record(self, owner: object) -> Record:
        """An object as a record of plain values."""
        values = {field.name: field.read(owner) for field in self.fields}
        lines = self._lines(owner)
        modified = plain(getattr(owner, self.declared.modified)) if self.declared.modified else None
        return Record(
            Ref(self.name, self.key.text(owner)),
            values,
            lines,
            self._version(owner, values, lines),
            modified if isinstance(modified, datetime) else None,
            self.is_deleted(owner),
        )

    def _lines(self, owner: object) -> tuple[Mapping[str, Plain], ...]:
        if self.lines is None:
            return ()
        bound = self.lines
        return tuple(
            {LINE_ID: bound.key.text(line), **{f.name: f.read(line) for f in bound.fields}}
            for line in bound.of(owner)
        )

    def _version(
        self, owner: object, values: Mapping[str, Plain], lines: Sequence[Mapping[str, Plain]]
    ) -> str:
        """The CRM's own counter with the lines, which seldom move it, else all values."""
        if self.declared.version is None:
            return digest([values, list(lines)])[:_VERSION_LENGTH]
        own = str(getattr(owner, self.declared.version))
        return f"{own}.{digest(list(lines))[:_VERSION_LENGTH]}" if lines else own

    def url(self, record_id: str) -> str | None:
        """The page of a record, where the module has one."""
        address = self.declared.url
        if callable(address):
            return address(record_id)
        return None if address is None else address.replace("{id}", record_id)


def deletion_mark(module: BoundModule, now: datetime) -> Any:
    """What the mark of deleted records is set to: the value declared, yes, or the moment."""
    mark = module.declared.deleted
    assert mark is not None
    if not isinstance(mark, str):
        return mark[1]
    column = module.mapper.columns[mark]
    if isinstance(column.type, sa.DateTime):
        moment = now.astimezone(UTC)
        return moment if column.type.timezone else moment.replace(tzinfo=None)
    return True


def bind(modules: Sequence[Module]) -> dict[str, BoundModule]:
    """All modules by name; raises SettingInvalid for a name given twice or pointing nowhere."""
    bound = {module.name: BoundModule(module) for module in modules}
    if len(bound) != len(modules):
        raise SettingInvalid("The list of modules", "names one twice", "Give each one name.")
    for module in bound.values():
        for field in (*module.fields, *(module.lines.fields if module.lines else ())):
            for target in field.describe().targets:
                if target not in bound:
                    raise SettingInvalid(
                        f"{module.name}.{field.name}",
                        f"points to the unknown module {target!r}",
                        f"Declare Module({target!r}, ...) or correct ref=.",
                    )
    return bound
