"""Reading request bodies: typed fields by name, unknown names ignored as Xero does."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from xtiger.sandbox.accounting import messages
from xtiger.sandbox.accounting.envelope import moment, post_data_invalid
from xtiger.sandbox.state import Raw

#: A sign of four bytes, and the space before it, which would stand there alone.
_WIDE = re.compile(" ?[\U00010000-\U0010ffff]+")
_MS_DATE = re.compile(r"/Date\((-?\d+)([+-]\d{4})?\)/")


@dataclass(frozen=True, slots=True)
class Text:
    """A string of at most `limit` characters (0: no limit)."""

    limit: int = 0
    #: Whether signs that need four bytes, such as most emoji, are lost when it is stored.
    narrow: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal number."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number."""


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day, kept as "YYYY-MM-DD"."""


@dataclass(frozen=True, slots=True)
class Guid:
    """An id, kept in lower case."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed list; `name` is the type that Xero's message speaks of."""

    name: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Part:
    """A nested object."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of nested objects."""

    shape: Shape


Field = Text | Number | Whole | Flag | Day | Guid | Choice | Part | Rows
Shape = Mapping[str, Field]


def parse(raw: Any, shape: Shape, errors: list[str], path: str = "") -> Raw:
    """Return the known fields of a request object; null counts as not sent.

    Too long texts are appended to `errors`; what has the wrong type refuses the whole request.
    """
    if not isinstance(raw, dict):
        raise post_data_invalid(f"Expected an object at '{path or 'the body'}'.")
    values: Raw = {}
    for name, kind in shape.items():
        value = raw.get(name)
        if value is not None:
            values[name] = _value(value, kind, errors, f"{path}.{name}" if path else name)
    return values


def _value(value: Any, kind: Field, errors: list[str], path: str) -> Any:
    match kind:
        case Text(limit, narrow):
            text = _text(value, limit, errors, path)
            return _WIDE.sub("", text).lstrip() if narrow and _WIDE.search(text) else text
        case Choice(name, values):
            if value not in values:
                raise _unconvertible(value, f"Xero.API.Library..{name}", path)
            return value
        case Part(shape):
            # An empty list stands for null in some of Xero's own answers.
            return parse({} if value == [] else value, shape, errors, path)
        case Rows(shape):
            if not isinstance(value, list):
                raise post_data_invalid(f"Expected a list at '{path}'.")
            return [parse(row, shape, errors, f"{path}[{n}]") for n, row in enumerate(value)]
        case _:
            return _plain(value, kind, path)


def _plain(value: Any, kind: Number | Whole | Flag | Day | Guid, path: str) -> Any:
    match kind:
        case Number() | Whole():
            return _number(value, path, whole=isinstance(kind, Whole))
        case Flag():
            return _flag(value, path)
        case Day():
            return day(value)
        case Guid():
            return _guid(value, path)


def _text(value: Any, limit: int, errors: list[str], path: str) -> str:
    if isinstance(value, dict | list | bool):
        raise _unconvertible(value, "System.String", path)
    text = str(value)
    if limit and len(text) > limit:
        errors.append(
            messages.OWN_TOO_LONG.format(field=path.rsplit(".", maxsplit=1)[-1], limit=limit)
        )
    return text


def _number(value: Any, path: str, *, whole: bool) -> Any:
    if isinstance(value, dict | list | bool):
        raise _unconvertible(value, "System.Decimal", path)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise _unconvertible(value, "System.Decimal", path) from None
    if not number.is_finite():
        raise _unconvertible(value, "System.Decimal", path)
    return int(number) if whole else number


def _flag(value: Any, path: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise _unconvertible(value, "System.Boolean", path)


def _guid(value: Any, path: str) -> str:
    try:
        return str(uuid.UUID(str(value)))
    except ValueError:
        raise _unconvertible(value, "System.Guid", path) from None


def day(value: Any) -> str:
    """Return "YYYY-MM-DD" of an ISO day, an ISO moment or /Date(ms)/; else ErrorNumber 14."""
    text = str(value)
    if found := _MS_DATE.fullmatch(text):
        return moment(int(found.group(1))).date().isoformat()
    try:
        if len(text) == 10:
            return dt.date.fromisoformat(text).isoformat()
        if "T" in text:
            return dt.datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        pass
    raise post_data_invalid(messages.DATE.format(x=text))


def _unconvertible(value: Any, type_name: str, path: str) -> Exception:
    return post_data_invalid(
        f"Error converting value \"{value}\" to type '{type_name}'. Path '{path}'."
    )
