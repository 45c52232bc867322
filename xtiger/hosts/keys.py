"""Primary keys as the text that names a record, of one column or of several."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

#: What stands between the columns of a key, and how it is written within one.
_BETWEEN: Final = "~"
_ESCAPES: Final = (("%", "%25"), (_BETWEEN, "%7E"))
#: Digits of the largest key that a database has a column for.
_DIGITS: Final = 19


def key_text(values: Sequence[Any]) -> str:
    """The id of a record: the key itself, or its columns as "7~42"."""
    if len(values) == 1:
        return str(values[0])
    return _BETWEEN.join(_escaped(str(value)) for value in values)


def key_parts(text: str, count: int) -> list[str] | None:
    """The columns of an id, each as text; None where it is no id of so many."""
    if count == 1:
        return [text]
    found = text.split(_BETWEEN)
    parts = [_plain(part) for part in found]
    # Each record has one id only.
    return parts if len(found) == count and [_escaped(one) for one in parts] == found else None


def _escaped(part: str) -> str:
    for sign, written in _ESCAPES:
        part = part.replace(sign, written)
    return part


def _plain(part: str) -> str:
    for sign, written in reversed(_ESCAPES):
        part = part.replace(written, sign)
    return part


def whole_key(text: str) -> int | None:
    """A key that is a whole number; None where no column has it."""
    digits = text.removeprefix("-")
    fits = len(digits) <= _DIGITS and digits.isascii() and digits.isdigit()
    number = int(text) if fits else None
    return number if number is not None and str(number) == text and abs(number) < 2**63 else None


def uuid_key(text: str) -> uuid.UUID | None:
    """A key that is a UUID; None for a text that is none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def text_key(text: str) -> str | None:
    """A key that is a text; None for one that no record can have."""
    # A NUL is in no key: PostgreSQL takes none in a text.
    return text if text and "\0" not in text else None
