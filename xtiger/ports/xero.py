"""The Xero protocol: what the engine asks of one connected organisation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from xtiger.model.records import Document
from xtiger.model.values import Plain

#: How urgent the work of a call is, most urgent first: what a person saved or waits for, what
#: is due by a schedule, and the reading or sending of everything. Decides who gets the day's last
#: calls.
Priority = Literal["save", "schedule", "backfill"]
#: The lists of an organisation that are read whole.
SettingsKind = Literal["Account", "TaxRate", "Currency", "TrackingCategory", "BrandingTheme"]


@dataclass(frozen=True, slots=True)
class XeroPage:
    """One page of elements as Xero answered them: JSON with Decimal numbers."""

    elements: tuple[Mapping[str, Plain], ...]
    #: The server's own time of the answer: the next If-Modified-Since is taken from it.
    server_time: datetime
    page: int = 1
    page_count: int = 1


@dataclass(frozen=True, slots=True)
class ElementAnswer:
    """Xero's answer to one element of a batch, in the order sent."""

    ok: bool
    #: The element as answered; its id is only to be trusted when ok.
    element: Mapping[str, Plain]
    #: Xero's messages, whole, from every depth of the element.
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    #: Xero's own id of the call, for its support; "" where no call answered.
    correlation_id: str = ""


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """One write: the same bytes and key are sent again when it is repeated in time.

    A DELETE names one element in its path and has no body.
    """

    method: Literal["PUT", "POST", "DELETE"]
    #: Path below /api.xro/2.0, such as "/Contacts".
    path: str
    body: bytes
    #: The Idempotency-Key, at most 128 characters; "" sends none.
    key: str
    query: Mapping[str, str] = field(default_factory=dict)


class Xero(Protocol):
    """One connected organisation; every call goes through its limiter and the call log.

    Raises RetryLater errors (XeroUnreachable, XeroUnavailable, RateLimited), AnswerUnknown
    for a write without usable answer, ConnectionEnded, ScopeMissing, XeroRejected for a
    request refused as a whole, UnreadableAnswer.
    """

    def organisation(self) -> Mapping[str, Plain]:
        """The Organisation element, fresh."""
        ...

    def settings(self, kind: SettingsKind) -> XeroPage:
        """All of a list of settings, such as the accounts, in one call."""
        ...

    def read(self, kind: str, *, since: datetime | None = None) -> Iterator[XeroPage]:
        """Page through a kind over an immutable order, archived ones included.

        `since` asks for what changed since (If-Modified-Since, overlap added here). Yields at
        least one page; with an empty one when nothing changed.
        """
        ...

    def fetch(self, kind: str, ids: Sequence[str]) -> Sequence[Mapping[str, Plain]]:
        """Elements by id, in batches; ids that Xero does not know are absent."""
        ...

    def look_up(self, kind: str, field: str, value: str) -> Sequence[Mapping[str, Plain]]:
        """Elements whose natural key equals the value exactly, archived ones included."""
        ...

    def send(self, request: WriteRequest) -> Sequence[ElementAnswer]:
        """Send one batch with summarizeErrors=false; one answer per element, in order.

        Repeats no write unasked, but after a refusal that comes before processing
        (429 within the waiting budget, 401 with an expired token).
        """
        ...

    def online_url(self, invoice_id: str) -> str:
        """The address that an invoice's customer opens; "" where Xero has none."""
        ...

    def history(self, invoice_id: str) -> Sequence[Mapping[str, Plain]]:
        """The entries of an invoice's history, newest first."""
        ...

    def email(self, invoice_id: str, key: str) -> None:
        """Let Xero send an invoice to its customer, once for each key; raises XeroRejected."""
        ...

    def attached(self, invoice_id: str) -> Sequence[str]:
        """The names of the files attached to an invoice."""
        ...

    def attach(self, invoice_id: str, name: str, document: Document, key: str) -> None:
        """Attach a file to an invoice, in place of one of this name; raises XeroRejected."""
        ...

    @property
    def calls(self) -> int:
        """Calls to /api.xro made through this object so far."""
        ...
