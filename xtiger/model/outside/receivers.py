"""Receivers: systems of the CRM's own that get signed messages, and each message until it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from xtiger.model.customers.notices import NoticeEvent

#: What a receiver may get: what happened to an invoice, and trouble that is mailed at once, too.
ReceiverEvent = NoticeEvent | Literal["alert"]
RECEIVER_EVENTS: Final[tuple[ReceiverEvent, ...]] = (*get_args(NoticeEvent), "alert")
#: What its test is sent as.
TEST: Final = "test"
#: waiting: to be sent, for the first time or again; sending: on its way, and what became of it is
#: not known before the receiver answers; given_up: tried for long enough.
MessageState = Literal["waiting", "sending", "sent", "given_up"]
#: sent: the receiver took it; later: it did not; unknown: no answer came after it was sent.
DeliveryCode = Literal["sent", "later", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """One address that gets messages of one connection or of all; its secret is kept apart."""

    #: Set by the store.
    id: int = 0
    tenant: str
    address: str
    #: "" for all connections of the tenant.
    connection_id: str = ""
    events: tuple[ReceiverEvent, ...] = RECEIVER_EVENTS
    #: Whether a secret is kept; nothing is sent without.
    has_secret: bool = False
    #: Who added it or changed it last, and when.
    saved_by: str = ""
    saved_at: datetime
    #: Tries since it took something last, and until when it is left in peace.
    failures: int = 0
    rests_until: datetime | None = None

    def wants(self, event: str, connection_id: str) -> bool:
        """Whether it gets what happened there."""
        return event in self.events and self.connection_id in ("", connection_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing that happened, for one receiver."""

    #: Set by the store, rising.
    id: int = 0
    receiver_id: int
    tenant: str
    connection_id: str
    event: str
    #: What it is about, so that it is written once for each receiver.
    key: str
    #: The same however often it is sent; the receiver knows a repeated one by it.
    message_id: str
    #: What is sent, as JSON; empty once it was taken.
    body: str
    state: MessageState = "waiting"
    #: How often it was sent.
    tries: int = 0
    #: How often no answer came, so that it may have arrived although it was sent again.
    unanswered: int = 0
    made_at: datetime
    due_at: datetime
    sent_at: datetime | None = None
    #: What the receiver answered last, or what went wrong; never its words.
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one try."""

    code: DeliveryCode
    #: "HTTP 204", or what went wrong.
    said: str
