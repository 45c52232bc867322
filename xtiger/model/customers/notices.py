"""Notices: what happened to an invoice in Xero that people want to know, each once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal, get_args

from xtiger.model.records import Ref

#: opened: Xero's history of the invoice says that the customer saw it online.
NoticeEvent = Literal["paid", "part_paid", "overdue", "voided", "opened"]
NOTICE_EVENTS: Final[tuple[NoticeEvent, ...]] = get_args(NoticeEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that happened to an invoice; its id is the same however often it is delivered."""

    id: int
    connection_id: str
    event: NoticeEvent
    #: When it was seen, aware UTC.
    at: datetime
    xero_id: str
    #: The invoice of the CRM.
    ref: Ref | None = None
    number: str = ""
    currency: str = ""
    total: Decimal = Decimal(0)
    settled: Decimal = Decimal(0)
    left: Decimal = Decimal(0)
    due_day: date | None = None
    #: The process ended while it was delivered: who took it then gets it once more.
    is_repeated: bool = False
