"""What the last sync said of a record on one side only, where that still explains it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from xtiger.model.plans import Cause
from xtiger.model.privacy.marks import Marks
from xtiger.model.runs import Outcome
from xtiger.model.values import Plain
from xtiger.rules.catalogue import stands
from xtiger.rules.causes import cause_of
from xtiger.rules.reconciliation import Standing

#: Codes that are judged anew here: as the last sync's word they may be out of date.
_JUDGED = frozenset(
    {
        "not_selected",
        "status_not_selected",
        "filtered_out",
        "not_carried",
        "create_off",
        "update_off",
        "read_only",
        "archived",
        "twin_not_selected",
        "cancelled",
    }
)
#: The only codes that explain why a linked record has lost its other side.
_LOST = frozenset({"gone_in_xero", "gone_in_crm", "missing_without_proof"})
#: Cures of the proof's own, whatever the last sync said of the record.
_OWN = frozenset({"duplicate", "lost_in_xero", "lost_in_crm", "unreadable"})
_LONE = ("lost_in_xero", "lost_in_crm")
#: Codes that explain why a linked record stands on one side until a person decides.
_ASKED = frozenset({"gone_but_edited", "person_last"})
_EXCUSED = ("held", "skipped", "excluded")


def last_outcome_cause(outcome: Outcome | None, *, linked: bool) -> Cause | None:
    """The known cause why a record stands on one side only; None for a real difference."""
    if outcome is None or outcome.cause is None or outcome.result not in _EXCUSED:
        return None
    code = outcome.cause.code
    fits = code in _LOST if linked else code not in _JUDGED
    return outcome.cause if fits else None


def known_cause(
    marks: Marks,
    records: Iterable[tuple[str, str | None]],
    outcome: Outcome | None,
    *,
    linked: bool,
) -> Cause | None:
    """The same; that it is an erased person, by module or kind and id, comes before all else."""
    if any(id_ and marks.has_record(type_, id_) for type_, id_ in records):
        return cause_of("erased")
    return last_outcome_cause(outcome, linked=linked)


def standing_cause(outcome: Outcome | None) -> Cause | None:
    """What the last sync reported that stands: by its result, or beside what it did."""
    if outcome is None or outcome.cause is None:
        return None
    return outcome.cause if stands(outcome) or outcome.result == "excluded" else None


def cure_said(
    cure: str, data: Mapping[str, Plain] | None, outcome: Outcome | None
) -> tuple[str, Mapping[str, Plain] | None]:
    """What to do about a difference: what the last sync said comes before another sync."""
    known = standing_cause(outcome)
    asked = known is not None and known.code in _ASKED and cure in _LONE
    if known is not None and (asked or cure not in _OWN):
        return known.code, known.data
    return cure, data


def standing_of(
    record: tuple[str, str, str | None, str | None], cause: Cause, outcome: Outcome | None
) -> Standing:
    """What stands of a record, given as module, name, CRM id and Xero id."""
    module, name, crm_id, xero_id = record
    offered = outcome.proposals if outcome is not None else ()
    links = [one for one in offered if one.verb == "link" and one.crm_id and one.xero_id]
    # Of several one would be chosen for the person.
    command = (
        f"xtiger link {module} {links[0].crm_id} {links[0].xero_id}" if len(links) == 1 else ""
    )
    return Standing(module, name, crm_id, xero_id, cause, command, tuple(offered))
