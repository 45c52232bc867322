"""A declared field bound to its column: what it means, and its values both ways."""

from __future__ import annotations

import enum
import inspect
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import ColumnProperty, Mapper, RelationshipProperty

from xtiger.errors import SettingInvalid
from xtiger.hosts.declaring import (
    FITS,
    Field,
    choices_of,
    for_json,
    label_of,
    plain,
    word_of,
)
from xtiger.hosts.keys import key_text
from xtiger.hosts.values import UTC_TIMES, Times, decimals_of, number_for, number_from
from xtiger.model import records
from xtiger.model.records import Choice, FieldType
from xtiger.model.roles import ROLES, SUMS
from xtiger.model.values import Plain

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


class BoundField:
    """A field together with its column: turns values of the model into plain ones and back."""

    def __init__(
        self, declared: Field, mapper: Mapper[Any], where: str, times: Times = UTC_TIMES
    ) -> None:
        self.name: Final = declared.attr
        self._declared, self._times = declared, times
        self.attr, self.column = _find_column(declared.attr, mapper, where)
        #: The mapped attributes that hold it: several of a reference to a key of several columns.
        self.held_in: Final = _held_in(declared.attr, self.attr, self.column, mapper, where)
        self._key_columns = [mapper.columns[a] for a in self.held_in if self.column is None]
        self._type = storage(self.column)
        self._members = _members(self._type, self._is_decorated(), declared.choices)
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

    def _is_decorated(self) -> bool:
        """Whether a type of the CRM's own makes the values of the column."""
        return self.column is not None and isinstance(self.column.type, sa.TypeDecorator)

    def _infer(self, where: str) -> FieldType:
        if self._declared.ref:
            return "ref"
        role = ROLES.get(self._declared.role or "")
        if self._declared.choices:
            return "choice"
        if self._declared.unit is not None:
            return role.types[0] if role else "decimal"
        if self._type is None:
            return role.types[0] if role else "text"
        found = field_type(self._type)
        if found is None:
            raise SettingInvalid(
                f"{where}.{self.name}",
                f"has a column of type {self._type!r}",
                "Give the type: Field(..., type='text').",
            )
        # A role may say more than the column: e-mail for text, money for a number. A choice
        # needs its entries, so text stays text without them.
        fitting = [t for t in role.types if t in FITS.get(found, ())] if role else []
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
            declared.label or label_of(self.name),
            declared.role,
            required,
            self.writable,
            bool(column is not None and column.unique),
            self._choices(),
            (declared.ref,) if declared.ref else (),
            length,
            decimals_of(_scale(kind), declared.unit) if self.type in ("decimal", "money") else None,
            custom=declared.role is None,
        )

    @property
    def holds_more(self) -> bool:
        """Whether the column holds more than the library sees: a day's moment."""
        return self.type == "date" and isinstance(self._type, sa.DateTime)

    @property
    def must_have(self) -> bool:
        """Whether the column takes no row without a value, and fills none in."""
        if self.column is None:
            # A reference over several columns is none once one of them is NULL.
            return bool(self._key_columns) and all(map(unfilled, self._key_columns))
        return unfilled(self.column)

    @property
    def empty_text(self) -> bool:
        """Whether "" stands for no value: text in a column that takes no NULL."""
        text = isinstance(self._type, sa.String) and not isinstance(self._type, sa.Enum)
        return text and self.column is not None and not self.column.nullable

    def _choices(self) -> tuple[Choice, ...]:
        given = self._declared.choices
        entries = given() if callable(given) and not isinstance(given, type) else given
        if not entries and isinstance(self._type, sa.Enum):
            entries = tuple(str(text) for text in self._type.enums)
        return choices_of(entries)

    def read(self, owner: object) -> Plain:
        """The plain value of an object of the model."""
        if len(self.held_in) > 1:
            parts = [getattr(owner, attr) for attr in self.held_in]
            return None if None in parts else key_text(parts)
        value = getattr(owner, self.attr)
        if value is None:
            return None
        if isinstance(value, enum.Enum) and self._members:
            return next((text for text, m in self._members.items() if m is value), value.name)
        if self.type in ("decimal", "money"):
            return number_from(value, self._declared.unit)
        if self.type == "bool":
            return bool(value)
        if self.type == "int":
            return int(value)
        if self.type in ("json", "multi_choice"):
            return plain(value)
        if self.type in ("date", "datetime"):
            return self._day_or_moment(value)
        return value if type(value) is str else str(plain(value))

    def _day_or_moment(self, value: date) -> Plain:
        if self.type == "date":
            return self._times.day(value)
        return self._times.moment(value) if isinstance(value, datetime) else value

    @property
    def of_key(self) -> bool:
        """Whether the column is one of the record's own key."""
        return self.column is not None and bool(self.column.primary_key)

    def renames(self, owner: object, key: Sequence[Any] | None) -> bool:
        """Whether pointing there would change the record's own key, which shares a column."""
        pairs = zip(self.held_in, self._key_columns, key or (), strict=False)
        return any(c.primary_key and getattr(owner, attr) != one for attr, c, one in pairs)

    def columns_of(self, key: Sequence[Any] | None) -> Iterator[tuple[str, Any]]:
        """Attribute and value for each column of a reference; None takes it away."""
        if key is not None:
            yield from zip(self.held_in or (self.attr,), key, strict=True)
        elif self._key_columns:
            # The others are shared with the record's own key, or with another reference.
            pairs = zip(self.held_in, self._key_columns, strict=True)
            yield from ((attr, None) for attr, column in pairs if column.nullable)
        else:
            yield self.attr, None

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
        if self.type in ("decimal", "money"):
            value = number_for(value, self._declared.unit)
        if isinstance(kind, sa.Uuid):
            return uuid.UUID(value) if kind.as_uuid else str(value)
        if isinstance(kind, sa.Float):
            return float(value)
        if isinstance(kind, sa.Integer) and not isinstance(value, bool):
            return int(value)
        if isinstance(kind, sa.DateTime):
            moment = value if isinstance(value, datetime) else self._times.midnight(value)
            return self._times.stored(moment, aware=kind.timezone)
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


def _held_in(
    name: str, attr: str, column: sa.Column[Any] | None, mapper: Mapper[Any], where: str
) -> tuple[str, ...]:
    prop = mapper.attrs.get(name)
    if isinstance(prop, RelationshipProperty) and not prop.uselist and column is None:
        pairs = {there: here for here, there in prop.local_remote_pairs or ()}
        return held_key(pairs, prop.mapper, mapper, f"{where}.{name}")
    return (attr,) if attr in mapper.column_attrs else ()


def held_key(
    here: Mapping[Any, Any], there: Mapper[Any], mapper: Mapper[Any], where: str
) -> tuple[str, ...]:
    """The attributes of a mapper that hold the key of another, in the order of that key.

    `here` is column there → column here, as a relationship joins them.
    """
    wanted = there.primary_key
    if not set(wanted) <= set(here):
        # By another column than the key, which is not what names the record.
        if len(wanted) == 1 and len(here) == 1:
            wanted = tuple(here)
        else:
            raise SettingInvalid(
                where,
                f"is not joined by the primary key of {there.class_.__name__}",
                "Name a relationship over all columns of that key.",
            )
    return tuple(mapper.get_property_by_column(here[column]).key for column in wanted)


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


def storage(column: sa.Column[Any] | None) -> sa.types.TypeEngine[Any] | None:
    """The type in which a column is kept; None for a Python property."""
    if column is None:
        return None
    kind = column.type
    return kind.impl_instance if isinstance(kind, sa.TypeDecorator) else kind


def field_type(kind: sa.types.TypeEngine[Any] | None) -> FieldType | None:
    """What a column of a type holds; None for a type that says nothing of it."""
    return next((name for known, name in _TYPES if isinstance(kind, known)), None)


def _scale(kind: sa.types.TypeEngine[Any] | None) -> int | None:
    """The decimal places that a column keeps; None for one that keeps any number of them."""
    if isinstance(kind, sa.Integer):
        return 0
    return kind.scale if isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Float) else None


def _members(
    kind: sa.types.TypeEngine[Any] | None, decorated: bool, choices: object
) -> dict[str, Any]:
    """The word → the member, for a column of a Python enum or one that a type of the CRM makes."""
    if not isinstance(kind, sa.Enum) or kind.enum_class is None:
        by_type = decorated and isinstance(choices, type) and issubclass(choices, enum.Enum)
        return {word_of(one): one for one in choices} if by_type else {}  # type: ignore[attr-defined]  # checked just now
    return dict(zip(kind.enums, kind.enum_class.__members__.values(), strict=True))
