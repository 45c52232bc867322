"""Receivers and messages as data."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from xtiger.model.outside.receivers import RECEIVER_EVENTS, Receiver, ReceiverEvent

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("connection", "events", "wants"),
    [
        ("", ("paid",), True),
        ("c1", ("paid",), True),
        ("c2", ("paid",), False),
        ("", ("voided", "alert"), False),
    ],
)
def test_a_receiver_gets_what_was_chosen(
    connection: str, events: tuple[ReceiverEvent, ...], wants: bool
) -> None:
    """Of its connection or of all, the events named."""
    one = Receiver(
        tenant="", address="https://x", connection_id=connection, events=events, saved_at=NOW
    )

    assert wants is one.wants("paid", "c1")


def test_all_is_chosen_where_nothing_is() -> None:
    """Every notice, and trouble."""
    assert "alert" in Receiver(tenant="", address="https://x", saved_at=NOW).events
    assert 6 == len(RECEIVER_EVENTS)
