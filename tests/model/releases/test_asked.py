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


def test_what_a_release_before_kept_is_bound_to_nothing() -> None:
    """It has no digest: that equals none, so it is asked anew."""
    kept = AskedRelease("ann", datetime(2026, 11, 20, tzinfo=UTC), Decimal(10), 3, "bob").plain()
    del kept["digest"]
    found = AskedRelease.of(kept)

    assert found is not None
    assert "" == found.digest
