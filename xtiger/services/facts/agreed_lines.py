"""How far the records of a module agree, in words: a line for each of the four words, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xtiger.i18n.cause_text import spoken_cause

if TYPE_CHECKING:
    from xtiger.i18n.language import Language
    from xtiger.model.agreement import Agreement, CountedRecords
    from xtiger.model.plans import Face
    from xtiger.services.agreements import Agreements


@dataclass(frozen=True, slots=True)
class AgreedLine:
    """One line: so many records of a module, and one reason with the sentence of the newest."""

    agreement: Agreement
    #: "" for the line of a word itself.
    code: str
    count: int
    text: str


def names(words: Language) -> Mapping[Agreement, str]:
    """What the four words are called."""
    _ = words.translate
    return {
        "in_step": _("In step"),
        "waiting": _("Waiting"),
        "needs_you": _("Needs you"),
        "left_out": _("Left out"),
    }


def agreed_lines(
    agreements: Agreements, module: str, connection_id: str | None, words: Language, face: Face
) -> list[AgreedLine]:
    """The lines of one module: each word that any record has, its reasons below it."""
    found: list[AgreedLine] = []
    for word, counted in agreements.of_module(module, connection_id).items():
        total = sum(one.count for one in counted)
        if total:
            text = f"{names(words)[word]}: {words.number(total)}"
            found += [
                AgreedLine(word, "", total, text),
                *_reasons(agreements, module, connection_id, words, face, counted),
            ]
    return found


def _reasons(
    agreements: Agreements,
    module: str,
    connection_id: str | None,
    words: Language,
    face: Face,
    counted: Sequence[CountedRecords],
) -> list[AgreedLine]:
    """A line for each reason; the newest record says it."""
    found = []
    for one in counted:
        newest = agreements.records(
            one.agreement, connection_id, module=module, code=one.code, limit=1
        )
        outcome = newest[0].outcome if newest and one.code else None
        if outcome is not None and outcome.cause is not None:
            said = spoken_cause(outcome.cause, words, face, outcome)[0]
            text = f"{words.number(one.count)} · {said}"
            found.append(AgreedLine(one.agreement, one.code, one.count, text))
    return found
