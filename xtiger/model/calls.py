"""Calls to Xero as data: what is announced, sent and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from xtiger.model.values import Plain
from xtiger.model.verbs import Verb

#: unknown: sent, and no answer came; Xero is asked before it is sent again.
IntentState = Literal["planned", "sent", "applied", "failed", "unknown"]
#: done: each of its intents is settled.
BatchState = Literal["planned", "sent", "done", "unknown"]


@dataclass(frozen=True, slots=True)
class Intent:
    """One write announced in the store before it is sent."""

    id: str
    #: Position in the batch, from 0.
    position: int
    module: str
    kind: str
    crm_id: str | None
    xero_id: str | None
    verb: Verb
    #: Natural key to look up before a repeat: (field, value); None where there is none.
    natural_key: tuple[str, str] | None
    #: The request element as sent.
    payload: Mapping[str, Plain]
    state: IntentState = "planned"
    #: Both halves of what is agreed on once it arrived; kept while its batch is open only.
    meant: Mapping[str, Plain] | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """One write request with its intents; its bytes are kept so that a repeat is the same."""

    id: str
    connection_id: str
    run_id: str
    kind: str
    method: Literal["PUT", "POST", "DELETE"]
    path: str
    body: bytes
    #: The Idempotency-Key.
    key: str
    intents: tuple[Intent, ...]
    state: BatchState = "planned"
    sent_at: datetime | None = None

    def closed(self, states: Sequence[IntentState]) -> Batch:
        """It once all of it is answered: what became of each intent, in their order."""
        intents = tuple(
            replace(intent, state=state) for intent, state in zip(self.intents, states, strict=True)
        )
        return replace(self, state="done", intents=intents)


@dataclass(frozen=True, slots=True)
class Call:
    """One request to Xero, as the call log keeps it: no payload, no token."""

    connection_id: str
    at: datetime
    method: str
    path: str
    http_status: int | None
    milliseconds: int
    sent_bytes: int
    received_bytes: int
    #: Calls left as the answer said: minute, day, app minute; None where not said.
    minute_left: int | None = None
    day_left: int | None = None
    app_left: int | None = None
    run_id: str | None = None
    correlation_id: str = ""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What one kind of Xero's was asked for on one day, in UTC."""

    day: date
    #: The first part of the path, such as "Contacts".
    kind: str
    calls: int = 0
    sent_bytes: int = 0
    #: What Xero sent: it has a price on the larger tiers.
    received_bytes: int = 0


@dataclass(frozen=True, slots=True)
class CallsLeft:
    """What is left of the calls that Xero allows an organisation in a day."""

    day_calls: int
    left: int
    #: When Xero counts anew, at the latest; aware UTC.
    resets_at: datetime
