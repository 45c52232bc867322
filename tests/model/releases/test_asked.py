"""What waits for a second person, as data."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from xtiger.model.releases.asked import AskedRelease


def test_it_comes_back_as_it_was_kept() -> None:
    """None where nothing was asked."""
    one = AskedRelease("ann", datetime(2026, 11, 20, tzinfo=UTC), Decimal(10), 3, "bob")

    assert one == AskedRelease.of(one.plain())
    assert AskedRelease.of(None) is None
