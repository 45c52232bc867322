"""What a CRM checks before it takes a value: type, length, choices, required fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from xtiger.model.records import Field, FieldType, Problem, ProblemCode
from xtiger.model.values import Plain, as_decimal, canon, require_plain, utc

#: The key that holds a line's own id beside its values.
LINE_ID: Final = "id"


class Refused(Exception):
    """Carries a problem out of the savepoint of one write; never leaves the adapters."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def refused(code: ProblemCode, message: str, field: str | None = None) -> Refused:
    """The exception that turns into this problem."""
    return Refused(Problem(code, message, field))


def is_empty(value: Plain) -> bool:
    """Whether a form would show nothing."""
    return value is None or value == "" or value == []


def _text(value: Plain) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError("is no text")
    return str(value)


def _whole(value: Plain) -> int:
    number = as_decimal(value)
    if number is None or number != int(number):
        raise ValueError("is no whole number")
    return int(number)


def _yes_no(value: Plain) -> bool:
    if value not in (True, False):
        raise ValueError("is neither yes nor no")
    return bool(value)


def _day(value: Plain) -> date:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(_text(value))


def _moment(value: Plain) -> datetime:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)  # Xero's days have no hour
    return utc(value if isinstance(value, datetime) else datetime.fromisoformat(_text(value)))


def _texts(value: Plain) -> list[str]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueError("is no list")
    return [_text(item) for item in value]


def _json(value: Plain) -> Plain:
    try:
        require_plain(value)
    except TypeError as error:
        raise ValueError("is not made of plain values") from error
    return value


_READ: Final[Mapping[FieldType, Callable[[Plain], Plain]]] = {
    "int": _whole,
    "decimal": as_decimal,
    "money": as_decimal,
    "bool": _yes_no,
    "date": _day,
    "datetime": _moment,
    "multi_choice": _texts,
    "json": _json,
}


def _shown(field: Field) -> str:
    return field.label or field.name


def _limits(field: Field, value: Plain, *, truncate: bool) -> Plain:
    """The value within length, decimals and choices; raises ValueError with the reason."""
    if isinstance(value, str) and field.max_length is not None and len(value) > field.max_length:
        if not truncate:
            raise ValueError(f"has {len(value)} characters, at most {field.max_length} fit")
        return value[: field.max_length]
    if isinstance(value, Decimal) and field.decimals is not None:
        return value.quantize(Decimal(1).scaleb(-field.decimals), ROUND_HALF_UP)
    if field.choices and field.type in ("choice", "multi_choice"):
        known = {choice.value for choice in field.choices}
        for chosen in value if isinstance(value, list) else [value]:
            if chosen not in known:
                raise ValueError(f"is not one of {', '.join(sorted(known))[:200]}")
    return value


def take(field: Field, value: Plain, *, truncate: bool = False) -> Plain:
    """The value as the field keeps it; raises Refused with what a form would show.

    Too long text is cut with `truncate`, as some CRMs do; numbers are rounded to the decimals.
    """
    if is_empty(value):
        if field.required:
            raise refused("invalid", f"{_shown(field)} is empty. Fill it in.", field.name)
        return (
            value if isinstance(value, str | list) and field.type in ("text", "long_text") else None
        )
    try:
        return _limits(field, _READ.get(field.type, _text)(value), truncate=truncate)
    except (ValueError, ArithmeticError) as error:
        # The value itself is not shown: it may be personal.
        reason = str(error) if str(error).startswith(("is ", "has ")) else f"is no {field.type}"
        raise refused("invalid", f"{_shown(field)} {reason}.", field.name) from error


def take_all(
    fields: Iterable[Field],
    values: Mapping[str, Plain],
    *,
    creating: bool,
    current: Mapping[str, Plain] | None = None,
    anything: bool = False,
    truncate: bool = False,
) -> dict[str, Plain]:
    """Every value as its field keeps it; raises Refused with the first problem.

    A new record is checked for required fields that are not given. Read-only fields may only
    be given as they are in `current`, or with `anything`, as the CRM's own code does.
    """
    known = {field.name: field for field in fields}
    taken: dict[str, Plain] = {}
    for name, value in values.items():
        field = known.get(name)
        if field is None:
            raise refused("invalid", f"There is no field {name!r}. Check the mapping.", name)
        if not field.writable and not anything:
            if current is not None and canon(value) == canon(current.get(name)):
                continue  # what was read may be given back
            raise refused("invalid", f"{_shown(field)} can only be read.", name)
        taken[name] = take(field, value, truncate=truncate)
    if creating:
        for field in known.values():
            if field.required and field.name not in values and (field.writable or anything):
                raise refused("invalid", f"{_shown(field)} is empty. Fill it in.", field.name)
    return taken


def split_line(
    values: Mapping[str, Plain], known: Iterable[str]
) -> tuple[str | None, dict[str, Plain]]:
    """A line's own id (None for a new one) and its values; raises Refused for an unknown id."""
    rest = {name: value for name, value in values.items() if name != LINE_ID}
    line_id = values.get(LINE_ID)
    if is_empty(line_id):
        return None, rest
    if str(line_id) not in known:
        raise refused("invalid", f"There is no line {line_id} on the record. Read it again.")
    return str(line_id), rest
