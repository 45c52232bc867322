"""What the last sync said of a record on one side only, where that still explains it."""

from __future__ import annotations

from xtiger.model.plans import Cause
from xtiger.model.runs import Outcome

#: Codes that are judged anew here: as the last sync's word they may be out of date.
_JUDGED = frozenset(
    {
        "not_selected",
        "status_not_selected",
        "not_carried",
        "create_off",
        "update_off",
        "archived",
        "twin_not_selected",
        "cancelled",
    }
)
#: The only codes that explain why a linked record has lost its other side.
_LOST = frozenset({"gone_in_xero", "gone_in_crm", "missing_without_proof"})
_EXCUSED = ("held", "skipped", "excluded")


def last_outcome_cause(outcome: Outcome | None, *, linked: bool) -> Cause | None:
    """The known cause why a record stands on one side only; None for a real difference."""
    if outcome is None or outcome.cause is None or outcome.result not in _EXCUSED:
        return None
    code = outcome.cause.code
    fits = code in _LOST if linked else code not in _JUDGED
    return outcome.cause if fits else None
