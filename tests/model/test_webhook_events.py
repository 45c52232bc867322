"""Webhook events as data: they name a record and hold nothing of it."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime

from xtiger.model.webhook_events import WebhookEvent

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def test_a_new_event_waits() -> None:
    """Nothing became of it yet, and nobody has tried."""
    event = WebhookEvent("k", "c1", "o1", "Contact", "x1", "UPDATE", NOW, NOW, NOW)

    assert (0, None, "") == (event.tries, event.done_at, event.result)


def test_an_event_has_no_place_for_values() -> None:
    """What is in the record is read from Xero, never taken from a message of the network."""
    names = {field.name for field in fields(WebhookEvent)}

    assert set() == names & {"payload", "body", "values", "data"}
