"""The table of modules and fields that a CRM developer writes down, and what it means."""

from __future__ import annotations

import enum
import inspect
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import ColumnProperty, Mapper, RelationshipProperty

from xtiger.errors import SettingInvalid
from xtiger.model import records
from xtiger.model.records import Ability, Choice, FieldType
from xtiger.model.roles import ROLES
from xtiger.model.values import Plain, as_decimal

Choices = Sequence[str | tuple[str, str] | Choice]

#: The first type of the column that fits decides; Enum is a String too and so stands before it.
_TYPES: Final[Sequence[tuple[type[sa.types.TypeEngine[Any]], FieldType]]] = (
    (sa.Enum, "choice"),
    (sa.Boolean, "bool"),
    (sa.Integer, "int"),
    (sa.Numeric, "decimal"),
    (sa.Float, "decimal"),
    (sa.DateTime, "datetime"),
    (sa.Date, "date"),
    (sa.JSON, "json"),
    (sa.Text, "long_text"),
    (sa.String, "text"),
    (sa.Uuid, "text"),
)
_TEXTS: Final = ("text", "long_text", "email", "phone", "url", "choice")
#: Types that a role may make of the type of the column.
_FITS: Final[Mapping[FieldType, Sequence[FieldType]]] = {
    "text": _TEXTS,
    "long_text": _TEXTS,
    "decimal": ("money", "decimal"),
    "int": ("int", "ref"),
    "choice": ("choice",),
    "datetime": ("datetime",),
}
#: What an invoice or line comes to: summed up for the CRM where it must have it, never asked for.
SUMS: Final = frozenset({"invoice.total", "invoice.received", "invoice.balance", "line.total"})


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute of a model that the library may read and write.

    `attr` is a mapped column, a many-to-one relationship, or a Python property (then `type`
    should be given). What is None comes from the column. `ref` names the module pointed to.
    `choices` may be a function, asked each time.

    `default` is what a new record gets without a value: as the model holds it, or a function of
    the new object. `computed=True` says that the CRM fills the attribute itself, so it is only
    read; a function of the object is what the library writes there with each of its writes.
    """

    attr: str
    role: str | None = None
    type: FieldType | None = None
    label: str = ""
    required: bool | None = None
    max_length: int | None = None
    choices: Choices | Callable[[], Choices] = ()
    ref: str | None = None
    writable: bool = True
    default: Any = None
    computed: bool | Callable[[Any], Any] = False


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a record: a one-to-many relationship and the fields of one line.

    `order` names the column that holds the place of a line; without it lines stand in the
    order of the relationship, then of their key. `defaults` are those of a new line, as for Module.
    """

    attr: str
    fields: Sequence[Field]
    order: str | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Module:
    """One model as a module: which attributes, with which meaning.

    `parents` are reference fields whose record changes when this one does. `modified` names
    the column that the CRM moves on each save, `version` a counter, `deleted` a column that is
    set when a user deletes, or (column, the value that says so). `url` is an address with {id},
    or a function of the id. `defaults` is attribute → what a new record gets there: a value, or
    a function of the new object.
    """

    name: str
    model: type[Any]
    role: str | None = None
    label: str = ""
    fields: Sequence[Field] = ()
    lines: Lines | None = None
    parents: Sequence[str] = ()
    modified: str | None = None
    version: str | None = None
    deleted: str | tuple[str, Any] | None = None
    url: str | Callable[[str], str | None] | None = None
    can: frozenset[Ability] = frozenset({"read", "create", "update", "delete"})
    defaults: Mapping[str, Any] = field(default_factory=dict)


class BoundField:
    """A field together with its column: turns values of the model into plain ones and back."""

    def __init__(self, declared: Field, mapper: Mapper[Any], where: str) -> None:
        self.name: Final = declared.attr
        self._declared = declared
        self.attr, self.column = _find_column(declared.attr, mapper, where)
        self._type = _storage(self.column)
        self._members = _members(self._type)
        self.type: FieldType = declared.type or self._infer(where)
        self.default: Final = declared.default
        self.computed: Final = declared.computed
        self.role: Final = declared.role
        #: Whether the library may give the attribute a value that comes from elsewhere.
        self.writable: Final = (
            declared.writable and not declared.computed and _settable(self.attr, mapper)
        )
        if declared.role is not None and declared.role not in ROLES:
            raise SettingInvalid(
                f"The role {declared.role!r} of {where}.{declared.attr}",
                "is not known",
                "The list of roles is in docs/host.md.",
            )

    def _infer(self, where: str) -> FieldType:
        if self._declared.ref:
            return "ref"
        role = ROLES.get(self._declared.role or "")
        if self._declared.choices:
            return "choice"
        if self._type is None:
            return role.types[0] if role else "text"
        found = next((name for kind, name in _TYPES if isinstance(self._type, kind)), None)
        if found is None:
            raise SettingInvalid(
                f"{where}.{self.name}",
                f"has a column of type {self._type!r}",
                "Give the type: Field(..., type='text').",
            )
        # A role may say more than the column: e-mail for text, money for a number. A choice
        # needs its entries, so text stays text without them.
        fitting = [t for t in role.types if t in _FITS.get(found, ())] if role else []
        fitting = [t for t in fitting if t != "choice" or found == "choice"]
        return fitting[0] if fitting and found not in fitting[:1] else found

    def describe(self) -> records.Field:
        """The field as the library sees it."""
        declared, column, kind = self._declared, self.column, self._type
        length = declared.max_length
        if length is None and isinstance(kind, sa.String) and not isinstance(kind, sa.Enum):
            length = kind.length
        required = declared.required
        if required is None:
            # Text that may not be NULL may still be empty: the CRM gets "" then.
            given = self.default is not None or self.computed or self.role in SUMS
            required = self.must_have and not isinstance(kind, sa.String) and not given
        return records.Field(
            self.name,
            self.type,
            declared.label or _label(self.name),
            declared.role,
            required,
            self.writable,
            bool(column is not None and column.unique),
            self._choices(),
            (declared.ref,) if declared.ref else (),
            length,
            kind.scale if isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Float) else None,
            custom=declared.role is None,
        )

    @property
    def must_have(self) -> bool:
        """Whether the column takes no row without a value, and fills none in."""
        return self.column is not None and unfilled(self.column)

    @property
    def empty_text(self) -> bool:
        """Whether "" stands for no value: text in a column that takes no NULL."""
        text = isinstance(self._type, sa.String) and not isinstance(self._type, sa.Enum)
        return text and self.column is not None and not self.column.nullable

    def _choices(self) -> tuple[Choice, ...]:
        given = self._declared.choices
        entries = given() if callable(given) else given
        if not entries and isinstance(self._type, sa.Enum):
            entries = tuple(str(text) for text in self._type.enums)
        return tuple(
            entry
            if isinstance(entry, Choice)
            else Choice(entry, entry)
            if isinstance(entry, str)
            else Choice(*entry)
            for entry in entries
        )

    def read(self, owner: object) -> Plain:
        """The plain value of an object of the model."""
        value = getattr(owner, self.attr)
        if value is None:
            return None
        if isinstance(value, enum.Enum) and self._members:
            return next((text for text, m in self._members.items() if m is value), value.name)
        if self.type in ("decimal", "money") and not isinstance(value, int):
            return as_decimal(value)
        if self.type == "bool":
            return bool(value)
        if self.type == "int":
            return int(value)
        if self.type in ("json", "multi_choice"):
            return plain(value)
        if self.type in ("date", "datetime"):
            return _day(value) if self.type == "date" else plain(value)
        return value if type(value) is str else str(plain(value))

    def write(self, value: Plain) -> Any:
        """The value as the model takes it; raises ValueError when it cannot."""
        kind = self._type
        if value is None:
            refuses_null = self.column is not None and not self.column.nullable
            if refuses_null and self.default is not None and not callable(self.default):
                return self.default
            return "" if self.empty_text else None
        if self._members:
            return self._members[str(value)]
        if isinstance(kind, sa.Uuid):
            return uuid.UUID(value) if kind.as_uuid else str(value)
        if isinstance(kind, sa.Float):
            return float(value)
        if isinstance(kind, sa.Integer) and not isinstance(value, bool):
            return int(value)
        if isinstance(kind, sa.DateTime):
            moment = value if isinstance(value, datetime) else datetime(*value.timetuple()[:3])  # noqa: DTZ001  a day without a zone
            return stored_moment(moment, aware=kind.timezone)
        return for_json(value) if isinstance(kind, sa.JSON) else value


def _find_column(attr: str, mapper: Mapper[Any], where: str) -> tuple[str, sa.Column[Any] | None]:
    """The attribute that holds the value, and its column; None for a Python property."""
    prop = mapper.attrs.get(attr)
    if isinstance(prop, RelationshipProperty) and len(prop.local_columns) == 1:
        (column,) = prop.local_columns
        return mapper.get_property_by_column(column).key, column  # type: ignore[return-value]  # local columns of a table are columns
    if isinstance(prop, ColumnProperty):
        column = prop.columns[0]
        return attr, column if isinstance(column, sa.Column) else None
    if prop is None and not hasattr(mapper.class_, attr):
        raise SettingInvalid(
            f"{where}.{attr}",
            f"is no attribute of {mapper.class_.__name__}",
            "Correct the name in the list of fields.",
        )
    return attr, None


def _settable(attr: str, mapper: Mapper[Any]) -> bool:
    """Whether an attribute takes a value: no expression, no property that only reads."""
    prop = mapper.attrs.get(attr)
    if isinstance(prop, ColumnProperty):
        column = prop.columns[0]
        return isinstance(column, sa.Column) and column.computed is None
    found: object = mapper.all_orm_descriptors.get(attr)
    if not isinstance(found, hybrid_property):
        found = inspect.getattr_static(mapper.class_, attr, None)
    return not isinstance(found, property | hybrid_property) or found.fset is not None


def unfilled(column: sa.Column[Any]) -> bool:
    """Whether a row without a value for the column is refused."""
    given = column.default is not None or column.server_default is not None
    return not column.nullable and not given


def _storage(column: sa.Column[Any] | None) -> sa.types.TypeEngine[Any] | None:
    if column is None:
        return None
    kind = column.type
    return kind.impl_instance if isinstance(kind, sa.TypeDecorator) else kind


def _members(kind: sa.types.TypeEngine[Any] | None) -> dict[str, Any]:
    """What the database holds → the member, for a column of a Python enum."""
    if not isinstance(kind, sa.Enum) or kind.enum_class is None:
        return {}
    return dict(zip(kind.enums, kind.enum_class.__members__.values(), strict=True))


def _label(attr: str) -> str:
    return attr.removesuffix("_id").replace("_", " ").capitalize()


def _day(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else value


def plain(value: Any) -> Plain:
    """A value of a model as a plain one: naive moments are UTC, floats go by shortest text."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if isinstance(value, str | bool | int | Decimal | date) or value is None:
        return value
    if isinstance(value, float):
        return as_decimal(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    return str(value)


def stored_moment(moment: datetime, *, aware: bool) -> datetime:
    """A moment as a column takes it: in UTC, with or without its zone."""
    known = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return known if aware else known.replace(tzinfo=None)


def for_json(value: Plain) -> Any:
    """A plain value that JSON columns can hold: numbers, days and moments as text."""
    if isinstance(value, Mapping):
        return {key: for_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [for_json(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
