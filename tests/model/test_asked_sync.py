"""A request for a plan or a sync, and a kept plan: stored and read again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from xtiger.model.asked_sync import (
    AskedSync,
    KeptDifference,
    KeptField,
    KeptItem,
    KeptPlan,
    KeptProof,
)
from xtiger.model.values import from_json, to_json

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ASKED = AskedSync("a1", "run", "Ann", NOW, ("Products",), "to_xero", due_at=NOW, done=3, total=9)
PLAN = KeptPlan(
    NOW,
    ("Products",),
    "to_crm",
    {"Products": {"to_crm.create": 1}},
    items=(
        KeptItem(
            "Products",
            "7",
            None,
            "Oar",
            "create",
            ("to_crm.create",),
            (KeptField("Name", (), ("Oar",), "to_crm"),),
        ),
    ),
    shown=1,
)


def test_what_is_kept_is_the_same_again() -> None:
    """Through the store's JSON, moments and tuples too."""
    assert ASKED == AskedSync.of(from_json(to_json(ASKED.plain())))
    assert PLAN == KeptPlan.of(from_json(to_json(PLAN.plain())))


def test_where_nothing_was_asked_for_there_is_nothing() -> None:
    """No request and no plan."""
    assert (None, None) == (AskedSync.of(None), KeptPlan.of(None))


def test_a_request_is_open_until_its_end() -> None:
    """Failed, it says why and when, and waits for nothing."""
    ended = ASKED.failed(NOW, "It broke.", "broken")

    assert (True, False) == (ASKED.is_open, ended.is_open)
    assert ("failed", NOW, "It broke.", "broken", "") == (
        ended.state,
        ended.finished_at,
        ended.error,
        ended.code,
        ended.waits,
    )


def test_a_kept_proof_is_the_same_again() -> None:
    """With its differences; where none was kept there is none."""
    one = KeptDifference(
        "Invoices", "Invoice", "I1", "1", "x", "Total", Decimal(1), Decimal(2), "sync", {}
    )
    proof = KeptProof("r1", datetime(2026, 1, 1, tzinfo=UTC), "GBP", date(2025, 1, 1), 3, (one,))

    assert proof == KeptProof.of(from_json(to_json(proof.plain())))
    assert KeptProof.of(None) is None
