"""Webhooks as data: what Xero said, and how many wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

#: What became of an event; "" while it waits. judged: its record was read and judged; known: it
#: was seen already; swept: a sync read its kind since; not_needed: nothing is synced of its kind.
EventResult = Literal["judged", "known", "swept", "not_needed", ""]


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One event that Xero sent for a connection; it says which record, never what is in it."""

    #: Equal for repeats of one event.
    key: str
    connection_id: str
    organisation_id: str
    #: Kind that is read, or the category of an event that leads to no read.
    kind: str
    #: "" where nobody knows which of the kind.
    xero_id: str
    event_type: str
    happened_at: datetime | None
    received_at: datetime
    #: When it is looked at, and how often that failed.
    due_at: datetime
    tries: int = 0
    done_at: datetime | None = None
    result: EventResult = ""
    #: Its place, counted by the store.
    number: int = 0


@dataclass(frozen=True, slots=True)
class WebhookCounts:
    """The events of one connection in short."""

    #: How many wait.
    waiting: int
    last_received_at: datetime
