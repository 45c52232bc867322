"""The straight way through a marshmallow schema, for elements that are as Xero sends them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from marshmallow import Schema, fields

#: Reads one value that is not null; raises ValueError when it is not of its usual type.
Read = Callable[[Any], Any]
#: Reads an element, or returns None for one that only the schema itself can read.
FastReader = Callable[[Mapping[str, Any]], dict[str, Any] | None]


@runtime_checkable
class Usual(Protocol):
    """A marshmallow field that reads its usual values without marshmallow."""

    def usual(self, value: Any) -> Any:
        """What the field makes of a value that is not null; raises ValueError for another type."""
        ...


def fast_reader(schema: Schema) -> FastReader:
    """What loads an element just as `schema.load` does, in a tenth of the time.

    It answers None for an element that it does not know how to read: then the schema itself is to
    load it, or to say what is wrong. Raises TypeError for a schema with a field of a sort that it
    does not know.
    """
    read = _object(schema)

    def load(raw: Mapping[str, Any]) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = read(raw)
        except ValueError:
            return None
        return found

    return load


def _object(schema: Schema) -> Read:
    plan = [(name, _reader(field)) for name, field in schema.load_fields.items()]

    def read(raw: Any) -> dict[str, Any]:
        if type(raw) is not dict:
            raise ValueError
        found: dict[str, Any] = {}
        for name, convert in plan:
            if name in raw:
                value = raw[name]
                if value is None:
                    found[name] = None
                elif convert is not None:
                    found[name] = convert(value)
                elif type(value) is str:
                    found[name] = value
                else:
                    raise ValueError
        return found

    return read


def _reader(field: fields.Field[Any]) -> Read | None:
    """What reads the field's values; None for a text, which stays as it is."""
    inner = field.inner if isinstance(field, fields.List) else None
    plain = not (field.validators or field.required or field.data_key or field.attribute)
    if plain and field.allow_none:
        if type(field) is fields.String:
            return None
        if isinstance(field, Usual):
            return field.usual
        if isinstance(field, fields.Nested) and not field.many:
            return _one(_object(field.schema))
        if isinstance(inner, fields.Nested):
            return _many(_object(inner.schema))
    raise TypeError(f"{field!r} cannot be read without marshmallow")


def _one(read: Read) -> Read:
    # Xero serialises some null objects as [].
    return lambda value: None if value == [] else read(value)


def _many(read: Read) -> Read:
    def many(value: Any) -> list[Any]:
        if type(value) is not list:
            raise ValueError
        return [read(one) for one in value]

    return many
