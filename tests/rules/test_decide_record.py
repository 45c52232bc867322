"""The truth table of whole records: each side present, gone or absent, under each rule."""

from __future__ import annotations

from itertools import product

import pytest

from xtiger.rules.merge import (
    Presence,
    RecordDecision,
    RecordRule,
    RecordState,
    decide_record,
)

SIDES: dict[str, Presence] = {"here": "present", "gone": "gone", "----": "absent"}
FLAGS = (False, True)
RULES = tuple(RecordRule(*row) for row in product(FLAGS, FLAGS, FLAGS, FLAGS))

#: CRM, Xero → decision of a linked record with nothing edited and removing not allowed;
#: decision when the side still there was edited; decision when removing is allowed.
LINKED = """
    here here   merge    merge      merge
    here gone   orphan   conflict   remove_in_crm
    here ----   nothing  nothing    nothing
    gone here   orphan   conflict   remove_in_xero
    ---- here   nothing  nothing    nothing
    gone gone   orphan   orphan     orphan
    gone ----   orphan   orphan     orphan
    ---- gone   orphan   orphan     orphan
    ---- ----   nothing  nothing    nothing
"""

#: CRM, Xero → decision of an unlinked record with creating allowed, and not allowed.
UNLINKED = """
    here here   link             link
    here gone   nothing          nothing
    here ----   create_in_xero   nothing
    gone here   nothing          nothing
    ---- here   create_in_crm    nothing
    gone gone   nothing          nothing
    gone ----   nothing          nothing
    ---- gone   nothing          nothing
    ---- ----   nothing          nothing
"""


def _rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


@pytest.mark.parametrize("row", _rows(LINKED), ids=" ".join)
class TestLinked:
    def _state(self, row: list[str], *, edited: bool = False) -> RecordState:
        return RecordState(True, False, SIDES[row[0]], SIDES[row[1]], edited, edited)

    def test_as_it_is_found(self, row: list[str]) -> None:
        """Nobody edited it and removing is off: a gone one leaves an orphan."""
        assert row[2] == decide_record(self._state(row), RecordRule())

    def test_edited_where_it_still_is(self, row: list[str]) -> None:
        """Gone on one side, edited on the other: a person decides, even if removing is on."""
        allowed = RecordRule(remove_in_crm=True, remove_in_xero=True)

        assert row[3] == decide_record(self._state(row, edited=True), allowed)

    def test_removing_allowed(self, row: list[str]) -> None:
        """A proven, unedited removal travels when it is allowed."""
        allowed = RecordRule(remove_in_crm=True, remove_in_xero=True)

        assert row[4] == decide_record(self._state(row), allowed)

    def test_creating_has_no_say(self, row: list[str]) -> None:
        """A linked record is never created again, whatever the module may create."""
        off = RecordRule(create_in_xero=False, create_in_crm=False)

        assert row[2] == decide_record(self._state(row), off)


@pytest.mark.parametrize("row", _rows(UNLINKED), ids=" ".join)
class TestUnlinked:
    def test_creating_allowed(self, row: list[str]) -> None:
        """What never was on the other side is created there; what was is not."""
        state = RecordState(False, False, SIDES[row[0]], SIDES[row[1]])

        assert row[2] == decide_record(state, RecordRule())

    def test_creating_not_allowed(self, row: list[str]) -> None:
        """Switched off, nothing is created; linking goes on."""
        state = RecordState(False, False, SIDES[row[0]], SIDES[row[1]])
        off = RecordRule(create_in_xero=False, create_in_crm=False)

        assert row[3] == decide_record(state, off)


@pytest.mark.parametrize(
    ("state", "rule", "decision"),
    [
        (("present", "absent"), RecordRule(create_in_crm=False), "create_in_xero"),
        (("absent", "present"), RecordRule(create_in_xero=False), "create_in_crm"),
        (("present", "absent"), RecordRule(create_in_xero=False), "nothing"),
        (("absent", "present"), RecordRule(create_in_crm=False), "nothing"),
    ],
)
def test_each_side_has_its_own_switch_for_creating(
    state: tuple[Presence, Presence], rule: RecordRule, decision: RecordDecision
) -> None:
    """Creating in one place does not depend on creating in the other."""
    assert decision == decide_record(RecordState(False, False, *state), rule)


@pytest.mark.parametrize(
    ("state", "rule", "decision"),
    [
        (("present", "gone"), RecordRule(remove_in_crm=True), "remove_in_crm"),
        (("present", "gone"), RecordRule(remove_in_xero=True), "orphan"),
        (("gone", "present"), RecordRule(remove_in_xero=True), "remove_in_xero"),
        (("gone", "present"), RecordRule(remove_in_crm=True), "orphan"),
    ],
)
def test_each_side_has_its_own_switch_for_removing(
    state: tuple[Presence, Presence], rule: RecordRule, decision: RecordDecision
) -> None:
    """Removing in one place does not depend on removing in the other."""
    assert decision == decide_record(RecordState(True, False, *state), rule)


@pytest.mark.parametrize(
    ("crm", "xero", "crm_changed", "xero_changed"),
    [("present", "gone", False, True), ("gone", "present", True, False)],
)
def test_only_the_edit_of_the_side_that_is_there_counts(
    crm: Presence, xero: Presence, crm_changed: bool, xero_changed: bool
) -> None:
    """What a gone side last differed in does not make a conflict."""
    state = RecordState(True, False, crm, xero, crm_changed, xero_changed)

    assert "orphan" == decide_record(state, RecordRule())


def test_an_orphan_comes_back_only_when_both_sides_are_there() -> None:
    """Restored on the other side it merges; else it rests, under any rule, linked or not."""
    found = {
        (crm, xero): {
            decide_record(RecordState(linked, True, crm, xero, crm_edit, xero_edit), rule)
            for linked, crm_edit, xero_edit in product(FLAGS, FLAGS, FLAGS)
            for rule in RULES
        }
        for crm, xero in product(SIDES.values(), SIDES.values())
    }

    assert {("present", "present"): {"merge"}} == {
        place: decisions for place, decisions in found.items() if decisions != {"nothing"}
    }


def test_without_proof_nothing_is_removed() -> None:
    """An absent side, a 404 or a short page, never removes, orphans or conflicts."""
    unproven: tuple[tuple[Presence, Presence], ...] = (
        ("present", "absent"),
        ("absent", "present"),
        ("absent", "absent"),
    )
    decisions = {
        decide_record(RecordState(True, False, crm, xero, edit, edit), rule)
        for crm, xero in unproven
        for edit in FLAGS
        for rule in RULES
    }

    assert {"nothing"} == decisions
