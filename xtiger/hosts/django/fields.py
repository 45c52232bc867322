"""A declared field bound to a field of a Django model: what it means, and its values both ways."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import NOT_PROVIDED
from django.utils import timezone

from xtiger.errors import SettingInvalid
from xtiger.hosts.declaring import FITS, Field, choices_of, for_json, label_of, plain
from xtiger.hosts.keys import key_text, text_key, uuid_key, whole_key
from xtiger.hosts.values import decimals_of, number_for, number_from
from xtiger.model import records
from xtiger.model.records import Choice, FieldType
from xtiger.model.roles import ROLES, SUMS
from xtiger.model.values import Plain

#: The first class that fits decides: a date with time is a date too, an address is a text.
_TYPES: Final[Sequence[tuple[type[Any], FieldType]]] = (
    (models.BooleanField, "bool"),
    (models.IntegerField, "int"),
    (models.DecimalField, "decimal"),
    (models.FloatField, "decimal"),
    (models.DateTimeField, "datetime"),
    (models.DateField, "date"),
    (models.JSONField, "json"),
    (models.EmailField, "email"),
    (models.URLField, "url"),
    (models.TextField, "long_text"),
    (models.CharField, "text"),
    (models.UUIDField, "text"),
    (models.GenericIPAddressField, "text"),
    (models.FileField, "text"),
)
_TEXTS: Final = (models.CharField, models.TextField)


class BoundField:
    """A field together with its column: turns values of the model into plain ones and back."""

    def __init__(self, declared: Field, model: type[Any], where: str) -> None:
        self.name: Final = declared.attr
        self._declared = declared
        self.attr, self.column = find_column(declared.attr, model, where)
        #: The attributes that hold it: several of a reference to a key of several columns.
        self.held_in: Final = _held_in(declared.attr, self.attr, self.column, model, where)
        self._key_columns = [find_column(a, model, where)[1] for a in self.held_in]
        self._kind = storage(self.column)
        self.type: FieldType = declared.type or self._infer(where)
        self.default: Final = declared.default
        self.computed: Final = declared.computed
        self.role: Final = declared.role
        #: Whether the library may give the attribute a value that comes from elsewhere.
        self.writable: Final = (
            declared.writable
            and not declared.computed
            and (len(self.held_in) > 1 or _settable(self.attr, self.column, model))
        )
        if declared.role is not None and declared.role not in ROLES:
            raise SettingInvalid(
                f"The role {declared.role!r} of {where}.{declared.attr}",
                "is not known",
                "The list of roles is in docs/host.md.",
            )

    def _infer(self, where: str) -> FieldType:
        declared = self._declared
        if declared.ref:
            return "ref"
        role = ROLES.get(declared.role or "")
        if declared.unit is not None:
            return role.types[0] if role else "decimal"
        chosen = self.column is not None and self.column.choices is not None
        if declared.choices or (chosen and (role is None or "choice" in role.types)):
            return "choice"
        if self._kind is None:
            return role.types[0] if role else "text"
        found = next((name for kind, name in _TYPES if isinstance(self._kind, kind)), None)
        if found is None:
            raise SettingInvalid(
                f"{where}.{self.name}",
                f"is a {type(self._kind).__name__}",
                "Give the type: Field(..., type='text').",
            )
        # A role may say more than the column: money for a number. A choice needs its entries.
        text = "text" if found in ("email", "url") else found
        fitting = [t for t in role.types if t in FITS.get(text, ())] if role else []
        fitting = [t for t in fitting if t != "choice"]
        return fitting[0] if fitting and found not in fitting[:1] else found

    def describe(self) -> records.Field:
        """The field as the library sees it."""
        declared, column, kind = self._declared, self.column, self._kind
        length = declared.max_length
        if length is None and isinstance(kind, models.CharField):
            length = kind.max_length
        required = declared.required
        if required is None:
            # Text that may not be NULL may still be empty: the CRM gets "" then.
            given = self.default is not None or self.computed or self.role in SUMS
            required = self.must_have and not self.empty_text and not given
        return records.Field(
            self.name,
            self.type,
            declared.label or self._label(),
            declared.role,
            bool(required),
            self.writable,
            bool(column is not None and column.unique),
            self._choices(),
            (declared.ref,) if declared.ref else (),
            length,
            decimals_of(_scale(kind), declared.unit) if self.type in ("decimal", "money") else None,
            custom=declared.role is None,
        )

    def _label(self) -> str:
        """The verbose name where the developer wrote one."""
        said = str(getattr(self.column, "verbose_name", "") or "")
        return said[:1].upper() + said[1:] if said else label_of(self.name)

    @property
    def must_have(self) -> bool:
        """Whether the database takes no row without a value, and nothing fills one in."""
        if self.column is None:
            # A reference over several columns is none once one of them is NULL.
            return bool(self._key_columns) and all(map(unfilled, self._key_columns))
        return unfilled(self.column)

    @property
    def empty_text(self) -> bool:
        """Whether "" stands for no value: text in a column that takes no NULL."""
        return isinstance(self._kind, _TEXTS) and self.column is not None and not self.column.null

    def _members(self) -> Mapping[str, Any]:
        """Text → what the model holds, for a column with choices as they are now."""
        if self.column is None or self.column.choices is None:
            return {}
        pairs = self.column.flatchoices
        return {str(value): value for value, _ in pairs if value not in ("", None)}

    def _choices(self) -> tuple[Choice, ...]:
        given = self._declared.choices
        entries = given() if callable(given) and not isinstance(given, type) else given
        if entries or self.type not in ("choice", "multi_choice") or self.column is None:
            return choices_of(entries)
        pairs = self.column.flatchoices if self.column.choices is not None else ()
        return tuple(Choice(str(v), str(label)) for v, label in pairs if v not in ("", None))

    def read(self, owner: object) -> Plain:
        """The plain value of an object of the model."""
        if len(self.held_in) > 1:
            parts = [getattr(owner, attr) for attr in self.held_in]
            return None if None in parts else key_text(parts)
        value = _held(getattr(owner, self.attr))
        if value is None:
            return None
        if self.type in ("decimal", "money"):
            return number_from(value, self._declared.unit)
        if self.type == "bool":
            return bool(value)
        if self.type == "int":
            return int(value)
        if self.type in ("json", "multi_choice"):
            return plain(value)
        if self.type == "date":
            return day_here(value)
        if self.type == "datetime":
            return moment_of(value)
        return value if type(value) is str else str(plain(value))

    @property
    def of_key(self) -> bool:
        """Whether the column is one of the record's own key."""
        return self.column is not None and _of_key(self.column)

    def renames(self, owner: object, key: Any) -> bool:
        """Whether pointing there would change the record's own key, which shares a column."""
        if self.column is not None or key is None:
            return False
        pairs = zip(self.held_in, self._key_columns, key, strict=True)
        return any(_of_key(c) and getattr(owner, attr) != one for attr, c, one in pairs)

    def columns_of(self, key: Any) -> Iterator[tuple[str, Any]]:
        """Attribute and value for each column of a reference; None takes it away."""
        if not len(self.held_in) > 1:
            yield self.attr, key
        elif key is not None:
            yield from zip(self.held_in, key, strict=True)
        else:
            # The others are shared with the record's own key, or with another reference.
            pairs = zip(self.held_in, self._key_columns, strict=True)
            yield from ((attr, None) for attr, column in pairs if column.null)

    def write(self, value: Plain) -> Any:
        """The value as the model takes it; raises ValueError when it cannot."""
        column, kind = self.column, self._kind
        if value is None:
            refuses_null = column is not None and not column.null
            if refuses_null and self.default is not None and not callable(self.default):
                return self.default
            return "" if self.empty_text else None
        members = self._members() if self.type == "choice" else {}
        if members:
            return members.get(str(value), value)
        if self.type in ("decimal", "money"):
            value = number_for(value, self._declared.unit)
        if isinstance(kind, models.DateTimeField):
            return stored_moment(value)
        if isinstance(kind, models.JSONField):
            return for_json(value)
        if kind is None or isinstance(kind, models.FileField):
            return value
        try:
            return kind.to_python(value)
        except ValidationError as error:
            raise ValueError("; ".join(error.messages)) from error

    def check(self, value: Any) -> None:
        """Let the model's own validators look at a value; raises ValidationError."""
        if self.column is not None and value not in (None, ""):
            self.column.run_validators(value)


def _scale(kind: Any) -> int | None:
    """The decimal places that a column keeps; None for one that keeps any number of them."""
    if isinstance(kind, models.IntegerField):
        return 0
    return kind.decimal_places if isinstance(kind, models.DecimalField) else None


def find_column(attr: str, model: type[Any], where: str) -> tuple[str, Any]:
    """The attribute that holds the value, and its field; None for a property or a list."""
    meta: Any = model._meta
    for field in meta.get_fields():
        if attr in (field.name, getattr(field, "attname", None)):
            held = getattr(field, "concrete", False) and not field.many_to_many
            return (field.attname, field) if held else (attr, None)
    if not hasattr(model, attr):
        raise SettingInvalid(
            f"{where}.{attr}",
            f"is no attribute of {model.__name__}",
            "Correct the name in the list of fields.",
        )
    return attr, None


def _held(value: Any) -> Any:
    """What an attribute holds: of objects their keys."""
    if hasattr(value, "resolve_expression"):
        return None  # what the database will fill in is not there yet
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, models.Manager):
        return [str(key) for key in value.values_list("pk", flat=True)]
    return value


def _held_in(name: str, attr: str, column: Any, model: type[Any], where: str) -> tuple[str, ...]:
    if column is not None:
        return (attr,)
    meta: Any = model._meta
    found = (f for f in meta.private_fields + meta.local_fields if f.name == name)
    relation = next((f for f in found if isinstance(f, models.ForeignObject)), None)
    return () if relation is None else held_key(relation, f"{where}.{name}")


def _of_key(column: Any) -> bool:
    return column.primary_key or column in key_columns(column.model)


def storage(column: Any) -> Any:
    """What the database holds: for a reference the key that it points to."""
    while getattr(column, "is_relation", False):
        column = column.target_field
    return column


def _settable(attr: str, column: Any, model: type[Any]) -> bool:
    """Whether an attribute takes a value: nothing that the database or Django fills itself."""
    if column is not None:
        stamped = getattr(column, "auto_now", False) or getattr(column, "auto_now_add", False)
        return not (stamped or getattr(column, "generated", False))
    found = inspect.getattr_static(model, attr, None)
    return isinstance(found, property) and found.fset is not None


def unfilled(column: Any) -> bool:
    """Whether a row without a value for the column is refused, or gets an empty text."""
    given = (
        column.has_default()
        or getattr(column, "db_default", NOT_PROVIDED) is not NOT_PROVIDED
        or isinstance(column, models.AutoField)
        or getattr(column, "auto_now", False)
        or getattr(column, "auto_now_add", False)
        or getattr(column, "generated", False)
    )
    return not column.null and not given


def moment_of(value: Any) -> datetime | None:
    """A moment in UTC; without a zone it is one of the CRM's TIME_ZONE, as Django means it."""
    if not isinstance(value, datetime):
        return None if value is None else moment_of(datetime(*value.timetuple()[:3]))  # noqa: DTZ001
    known = value if timezone.is_aware(value) else timezone.make_aware(value, zone())
    return known.astimezone(UTC)


def stored_moment(value: Any) -> datetime:
    """A moment or day as a model holds it: a day begins in the CRM's TIME_ZONE."""
    if isinstance(value, datetime):
        known = value if timezone.is_aware(value) else value.replace(tzinfo=UTC)
    else:
        known = timezone.make_aware(datetime(*value.timetuple()[:3]), zone())  # noqa: DTZ001
    return known if settings.USE_TZ else timezone.make_naive(known, zone())


def day_here(value: Any) -> date:
    """The day of a date or moment, as people in the CRM's TIME_ZONE read it."""
    if not isinstance(value, datetime):
        found: date = value
        return found
    return value.astimezone(zone()).date() if timezone.is_aware(value) else value.date()


def zone() -> tzinfo:
    """The CRM's TIME_ZONE."""
    found: tzinfo = timezone.get_default_timezone()
    return found


def key_columns(model: type[Any]) -> tuple[Any, ...]:
    """The fields of a model's primary key; several where Django 5.2 lets a model have them."""
    meta: Any = model._meta
    return tuple(getattr(meta, "pk_fields", None) or (meta.pk,))


def held_key(column: Any, where: str) -> tuple[str, ...]:
    """The attributes that hold the key of the record pointed to, in the order of that key."""
    here = {there: own.attname for own, there in column.related_fields}
    wanted = key_columns(column.related_model)
    if not set(wanted) <= set(here):
        # By another column than the key, which is not what names the record.
        if len(here) == 1:
            return (column.attname,)
        raise SettingInvalid(
            where,
            f"is not joined by the primary key of {column.related_model.__name__}",
            "Name a ForeignObject over all fields of that key.",
        )
    return tuple(here[one] for one in wanted)


def key_value(column: Any, text: str) -> Any:
    """The key of an id as text; None when no record can have it."""
    kind = storage(column)
    if isinstance(kind, models.IntegerField):
        return whole_key(text)
    if isinstance(kind, models.UUIDField):
        return uuid_key(text)
    return text_key(text)
