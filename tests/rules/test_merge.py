"""A conflict as a person decided it: the side that is kept travels where its row does."""

from __future__ import annotations

import pytest

from xtiger.model.links import Side
from xtiger.model.mappings import Direction
from xtiger.rules.merge import FieldDecision, FieldRule, as_decided


@pytest.mark.parametrize(
    ("keep", "direction", "decision"),
    [
        ("crm", "both", "to_xero"),
        ("xero", "both", "to_crm"),
        ("crm", "to_xero", "to_xero"),
        ("xero", "to_xero", "conflict"),
        ("crm", "to_crm", "conflict"),
        (None, "both", "conflict"),
    ],
)
def test_the_kept_side_goes_to_the_other(
    keep: Side | None, direction: Direction, decision: FieldDecision
) -> None:
    """Amounts too, which no policy decides; never against the direction of the row."""
    rule = FieldRule(direction=direction, amount=True)

    assert decision == as_decided("conflict", keep, rule)


@pytest.mark.parametrize("decision", ["none", "agree", "to_xero", "to_crm"])
def test_what_is_no_conflict_needs_no_decision(decision: FieldDecision) -> None:
    """An old decision changes nothing of a field that has moved on."""
    assert decision == as_decided(decision, "crm", FieldRule())
