"""What a panel is decided from, and the choices that it offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from xtiger.errors import Mismatch
from xtiger.hookspecs import PanelRow, RecordAction
from xtiger.model.connections import Connection
from xtiger.model.customers.deliveries import Delivery
from xtiger.model.customers.document_money import Balance
from xtiger.model.links import Link
from xtiger.model.runs import Asked, Outcome
from xtiger.rules.kinds import DOCUMENT_TYPES

#: Roles of the fields that the panel edits.
ALLOW_SYNC = "xtiger.allow_sync"
STATUS = "xtiger.status"
INVOICE_TYPE = "xtiger.invoice_type"
#: What a person may choose as Xero Status; "" leaves it to the mapping.
STATUSES = ("", "DRAFT", "SUBMITTED", "AUTHORISED")
#: The Xero Invoice Types that are sent.
INVOICE_TYPES = tuple(DOCUMENT_TYPES)


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelFacts:
    """Everything that a panel is decided from."""

    module: str
    record_id: str
    #: Aware UTC.
    now: datetime
    locale: str = "en"
    #: None where nothing is connected.
    connection: Connection | None = None
    #: The base currencies of the CRM and of Xero where they differ: then nothing is synced.
    currencies: tuple[str, str] | None = None
    #: Why the CRM is not the one that is linked, and its name; nothing else is shown then.
    mismatch: Mismatch | None = None
    crm: str = ""
    #: Why an active connection must be connected again: its tokens cannot be read, or they do not
    #: let the module be read; "" when all is well.
    reconnect: Literal["", "key_lost", "scope_missing"] = ""
    link: Link | None = None
    #: The Xero element as last seen, numbers as Decimal.
    shadow: Mapping[str, Any] | None = None
    #: What the line Rounding in Xero adds to the total; 0 where there is none.
    rounding: Decimal = Decimal(0)
    #: What a customer owes and has, for each currency; nothing for other records.
    balances: Sequence[Balance] = ()
    #: How an invoice reached its customer; None where nothing is known.
    delivery: Delivery | None = None
    #: The newest outcome of the record, with what happened and what to do next.
    outcome: Outcome | None = None
    sentences: tuple[str, str] = ("", "")
    allow_sync: bool = True
    #: Whether Allow XTiger Sync decides; else all records of the module are synced.
    selects: bool = True
    #: The record was changed after its newest outcome, and no run has looked at it since.
    waiting: bool = False
    #: A person's request to send it that is carried out later.
    asked: Asked | None = None
    #: The record's own choice of STATUSES; None for modules without one.
    xero_status: str | None = None
    #: One of INVOICE_TYPES; None for modules without one.
    invoice_type: str | None = None
    #: The address of the record in Xero; None leaves the link out.
    view_url: str | None = None
    #: Where the web layer is mounted in the host, such as "/crm".
    url_prefix: str = ""
    #: The address that the panel's form posts to; "" is the one of the web layer.
    action_url: str = ""
    #: What extensions add.
    rows: Sequence[PanelRow] = ()
    actions: Sequence[RecordAction] = ()
    #: Sentences about extensions whose rows or buttons could not be shown.
    problems: Sequence[str] = ()
