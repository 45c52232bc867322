"""Column types that give back what was put in: aware moments and plain values."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from xtiger.model.values import Plain, from_json, to_json, utc

#: A number that the database counts up; SQLite counts only its own INTEGER.
Number = BigInteger().with_variant(Integer(), "sqlite")


class Moment(TypeDecorator[datetime]):
    """An aware moment in UTC, to the microsecond; refuses a naive one with ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment as the database keeps it: SQLite keeps no zone, so it gets UTC."""
        if value is None:
            return None
        moment = utc(value)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The aware moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PlainText(TypeDecorator[Plain]):
    """A plain value as JSON text that keeps Decimal, day and moment apart from text."""

    impl = Text()
    cache_ok = True

    def process_bind_param(self, value: Plain, dialect: Dialect) -> str | None:
        """The JSON text; Python's None stays NULL."""
        return None if value is None else plain_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Plain:
        """The plain value."""
        return None if value is None else from_json(value)


class Words(TypeDecorator[str]):
    """Text for people; the one character that PostgreSQL cannot keep is replaced."""

    impl = Text()
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text without NUL and without half surrogate pairs, which no database takes."""
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """The text with NUL and half surrogate pairs replaced by U+FFFD."""
    clean = text.replace("\x00", "\ufffd")
    if clean.isascii():
        return clean
    return "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in clean)


def plain_text(value: Plain) -> str:
    """The JSON text of a plain value, in a form that every database takes."""
    text = to_json(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        # Half a surrogate pair, as broken emoji leave it, survives only escaped.
        return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
    return text
