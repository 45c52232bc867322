"""The truth tables of the merge: what happens to one field, and to a record with a side missing.

Archive-based three-way reconciliation after Pierce and Vouillon's Unison: a side has changed
when it differs from its own half of the base; one change travels, two equal ones agree, two
different ones are a conflict and stay untouched.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from xtiger.model.links import Pair, Side
from xtiger.model.mappings import ConflictPolicy, Direction, FirstLink
from xtiger.model.values import Plain

FieldDecision = Literal["none", "agree", "to_xero", "to_crm", "conflict"]
Presence = Literal["present", "gone", "absent"]
RecordDecision = Literal[
    "merge",
    "link",
    "create_in_xero",
    "create_in_crm",
    "remove_in_xero",
    "remove_in_crm",
    "orphan",
    "conflict",
    "nothing",
]


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one mapping row may move."""

    direction: Direction = "both"
    keep_when_empty: bool = False
    only_on_create: bool = False
    #: Who wins when both sides changed differently.
    conflict: ConflictPolicy = "ask"
    #: Who wins when both are filled and different at the first link.
    first_link: FirstLink = "ask"
    #: Amounts and lines are never decided by a policy.
    amount: bool = False
    #: The side that owns the field: its value counts, whichever side changed.
    owner: Side | None = None


@dataclass(frozen=True, slots=True)
class FieldState:
    """One field on both sides, canonical, each also as the other side would hold it."""

    base: Pair | None
    crm: Plain
    xero: Plain
    crm_as_xero: Plain
    xero_as_crm: Plain
    #: The side whose record was edited last; None when both were at once, or it is not known.
    newer: Side | None = None

    @property
    def equal(self) -> bool:
        """Whether both sides mean the same."""
        return bool(self.crm_as_xero == self.xero or self.xero_as_crm == self.crm)


def decide_field(state: FieldState, rule: FieldRule) -> FieldDecision:
    """The truth table of one field; "none" leaves both sides and the base as they are.

    A clearing (a value became empty) is an edit like any other, unless the row keeps filled
    values. In a one-way row the source owns the field: its change travels even over a change
    of the other side, whose own changes stay where they are. Where one side owns it, what is
    changed on the other one is put back.
    """
    if state.equal:
        return "none" if _settled(state) else "agree"
    if state.base is None:
        return _first_link(state, rule)
    if rule.only_on_create:
        return "none"
    crm_changed = state.crm != state.base.crm
    xero_changed = state.xero != state.base.xero
    if rule.owner is not None and (crm_changed or xero_changed):
        return _owned(state, rule)
    if crm_changed and xero_changed:
        return _both_changed(state, rule)
    if crm_changed:
        return _travel("to_xero", state.crm, rule)
    if xero_changed:
        return _travel("to_crm", state.xero, rule)
    return "none"


def decide_use(state: FieldState, ours: Collection[str], *, overwrites: bool) -> FieldDecision:
    """Whether the CRM's type of an organisation follows what Xero uses it as.

    It follows where it is empty or says another use (`ours` are the words for uses), and only
    when the use has changed since both last agreed: what a person chose since stands. A type of
    another sort, such as Partner, stands unless it `overwrites`.
    """
    wanted = state.xero_as_crm
    if wanted is None:
        return "none"
    if state.crm == wanted:
        return "none" if _settled(state) else "agree"
    if state.base is not None and state.base.xero == state.xero:
        return "none"
    foreign = state.crm is not None and state.crm not in ours
    return "none" if foreign and not overwrites else "to_crm"


def _settled(state: FieldState) -> bool:
    return state.base == Pair(state.crm, state.xero)


def _travel(way: Literal["to_xero", "to_crm"], value: Plain, rule: FieldRule) -> FieldDecision:
    if rule.direction not in ("both", way):
        return "none"
    if rule.keep_when_empty and value is None:
        return "none"
    return way


def _owned(state: FieldState, rule: FieldRule) -> FieldDecision:
    if rule.owner == "crm":
        return _travel("to_xero", state.crm, rule)
    return _travel("to_crm", state.xero, rule)


def _both_changed(state: FieldState, rule: FieldRule) -> FieldDecision:
    if rule.amount:
        return "conflict"
    if rule.direction == "to_xero":
        return _travel("to_xero", state.crm, rule)
    if rule.direction == "to_crm":
        return _travel("to_crm", state.xero, rule)
    if rule.keep_when_empty and state.crm is None:
        return "to_crm"
    if rule.keep_when_empty and state.xero is None:
        return "to_xero"
    policy = rule.conflict
    return _by_policy(state.newer or "ask" if policy == "newest" else policy, rule)


def _first_link(state: FieldState, rule: FieldRule) -> FieldDecision:
    if rule.only_on_create:
        return "agree"
    if state.crm is None:
        return _travel("to_crm", state.xero, rule)
    if state.xero is None:
        return _travel("to_xero", state.crm, rule)
    return _by_policy(rule.first_link, rule) if rule.owner is None else _owned(state, rule)


def _by_policy(policy: Literal["ask", "crm", "xero"], rule: FieldRule) -> FieldDecision:
    if rule.amount or policy == "ask":
        return "conflict"
    wanted: Literal["to_xero", "to_crm"] = "to_xero" if policy == "crm" else "to_crm"
    return wanted if rule.direction in ("both", wanted) else "conflict"


def as_decided(decision: FieldDecision, keep: Side | None, rule: FieldRule) -> FieldDecision:
    """A conflict as a person decided it, amounts too; kept where the row does not travel so."""
    if decision != "conflict" or keep is None:
        return decision
    wanted: Literal["to_xero", "to_crm"] = "to_xero" if keep == "crm" else "to_crm"
    return wanted if rule.direction in ("both", wanted) else decision


@dataclass(frozen=True, slots=True)
class RecordState:
    """Where one record stands on both sides.

    "gone" needs proof (a tombstone, a status, a complete unfiltered read); "absent" means
    that there never was one for this link or match.
    """

    linked: bool
    orphan: bool
    crm: Presence
    xero: Presence
    #: Whether the side that is still there differs from its half of the base.
    crm_changed: bool = False
    xero_changed: bool = False


@dataclass(frozen=True, slots=True)
class RecordRule:
    """What a module may do with whole records."""

    create_in_xero: bool = True
    create_in_crm: bool = True
    remove_in_xero: bool = False
    remove_in_crm: bool = False


def decide_record(state: RecordState, rule: RecordRule) -> RecordDecision:
    """The truth table of one record: merge, link, create, remove, orphan or conflict.

    A linked record that is gone on one side is removed on the other only when that is allowed
    and the other side was not edited; else the link becomes an orphan, and an orphan is never
    created again unasked. Neither is an unlinked one that was removed on the other side.
    """
    if state.orphan:
        return "merge" if (state.crm, state.xero) == ("present", "present") else "nothing"
    if not state.linked:
        return _unlinked(state, rule)
    if state.crm == "present" and state.xero == "present":
        return "merge"
    if state.crm == "present":
        if state.xero == "absent":
            return "nothing"
        return _one_gone(state.crm_changed, "remove_in_crm", rule.remove_in_crm)
    if state.xero == "present":
        if state.crm == "absent":
            return "nothing"
        return _one_gone(state.xero_changed, "remove_in_xero", rule.remove_in_xero)
    return "orphan" if "gone" in (state.crm, state.xero) else "nothing"


def _unlinked(state: RecordState, rule: RecordRule) -> RecordDecision:
    if state.crm == "present" and state.xero == "present":
        return "link"
    if (state.crm, state.xero) == ("present", "absent") and rule.create_in_xero:
        return "create_in_xero"
    if (state.crm, state.xero) == ("absent", "present") and rule.create_in_crm:
        return "create_in_crm"
    return "nothing"


def _one_gone(
    edited: bool, removal: Literal["remove_in_crm", "remove_in_xero"], allowed: bool
) -> RecordDecision:
    if edited:
        return "conflict"
    return removal if allowed else "orphan"
