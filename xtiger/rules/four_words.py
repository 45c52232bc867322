"""Which of the four words people read for what became of a record."""

from __future__ import annotations

from xtiger.model.agreement import Agreement
from xtiger.model.cause_codes import CauseCode
from xtiger.model.verbs import ResultName
from xtiger.rules.waiting import KEPT_BACK, NEEDING, NEEDS, PASSING

_LEFT_OUT: frozenset[ResultName] = frozenset({"excluded", "skipped"})


def word_of(result: ResultName, code: CauseCode | None = None) -> Agreement:
    """What an outcome is for people; `code` is that of its cause."""
    if code in PASSING:
        return "waiting"
    if result in NEEDS or code in NEEDING:
        return "needs_you"
    return "left_out" if result in _LEFT_OUT or code in KEPT_BACK else "in_step"
