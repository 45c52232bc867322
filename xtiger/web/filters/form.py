"""One more condition for the filter of a module: chosen by field, operator and value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from xtiger.mapping.filters.bound import ALLOWED, kind_of
from xtiger.mapping.filters.condition import BARE, OPERATORS, Condition, Filter, Group, Operator
from xtiger.mapping.filters.faults import FilterFault
from xtiger.mapping.filters.text import parsed, written
from xtiger.web.module_form import Control

if TYPE_CHECKING:
    from xtiger.i18n.language import Language
    from xtiger.model.records import Module

JOIN, FIELD, OPERATOR, VALUE = (
    f"new.filter_{one}" for one in ("join", "field", "operator", "value")
)
_OWN = frozenset({JOIN, FIELD, OPERATOR, VALUE})
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
    described: Module | None, words: Language, errors: Mapping[str, str]
) -> list[Control]:
    """The controls of one more condition; none for a module that the CRM has not."""
    if described is None:
        return []
    _ = words.translate
    fields = [(one.name, one.label or one.name) for one in described.fields]
    operators = [(one, _(OPERATOR_WORDS[one])) for one in OPERATORS]
    return [
        Control(
            JOIN,
            _("One more condition: beside those above"),
            "and",
            [("and", _("all must hold")), ("or", _("one is enough"))],
        ),
        Control(FIELD, _("Field of the condition"), "", [("", _NOTHING), *fields]),
        Control(OPERATOR, _("What the field must be"), "is", operators),
        Control(
            VALUE,
            _("Value of the condition"),
            "",
            hint=_("Days: 2026-11-30, today - 30 days; periods: last 30 days, this year."),
            error=errors.get(VALUE, ""),
        ),
    ]


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
            found += condition_controls(described, words, errors)
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
    text, errors = _added(given["filter"], form, described, words)
    return {"filter": text}, errors


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
    join: Literal["and", "or"] = "or" if form.get(JOIN) == "or" else "and"
    return written(added if old is None else _joined(join, old, added)), {}


def _joined(join: Literal["and", "or"], old: Filter, added: Condition) -> Filter:
    parts = old.parts if isinstance(old, Group) and old.joined == join else (old,)
    return Group(join, (*parts, added))


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
