"""Notices as data."""

from __future__ import annotations

from datetime import UTC, datetime

from xtiger.model.customers.notices import NOTICE_EVENTS, Notice


def test_each_event_is_listed_once() -> None:
    """A notice is of one of them, and of no invoice of the CRM before it is delivered."""
    made = Notice(
        id=1, connection_id="c", event="paid", at=datetime(2026, 11, 20, tzinfo=UTC), xero_id="i"
    )

    assert ("paid", "part_paid", "overdue", "voided", "opened") == NOTICE_EVENTS
    assert (None, False) == (made.ref, made.is_repeated)
