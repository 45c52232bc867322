"""What a person typed into the forms of Start: read, or said what is wrong beside each field."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, TypeVar, get_args

from xtiger.model.start_answers import Arrive, Bring, Goes, Going, StartAnswers

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from xtiger.i18n.language import Language

_Word = TypeVar("_Word", bound=str)


@dataclass(frozen=True, slots=True)
class Answered:
    """The questions as a person answered them."""

    answers: StartAnswers
    going: Going
    #: Field of the form → what is wrong with it; empty when all can be kept.
    errors: Mapping[str, str]


def status_field(module: str) -> str:
    """The name of the tick boxes for the statuses of a module."""
    return f"statuses of {module}"


def read_questions(
    form: MultiDict[str, str],
    before: StartAnswers,
    known: Mapping[str, Collection[str]],
    words: Language,
) -> Answered:
    """The answers of a form; what it cannot say stays as `before`.

    `known` is module → the statuses that it has.
    """
    errors: dict[str, str] = {}
    from_day = _from_day(form, before.from_day, errors, words)
    arrive = _one_of(
        form.get("arrive", ""), get_args(Arrive), before.arrive, "arrive", errors, words
    )
    bring = _one_of(form.get("bring", ""), get_args(Bring), before.bring, "bring", errors, words)
    goes: Goes = _one_of(form.get("goes", ""), get_args(Goes), "all_but", "goes", errors, words)
    statuses = {
        module: tuple(one for one in form.getlist(status_field(module)) if one in choices)
        for module, choices in known.items()
    }
    going = Going(goes, {module: some for module, some in statuses.items() if some})
    if goes == "status" and not going.statuses:
        errors["goes"] = words.translate("Tick at least one status, or choose another answer.")
    answers = replace(
        before,
        from_day=from_day,
        open_before="open_before" in form.getlist("ticked"),
        arrive=arrive,
        bring=bring,
        mode="read_only" if "read_only" in form.getlist("ticked") else "active",
    )
    return Answered(answers, going if goes == "status" else Going(goes), errors)


def _from_day(
    form: MultiDict[str, str], before: date | None, errors: dict[str, str], words: Language
) -> date | None:
    """The first day; None for all years."""
    since = form.get("from", "")
    if since == "all":
        return None
    if since != "day":
        errors["from"] = words.translate("Choose one of these.")
        return before
    try:
        return date.fromisoformat(form.get("day", "").strip())
    except ValueError:
        errors["day"] = words.translate("Write a day as 2026-04-01.")
        return before


def _one_of(
    given: str,
    words_known: Sequence[_Word],
    before: _Word,
    field: str,
    errors: dict[str, str],
    words: Language,
) -> _Word:
    """The word that was chosen; the one before, with an error, for none."""
    for word in words_known:
        if word == given:
            return word
    errors[field] = words.translate("Choose one of these.")
    return before
