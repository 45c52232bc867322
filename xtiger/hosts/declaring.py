"""The words in which a CRM developer declares models, whatever framework maps them."""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeVar

from xtiger.errors import SettingInvalid
from xtiger.hosts.values import Unit
from xtiger.model.records import Ability, Choice, FieldType
from xtiger.model.values import Plain, as_decimal

Choices = Sequence[str | tuple[str, str] | Choice] | type[enum.Enum]

_TEXTS: Final = ("text", "long_text", "email", "phone", "url", "choice")
#: Types that a role may make of the type of the column.
FITS: Final[Mapping[FieldType, Sequence[FieldType]]] = {
    "text": _TEXTS,
    "long_text": _TEXTS,
    "decimal": ("money", "decimal"),
    "int": ("int", "ref"),
    "choice": ("choice",),
    # An invoice's date is a day, however the column keeps it.
    "datetime": ("date", "datetime"),
}


T = TypeVar("T")


def line_of_caller(depth: int = 1) -> str:
    """File and line of the call that is so many calls above the caller: mycrm/xero.py:14."""
    frame = sys._getframe(depth + 1)
    file = Path(frame.f_code.co_filename)
    # It may lie outside of the folder where the command is typed, or that may be gone.
    with suppress(OSError, ValueError):
        file = file.relative_to(Path.cwd())
    return f"{file}:{frame.f_lineno}"


def _here() -> str:
    """Where a declaration stands: two calls above, beyond the __init__ that a dataclass has."""
    return line_of_caller(2)


def _declared_at() -> Any:
    return field(default_factory=_here, init=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute of a model that the library may read and write.

    `attr` is a mapped column, a many-to-one relationship, or a Python property (then `type`
    should be given). What is None comes from the column. `ref` names the module pointed to.
    `choices` may be a function, asked each time, or a Python enum. `unit` says that the column
    holds hundredths ("cents") or a rate of which 0.2 is 20 % ("fraction").

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
    unit: Unit | None = None
    #: File and line where it stands, for those who look for it.
    declared_at: str = _declared_at()


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
    declared_at: str = _declared_at()


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
    declared_at: str = _declared_at()


def placed(declared: Field | Lines | Module, make: Callable[[], T]) -> T:
    """What is made of a declaration; what is wrong with it is named with its file and line."""
    try:
        return make()
    except SettingInvalid as error:
        error.place = error.place or declared.declared_at
        raise


def choices_of(given: Choices) -> tuple[Choice, ...]:
    """The entries of a pick list, however they were written down."""
    if isinstance(given, type):
        return tuple(Choice(word_of(one), str(one.value)) for one in given)
    return tuple(
        entry
        if isinstance(entry, Choice)
        else Choice(entry, entry)
        if isinstance(entry, str)
        else Choice(*entry)
        for entry in given
    )


def word_of(member: enum.Enum) -> str:
    """The word for a member of an enum: its value where that is a text, else its name."""
    return member.value if isinstance(member.value, str) else member.name


def label_of(attr: str) -> str:
    """What people read where nobody gave a label."""
    return attr.removesuffix("_id").replace("_", " ").capitalize()


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


def for_json(value: Plain) -> Any:
    """A plain value that JSON columns can hold: numbers, days and moments as text."""
    if isinstance(value, Mapping):
        return {key: for_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [for_json(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
