"""One more condition for the filter of a module, beside any part of it, or a part taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from xtiger.mapping.filters.bound import ALLOWED, kind_of
from xtiger.mapping.filters.condition import BARE, OPERATORS, Condition, Operator
from xtiger.mapping.filters.editing import Way, places, with_beside, without
from xtiger.mapping.filters.faults import FilterFault
from xtiger.mapping.filters.text import parsed, written
from xtiger.web.module_form import Control

if TYPE_CHECKING:
    from xtiger.i18n.language import Language
    from xtiger.model.records import Module

JOIN, BESIDE, FIELD, OPERATOR, VALUE, AWAY = (
    f"new.filter_{one}" for one in ("join", "beside", "field", "operator", "value", "away")
)
_OWN = frozenset({JOIN, BESIDE, FIELD, OPERATOR, VALUE, AWAY})
_FILTER = "set.filter"
_NOTHING = "·"
#: What the operators are called.
OPERATOR_WORDS: Mapping[Operator, str] = {
    "is": "is",
    "is not": "is not",
    "contains": "contains",
    "does not contain": "does not contain",
    "starts with": "starts with",
    "is empty": "is empty",
    "is not empty": "is not empty",
    "<": "is less than, before",
    "<=": "is at most, until",
    ">": "is more than, after",
    ">=": "is at least, from",
    "between": "is between (A and B)",
    "in": "is one of (A, B, C)",
    "not in": "is none of (A, B, C)",
    "within": "is within (last 30 days)",
}


def condition_controls(
    described: Module | None, words: Language, errors: Mapping[str, str], text: str = ""
) -> list[Control]:
    """The controls of one more condition; none for a module that the CRM has not.

    Of a filter `text` of several parts each part can be chosen, to stand beside or to go.
    """
    if described is None:
        return []
    _ = words.translate
    fields = [(one.name, one.label or one.name) for one in described.fields]
    operators = [(one, _(OPERATOR_WORDS[one])) for one in OPERATORS]
    beside, away = _part_controls(text, words, errors)
    return [
        Control(
            JOIN,
            _("One more condition: beside those above"),
            "and",
            [("and", _("all must hold")), ("or", _("one is enough"))],
        ),
        *beside,
        Control(FIELD, _("Field of the condition"), "", [("", _NOTHING), *fields]),
        Control(OPERATOR, _("What the field must be"), "is", operators),
        Control(
            VALUE,
            _("Value of the condition"),
            "",
            hint=_("Days: 2026-11-30, today - 30 days; periods: last 30 days, this year."),
            error=errors.get(VALUE, ""),
        ),
        *away,
    ]


def _part_controls(
    text: str, words: Language, errors: Mapping[str, str]
) -> tuple[list[Control], list[Control]]:
    """(beside which part, which goes): none of either where the filter has none to choose."""
    _ = words.translate
    whole, *parts = _parts(text) or ("",)
    if not whole:
        return [], []
    beside = Control(
        BESIDE,
        _("Beside which part of the filter"),
        "",
        [("", _("the whole filter")), *((one, one) for one in parts)],
        error=errors.get(BESIDE, ""),
    )
    away = Control(
        AWAY,
        _("Take away from the filter"),
        "",
        [("", _NOTHING), *((one, one) for one in parts or [whole])],
        error=errors.get(AWAY, ""),
    )
    return ([beside] if parts else []), [away]


def _parts(text: str) -> list[str]:
    """The whole filter and each part of it as people read it; none of one that is not read."""
    try:
        return [written(part) for _way, part in places(parsed(text))] if text.strip() else []
    except FilterFault:
        return []


def with_condition_controls(
    controls: Sequence[Control],
    described: Module | None,
    words: Language,
    errors: Mapping[str, str],
) -> list[Control]:
    """The controls with those of one more condition behind the filter's own."""
    found = list[Control]()
    for one in controls:
        found.append(one)
        if one.name == _FILTER:
            found += condition_controls(described, words, errors, one.value)
    return found


def as_chosen(form: Mapping[str, str], text: str) -> dict[str, str]:
    """What was sent, with the condition that was chosen within the filter."""
    kept = {name: value for name, value in form.items() if name not in _OWN}
    return {**kept, _FILTER: text} if _FILTER in form else kept


def with_condition(
    given: Mapping[str, str], form: Mapping[str, str], described: Module | None, words: Language
) -> tuple[dict[str, str], dict[str, str]]:
    """The filter among the settings with the condition that was chosen, and what is wrong."""
    if "filter" not in given:
        return {}, {}
    text, errors = given["filter"], dict[str, str]()
    if form.get(AWAY):
        text, errors = _taken_away(text, form[AWAY], words)
    if not errors:
        text, errors = _added(text, form, described, words)
    return {"filter": text}, errors


def _taken_away(text: str, part: str, words: Language) -> tuple[str, dict[str, str]]:
    way = _way(text, part)
    if way is None:
        return text, {AWAY: words.translate("Choose one of these.")}
    left = without(parsed(text), way)
    return (written(left) if left is not None else ""), {}


def _way(text: str, part: str) -> Way | None:
    """The way to the part that reads so; None where the filter was changed since."""
    try:
        found = places(parsed(text))
        return next((way for way, one in found if written(one) == part), None)
    except FilterFault:
        return None


def _added(
    text: str, form: Mapping[str, str], described: Module | None, words: Language
) -> tuple[str, dict[str, str]]:
    name = form.get(FIELD, "")
    operator = next((one for one in OPERATORS if one == form.get(OPERATOR)), None)
    field = described.by_name(name) if described is not None and name else None
    if field is None or operator is None:
        return text, {}
    allowed = ALLOWED[kind_of(field)]
    if operator not in allowed:
        known = ", ".join(words.translate(OPERATOR_WORDS[o]) for o in OPERATORS if o in allowed)
        label = field.label or name
        said = words.sentence("{field} can be asked: {known}.", field=label, known=known)
        return text, {VALUE: said}
    values = _values(operator, form.get(VALUE, "").strip())
    if values is None:
        return text, {VALUE: words.translate("Type a value.")}
    try:
        old = parsed(text) if text.strip() else None
    except FilterFault:
        return text, {}  # its own control says what is wrong with it
    added = Condition(name, operator, values)
    if old is None:
        return written(added), {}
    join: Literal["and", "or"] = "or" if form.get(JOIN) == "or" else "and"
    way = _way(text, form[BESIDE]) if form.get(BESIDE) else ()
    joined = with_beside(old, way, join, added) if way is not None else None
    if joined is None:
        return text, {BESIDE: words.translate("Choose one of these.")}
    return written(joined), {}


def _values(operator: Operator, text: str) -> tuple[str, ...] | None:
    """The values of a condition from one text; None where one is missing."""
    if operator in BARE:
        return ()
    if operator in ("in", "not in"):
        parts = text.split(",")
    elif operator == "between":
        parts = text.split(" and ")
    else:
        parts = [text]
    values = tuple(part.strip() for part in parts if part.strip())
    enough = len(values) == 2 if operator == "between" else bool(values)
    return values if enough else None
