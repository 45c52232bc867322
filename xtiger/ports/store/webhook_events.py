"""The WebhookStore protocol: events that Xero sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from xtiger.model.webhook_events import EventResult, WebhookCounts, WebhookEvent
from xtiger.ports.store.transactional import Transactional


class WebhookStore(Transactional, Protocol):
    """Events of webhooks, from their arrival until a run took them up."""

    def take_events(self, events: Iterable[WebhookEvent]) -> int:
        """Store these, but for repeats; returns how many were new."""
        ...

    def waiting_events(
        self, connection_id: str, now: datetime | None = None, limit: int | None = None
    ) -> Sequence[WebhookEvent]:
        """Those that are not done, oldest first; with `now` only those that are due."""
        ...

    def settle_events(self, numbers: Iterable[int], result: EventResult, at: datetime) -> None:
        """Mark these done."""
        ...

    def postpone_events(self, numbers: Iterable[int], until: datetime) -> None:
        """Look at these again later, and count the try."""
        ...

    def sweep_events(
        self, connection_id: str, kinds: Collection[str], started_at: datetime, at: datetime
    ) -> None:
        """Mark done what came before a sync that read and judged these kinds began."""
        ...

    def webhook_counts(self, connections: Collection[str]) -> Mapping[str, WebhookCounts]:
        """Connection id → its events in short, of those of these that ever had one."""
        ...
