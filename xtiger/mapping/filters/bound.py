"""A filter with the fields of its module found: it says of a record whether it stays out, and why.

What is not known of a record, as of one that comes in from Xero with fields that no row maps, lets
nothing stay out: a record is left out only where the known values are enough for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Final, Literal, cast

from xtiger.mapping.convert import crm_value
from xtiger.mapping.filters.condition import (
    BARE,
    LOOKING,
    OPERATORS,
    ORDERED,
    Condition,
    Filter,
    Operator,
)
from xtiger.mapping.filters.days import day_of, is_relative, period_of
from xtiger.mapping.filters.faults import FilterFault
from xtiger.mapping.filters.text import parsed
from xtiger.model.records import Field, Module, Record
from xtiger.model.roles import DAYS
from xtiger.model.values import Plain, as_decimal, canon_text

FieldKind = Literal["text", "number", "day", "flag", "ref", "other"]
_KINDS: Final[dict[str, FieldKind]] = {
    "int": "number",
    "decimal": "number",
    "money": "number",
    "date": "day",
    "datetime": "day",
    "bool": "flag",
    "ref": "ref",
    "json": "other",
}
_EQUAL: frozenset[Operator] = frozenset({"is", "is not", "in", "not in"})
#: What may be asked of a field.
ALLOWED: Final[dict[FieldKind, frozenset[Operator]]] = {
    "text": _EQUAL | LOOKING | BARE,
    "number": _EQUAL | ORDERED | BARE,
    "day": _EQUAL | ORDERED | BARE | {"within"},
    "flag": BARE | {"is", "is not"},
    "ref": _EQUAL | BARE,
    "other": BARE,
}
_FLAGS: Final = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
#: How long a value is in a sentence.
_SHOWN: Final = 60
_NOTHING: Final = "–"


class _Unknown:
    """What is not known of a record."""


UNKNOWN: Final = _Unknown()
#: A field → its canonical value in the record at hand, or UNKNOWN.
Read = Callable[[Field], Any]


@dataclass(frozen=True, slots=True)
class BoundCondition:
    """A condition with its field."""

    field: Field
    kind: FieldKind
    operator: Operator
    #: Texts without case, numbers or flags to compare with; days as they are typed.
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class BoundGroup:
    """Conditions of which all or one must hold."""

    joined: Literal["and", "or"]
    parts: tuple[BoundCondition | BoundGroup, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why a record is left out: the field that is not as the filter wants it, and its value."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class BoundFilter:
    """The filter of a module at a day."""

    root: BoundCondition | BoundGroup
    today: date
    #: The zone in which the CRM counts days.
    zone: tzinfo

    def left_out(self, record: Record) -> LeftOut | None:
        """Why a CRM record stays out; None for one that the filter lets in."""
        return self._left_out(lambda field: read_value(record, field))

    def left_out_coming(self, record: Record, known: frozenset[str]) -> LeftOut | None:
        """The same of a record that would be made in the CRM, of which these fields are known."""

        def read(field: Field) -> Any:
            return read_value(record, field) if field.name in known else UNKNOWN

        return self._left_out(read)

    def _left_out(self, read: Read) -> LeftOut | None:
        fits, failed = self._judge(self.root, read)
        if fits is not False or failed is None:
            return None
        value = read(failed.field)
        label = failed.field.label or failed.field.name
        return LeftOut(label, self._shown(failed, value))

    def _shown(self, condition: BoundCondition, value: Plain) -> str:
        if _is_empty(value):
            return _NOTHING
        if condition.kind == "day":
            return str(self._day(value) or value)[:_SHOWN]
        if isinstance(value, bool):
            return "yes" if value else "no"
        known = {choice.value: choice.label for choice in condition.field.choices}
        texts = [str(known.get(one) or one) for one in _entries(value)]
        return ", ".join(texts)[:_SHOWN]

    def _judge(
        self, part: BoundCondition | BoundGroup, read: Read
    ) -> tuple[bool | None, BoundCondition | None]:
        """Whether it fits, None for what is not known; and the first condition that does not."""
        if isinstance(part, BoundCondition):
            value = read(part.field)
            if value is UNKNOWN:
                return None, None
            met = self._fits(part, value)
            return met, None if met else part
        # One that decides ends the search: a false one of all, a true one of any.
        ending = part.joined == "or"
        known = True
        failed: BoundCondition | None = None
        for inner in part.parts:
            fits, why = self._judge(inner, read)
            failed = failed or why
            if fits is ending:
                return fits, why
            known = known and fits is not None
        return (not ending if known else None), failed

    def _fits(self, part: BoundCondition, value: Plain) -> bool:
        empty = _is_empty(value)
        if part.operator in BARE:
            return empty == (part.operator == "is empty")
        if part.operator in ("is not", "not in", "does not contain"):
            return empty or not self._meets(part, value)
        return not empty and self._meets(part, value)

    def _meets(self, part: BoundCondition, value: Plain) -> bool:
        """Whether a value that is not empty meets what is asked, a negation left aside."""
        if part.kind == "day":
            day = self._day(value)
            return day is not None and self._on(part, day)
        if part.kind == "number":
            return isinstance(value, Decimal) and _ordered(part.operator, value, part.values)
        if part.kind == "flag":
            return value in part.values
        texts = [str(one).casefold() for one in _entries(value)]
        if part.operator in LOOKING:
            (wanted,) = part.values
            if part.operator == "starts with":
                return any(text.startswith(wanted) for text in texts)
            return any(wanted in text for text in texts)
        return any(text in part.values for text in texts)

    def _on(self, part: BoundCondition, day: date) -> bool:
        if part.operator == "within":
            period = period_of(part.values[0], self.today)
            return period is not None and period[0] <= day <= period[1]
        wanted = [day_of(text, self.today) for text in part.values]
        return None not in wanted and _ordered(part.operator, day, wanted)

    def _day(self, value: Plain) -> date | None:
        if isinstance(value, datetime):
            return value.astimezone(self.zone).date()
        return value if isinstance(value, date) else None


def read_value(record: Record, field: Field) -> Plain:
    """The canonical value of a field; of one that is not of its type the text that stands there."""
    try:
        return crm_value(record, field)
    except ValueError:
        return canon_text(str(record.values.get(field.name)))


def bound_filter(text: str, module: Module, today: date, zone: tzinfo) -> BoundFilter | None:
    """The filter of a module at a day; None for an empty text.

    Raises FilterFault for a text that cannot be read, a field that the module has not, and what
    cannot be asked of a field.
    """
    if not text.strip():
        return None
    return BoundFilter(_bound(parsed(text), module, today), today, zone)


def moves_with_today(text: str) -> bool:
    """Whether what a readable filter lets in changes from one day to the next."""
    return bool(text.strip()) and any(
        is_relative(value) for one in conditions(parsed(text)) for value in one.values
    )


def conditions(found: Filter) -> Iterator[Condition]:
    """Every condition of a filter, in order."""
    if isinstance(found, Condition):
        yield found
        return
    for part in found.parts:
        yield from conditions(part)


def kind_of(field: Field) -> FieldKind:
    """How the values of a field are compared."""
    return "day" if field.role in DAYS else _KINDS.get(field.type, "text")


def _bound(found: Filter, module: Module, today: date) -> BoundCondition | BoundGroup:
    if not isinstance(found, Condition):
        parts = tuple(_bound(part, module, today) for part in found.parts)
        return BoundGroup(found.joined, parts)
    field = module.by_name(found.field) or _by_role(module, found.field)
    if field is None:
        raise FilterFault(
            "filter_strange_field",
            module=module.name,
            field=found.field,
            known=", ".join(one.name for one in module.fields),
        )
    kind = kind_of(field)
    if found.operator not in ALLOWED[kind]:
        allowed = ", ".join(one for one in OPERATORS if one in ALLOWED[kind])
        raise FilterFault(
            "filter_not_here", operator=found.operator, field=found.field, operators=allowed
        )
    values = tuple(_value(text, found, field, kind, today) for text in found.values)
    return BoundCondition(field, kind, found.operator, values)


def _by_role(module: Module, role: str) -> Field | None:
    """The field of a role on the record itself; those of lines are none of a filter."""
    return next((one for one in module.fields if one.role == role), None)


def _value(text: str, found: Condition, field: Field, kind: FieldKind, today: date) -> Any:
    """What a typed value is compared as."""
    if found.operator == "within":
        if period_of(text, today) is None:
            raise FilterFault("filter_period", value=text)
        return text
    if kind == "day" and day_of(text, today) is None:
        raise FilterFault("filter_day", field=found.field, value=text)
    if kind in _READERS:
        value = _READERS[kind](text)
        if value is None:
            raise FilterFault(f"filter_{kind}", field=found.field, value=text)
        return value
    if field.choices and found.operator in _EQUAL:
        return _choice(text, found, field)
    return (canon_text(text) or "").casefold()


def _number(text: str) -> Decimal | None:
    try:
        return as_decimal(text)
    except ValueError:
        return None


#: How numbers and flags are read; None for what is none.
_READERS: Final[dict[FieldKind, Callable[[str], Any]]] = {
    "number": _number,
    "flag": lambda text: _FLAGS.get(text.strip().lower()),
}


def _choice(text: str, found: Condition, field: Field) -> str:
    """The entry of a pick list that a text means, by its value or its label."""
    wanted = (canon_text(text) or "").casefold()
    for said in ("value", "label"):
        for choice in field.choices:
            if str(getattr(choice, said)).casefold() == wanted:
                return choice.value.casefold()
    known = ", ".join(choice.value for choice in field.choices)
    raise FilterFault("filter_choice", field=found.field, value=text, known=known)


def _is_empty(value: Plain) -> bool:
    return value is None or value in ("", [], {})


def _entries(value: Plain) -> Sequence[Plain]:
    """A value, or each one of a list."""
    return value if isinstance(value, list) else [value]


def _ordered(operator: Operator, value: Any, wanted: Sequence[Any]) -> bool:
    """Compare a number or a day."""
    first = wanted[0]
    match operator:
        case "<":
            return cast("bool", value < first)
        case "<=":
            return cast("bool", value <= first)
        case ">":
            return cast("bool", value > first)
        case ">=":
            return cast("bool", value >= first)
        case "between":
            return bool(first <= value <= wanted[1])
        case _:
            return value in wanted
