"""A declared module bound to its model, as far as every framework does it alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeVar

from xtiger.errors import SettingInvalid
from xtiger.hosts.checks import LINE_ID
from xtiger.hosts.declaring import Module, plain
from xtiger.model import records
from xtiger.model.records import Ability, FieldType, Record, Ref
from xtiger.model.values import Plain, digest

#: Enough of a digest that two states of one record never share it.
_VERSION_LENGTH: Final = 24


class BoundField(Protocol):
    """A declared field bound to an attribute of the model."""

    @property
    def name(self) -> str:
        """The name by which the library knows it."""
        ...

    @property
    def attr(self) -> str:
        """The attribute that holds the value."""
        ...

    @property
    def held_in(self) -> Sequence[str]:
        """The mapped attributes that hold it; none of a Python property."""
        ...

    @property
    def role(self) -> str | None:
        """What it means."""
        ...

    @property
    def type(self) -> FieldType:
        """Its type."""
        ...

    @property
    def default(self) -> Any:
        """What a new record gets without a value."""
        ...

    @property
    def computed(self) -> Any:
        """True, or the function that makes the value."""
        ...

    @property
    def writable(self) -> bool:
        """Whether the library may give it a value that comes from elsewhere."""
        ...

    @property
    def must_have(self) -> bool:
        """Whether the database takes no row without a value, and fills none in."""
        ...

    @property
    def empty_text(self) -> bool:
        """Whether "" stands for no value."""
        ...

    def describe(self) -> records.Field:
        """The field as the library sees it."""
        ...

    def read(self, owner: Any) -> Plain:
        """The plain value of an object of the model."""
        ...

    def write(self, value: Plain) -> Any:
        """The value as the model takes it; raises ValueError when it cannot."""
        ...


class Key(Protocol):
    """The primary key of a model as text."""

    def text(self, owner: Any) -> str:
        """The id of an object."""
        ...


class RecordKey(Key, Protocol):
    """The primary key of a module's model."""

    @property
    def width(self) -> int:
        """Of how many columns it is."""
        ...


class BoundLines(Protocol):
    """The lines of a module."""

    @property
    def key(self) -> Key:
        """The key of a line."""
        ...

    @property
    def fields(self) -> Sequence[BoundField]:
        """The fields of a line."""
        ...

    def of(self, owner: Any) -> list[Any]:
        """The line objects of a record, in order."""
        ...


K = TypeVar("K", bound=RecordKey)
F = TypeVar("F", bound=BoundField)
L = TypeVar("L", bound=BoundLines)


class DescribedModule(Generic[K, F, L]):
    """What the library sees of a declared module: its description and its records.

    A framework's module gives the key, the fields and the lines.
    """

    key: K
    fields: Sequence[F]
    lines: L | None
    parents: Sequence[F]

    def __init__(self, declared: Module) -> None:
        self.declared: Final = declared
        self.name: Final = declared.name
        mark = declared.deleted
        self.deleted_attr: Final = mark if mark is None or isinstance(mark, str) else mark[0]
        if isinstance(declared.url, str) and "{id}" not in declared.url:
            raise SettingInvalid(
                f"The address of {declared.name}",
                "has no {id}, so that all its records have the same",
                f"Write it as {declared.url.rstrip('/')}/{{id}}.",
            )

    def declared_at(self, field: str = "", *, lines: bool = False) -> str:
        """File and line of a field, else of the lines, else of the module."""
        own = self.declared.lines if lines else self.declared
        place = self.declared if own is None else own
        named = [one for one in place.fields if one.attr == field]
        return named[0].declared_at if named else place.declared_at

    def parent(self, name: str) -> F:
        """The reference field of a parent; raises SettingInvalid for any other field."""
        field = next((field for field in self.fields if field.name == name), None)
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
        stamp = self.declared.modified
        return Record(
            Ref(self.name, self.key.text(owner)),
            values,
            lines,
            self._version(owner, values, lines),
            self.moment(getattr(owner, stamp)) if stamp else None,
            self.is_deleted(owner),
        )

    def moment(self, value: Any) -> datetime | None:
        """When a record was changed last, as its column says; without a zone it is UTC."""
        found = plain(value)
        return found if isinstance(found, datetime) else None

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


M = TypeVar("M", bound=DescribedModule[Any, Any, Any])


def by_name(modules: Sequence[M]) -> dict[str, M]:
    """All modules by name; raises SettingInvalid for a name given twice or pointing nowhere."""
    bound = {module.name: module for module in modules}
    if len(bound) != len(modules):
        raise SettingInvalid("The list of modules", "names one twice", "Give each one name.")
    for module in bound.values():
        for field in (*module.fields, *(module.lines.fields if module.lines else ())):
            for target in field.describe().targets:
                _check_target(module, field, target, bound)
    return bound


def _check_target(
    module: DescribedModule[Any, Any, Any], field: Any, target: str, bound: Mapping[str, Any]
) -> None:
    place = module.declared_at(field.name, lines=field not in module.fields)
    where = f"{module.name}.{field.name}"
    if target not in bound:
        raise SettingInvalid(
            where,
            f"points to the unknown module {target!r}",
            f"Declare Module({target!r}, ...) or correct ref=.",
            place,
        )
    width = bound[target].key.width
    if field.held_in and len(field.held_in) != width:
        raise SettingInvalid(
            where,
            f"is one column, and the key of {target} has {width}",
            "Name the relation over all columns of the key instead of the column.",
            place,
        )
