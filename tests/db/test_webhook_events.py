"""Events of webhooks in the store: each once, many in few statements."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.db.samples import counted
from xtiger.db.store import SqlStore
from xtiger.model.webhook_events import WebhookEvent

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def event(number: int) -> WebhookEvent:
    """An event of a contact."""
    return WebhookEvent(f"k{number}", "c1", "o1", "Contact", f"x{number}", "UPDATE", NOW, NOW, NOW)


def test_an_event_is_stored_once(store: SqlStore) -> None:
    """Repeats, in one delivery or later, are not new."""
    first = store.take_events([event(1), event(2), event(1)])
    second = store.take_events([event(2), event(3)])

    assert (2, 1) == (first, second)
    assert ["k1", "k2", "k3"] == [one.key for one in store.waiting_events("c1")]
    assert 0 == store.take_events([])


@pytest.mark.parametrize("many", [200, 2_000])
def test_a_large_envelope_takes_few_statements(store: SqlStore, many: int) -> None:
    """Their number does not grow with the events of an envelope of Xero's."""
    with counted(store.engine) as sent:
        taken = store.take_events(event(number) for number in range(many))

    # BEGIN and COMMIT may show as statements.
    assert (many, True) == (taken, len(sent) <= 6)
