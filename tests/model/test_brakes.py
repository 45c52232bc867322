"""The brake as data: shares, and what was looked at before a release."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from xtiger.model.brakes import Brake, BrakedChange, BrakedPlan
from xtiger.model.verbs import Verb


@pytest.mark.parametrize(
    ("changes", "linked", "share"), [(30, 90, 33), (0, 90, 0), (5, 0, 100), (12, 10, 100)]
)
def test_a_share_is_rounded_down_and_never_above_all(changes: int, linked: int, share: int) -> None:
    """A third is 33 per cent; of nothing linked, or more than all, it is 100."""
    assert share == Brake("Contacts", changes, linked, 20).share


def test_a_plan_counts_and_names_its_changes() -> None:
    """Actions by module and verb, and the digests that a release allows."""
    actions: tuple[tuple[str, Verb, str], ...] = (
        ("Contacts", "update", "d1"),
        ("Contacts", "update", "d2"),
        ("Contacts", "archive", "d3"),
        ("Products", "delete", "d4"),
    )
    changes = tuple(
        BrakedChange(module, "Kea", verb, (), digest) for module, verb, digest in actions
    )
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    plan = BrakedPlan("r1", "c1", moment, ("Contacts", "Products"), (), (), changes)

    assert {"Contacts": {"update": 2, "archive": 1}, "Products": {"delete": 1}} == plan.counts
    assert frozenset({"d1", "d2", "d3", "d4"}) == plan.digests
