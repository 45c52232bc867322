"""How an invoice of Xero reached its customer: its online address, e-mails, opening."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

#: "": nothing was sent; trying: a call is on its way, and what became of it is not known before it
#: answers; done.
DeliveryState = Literal["", "trying", "done"]


#: What came of asking for something of an invoice.
ResultCode = Literal[
    "online",
    "no_online",
    "sent",
    "sent_before",
    "sending",
    "send_unknown",
    "refused",
    "opened",
    "not_seen",
    "not_connected",
    "not_in_xero",
    "not_approved",
    "no_sale",
]


@dataclass(frozen=True, slots=True)
class CustomerResult:
    """What came of asking; `xtiger.panels.customers` says it in words."""

    code: ResultCode
    #: The online address.
    url: str = ""
    #: When it was sent or opened, aware UTC.
    at: datetime | None = None
    #: Xero's own sentence where it refused.
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is known of one invoice beside its values."""

    xero_id: str
    #: The address that its customer opens; "" before somebody asked.
    online_url: str = ""
    #: How often it was sent from here, and the state of the last time.
    sent_times: int = 0
    sending: DeliveryState = ""
    #: When the last sending began, or ended well.
    sent_at: datetime | None = None
    #: When the history was last read, and when the customer opened it by that.
    looked_at: datetime | None = None
    opened_at: datetime | None = None
