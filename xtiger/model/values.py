"""Plain values that cross every border: their canonical form, JSON form and digest."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation
from typing import Any

#: One plain value. Money is Decimal, moments are aware datetimes, days are dates.
Scalar = str | int | bool | Decimal | date | datetime | None
#: A plain value or a list or dict of them; never a float, never an object of a framework.
Plain = Any

_SCALARS = (str, bool, int, Decimal, datetime, date, type(None))
#: Texts of numbers beyond 10^±30 are no amounts; written out they would fill the memory.
_LARGEST = 30
#: Numbers up to so many zeros are written without exponent.
_ZEROS = 40
#: The tags of types in JSON, and the one that says: this really is such a dict.
_TAGS = ("$n", "$t", "$d", "$m")


def utc(moment: datetime) -> datetime:
    """Return an aware moment in UTC; raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs a time zone, got the naive {moment.isoformat()}")
    return moment.astimezone(UTC)


def require_plain(value: object, where: str = "value") -> None:
    """Raise TypeError naming the place when something in `value` is not plain."""
    if isinstance(value, _SCALARS):
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{where} has the key {key!r}, which is no text")
            require_plain(item, f"{where}.{key}")
        return
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        for index, item in enumerate(value):
            require_plain(item, f"{where}[{index}]")
        return
    raise TypeError(f"{where} is a {type(value).__name__}, which is no plain value")


def canon_text(text: str) -> str | None:
    """One spelling for equal text: NFC, LF line ends, no outer white space; empty is None."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return text.strip() or None


def canon_number(number: Decimal) -> Decimal:
    """One spelling for equal numbers: no trailing zeros, no minus zero, 100 and not 1E+2.

    Exact at any length; raises ValueError for a number that is not finite.
    """
    if not number.is_finite():
        raise ValueError(f"{number} is no amount")
    written = str(number)
    if len(written) < _ZEROS and "E" not in written:
        # As it is written, but for zeros behind the point: arithmetic would take longer.
        if "." in written:
            written = written.rstrip("0").rstrip(".")
        return Decimal(0 if written == "-0" else written)
    if number == 0:
        return Decimal(0)
    plain = number.normalize() if abs(number.adjusted()) < _ZEROS else None
    if plain != number:
        # The usual context rounds to 28 digits and knows no 1E+1000000; equal must mean equal.
        digits = len(number.as_tuple().digits)
        plain = number.normalize(Context(prec=digits, Emin=MIN_EMIN, Emax=MAX_EMAX))
    written_out = 0 < int(plain.as_tuple().exponent) < _ZEROS
    # Decimal() and f"…:f" are exact whatever the context.
    return Decimal(f"{plain:f}") if written_out else plain


def canon(value: Plain) -> Plain:
    """The canonical form of a plain value; `canon(canon(x)) == canon(x)`.

    Raises TypeError for a value that is not plain (a float, an object) and ValueError for a
    naive datetime or a number that is not finite.
    """
    # The usual types by identity: every value of every record passes here.
    kind = type(value)
    if kind is str:
        return canon_text(value)
    if value is None or kind is bool:
        return value
    if kind is dict:
        return {str(key): canon(value[key]) for key in sorted(value)}
    if isinstance(value, str):
        return canon_text(value)
    if isinstance(value, int | Decimal):
        return canon_number(Decimal(value))
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, date):
        return value
    if isinstance(value, Mapping):
        return {str(key): canon(value[key]) for key in sorted(value)}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [canon(item) for item in value]
    raise TypeError(f"a {type(value).__name__} is no plain value")


def as_decimal(value: object) -> Decimal | None:
    """A Decimal from a number or its text, None when empty.

    Raises ValueError for other text, and for a number that is not finite or beyond 10^±30.
    A float goes through its shortest text, as hosts with float quantities need it.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        raise ValueError("a yes or no is no number")
    if isinstance(value, Decimal):
        number = value
    else:
        text = repr(value) if isinstance(value, float) else str(value).strip()
        if not text:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation as error:
            raise ValueError(f"{text[:40]!r} is no number") from error
    if not number.is_finite() or abs(number.adjusted()) > _LARGEST:
        raise ValueError(f"{str(value).strip()[:40]!r} is no amount")
    return number


def _tag(value: object) -> object:
    if isinstance(value, Decimal):
        return {"$n": str(value)}
    if isinstance(value, datetime):
        return {"$t": utc(value).isoformat()}
    if isinstance(value, date):
        return {"$d": value.isoformat()}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a {type(value).__name__} is no plain value")


def _untag(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        if "$n" in found:
            return Decimal(found["$n"])  # numbers are most of what has a tag
        ((key, text),) = found.items()
        if key == "$t":
            return datetime.fromisoformat(text)
        if key == "$d":
            return date.fromisoformat(text)
        if key == "$m":
            return {text[0]: text[1]}
    return found


_UNTAGGED, _TAGGED = json.JSONDecoder(), json.JSONDecoder(object_hook=_untag)


def _escaped(value: Plain) -> Plain:
    """The value with every dict that looks like one of our tags marked as a real dict."""
    if isinstance(value, Mapping):
        inner = {key: _escaped(item) for key, item in value.items()}
        looks_tagged = len(inner) == 1 and next(iter(inner)) in _TAGS
        return {"$m": list(*inner.items())} if looks_tagged else inner
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return [_escaped(item) for item in value]
    return value


def _dumped(value: Plain) -> tuple[str, int]:
    """The JSON text and how many tags are in it."""
    tags = 0

    def tag(found: object) -> object:
        nonlocal tags
        tags += not isinstance(found, Mapping)
        return _tag(found)

    text = json.dumps(value, default=tag, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text, tags


def whole_number(text: str, least: int, most: int) -> int | None:
    """The whole number that a person or an address gave, within these bounds; None for no number.

    Plain digits only, and as many as somebody likes: what is larger than `most` is `most`.
    """
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()):
        return None
    # Python reads no number of thousands of digits, and no database has a column for one.
    if len(digits.lstrip("0")) > len(str(most)):
        return most
    return max(least, min(int(digits.lstrip("0") or "0"), most))


def to_json(value: Plain) -> str:
    """JSON text that `from_json` turns back into the same plain value, types included."""
    text, tags = _dumped(value)
    # Walking through every value in Python is slow; only a key "$…" of the data needs it.
    return text if text.count('{"$') == tags else _dumped(_escaped(value))[0]


def from_json(text: str) -> Plain:
    """The plain value that `to_json` wrote."""
    # Most texts hold no tag: then nothing of ours is called for every object in them.
    return (_TAGGED if '"$' in text else _UNTAGGED).decode(text)


def digest(value: Plain) -> str:
    """A short text (64 hex characters) equal exactly for values with one canonical form."""
    return hashlib.sha256(to_json(canon(value)).encode()).hexdigest()


def same(one: Plain, other: Plain) -> bool:
    """Whether two plain values have one canonical form, known at the first difference.

    It says what equal digests say, in less time; raises as `canon` does.
    """
    kind = type(one)
    if kind is type(other):
        if kind is dict:
            return one.keys() == other.keys() and all(
                same(value, other[key]) for key, value in one.items()
            )
        if kind is list:
            return len(one) == len(other) and all(map(same, one, other))
        if kind in _SCALARS and one == other:
            return True
    return to_json(canon(one)) == to_json(canon(other))
