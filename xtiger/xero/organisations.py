"""One connected organisation: the Xero protocol made of client, reader and writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from xtiger.errors import ConnectionEnded
from xtiger.model.connections import Connection
from xtiger.model.records import Document
from xtiger.ports.clock import Clock
from xtiger.ports.store import CallStore, RunStore
from xtiger.ports.xero import ElementAnswer, Priority, SettingsKind, WriteRequest, XeroPage
from xtiger.settings import Settings
from xtiger.xero.budget import KEPT, RUNS_ASKED, calls_a_day, priority_of
from xtiger.xero.client import XeroClient
from xtiger.xero.invoice_calls import InvoiceCalls
from xtiger.xero.limits import PATIENCE_SECONDS, Limiter
from xtiger.xero.oauth import disconnect
from xtiger.xero.reader import XeroReader
from xtiger.xero.tokens import TokenKeeper, TokenStore
from xtiger.xero.transport import Http
from xtiger.xero.writer import XeroWriter

if TYPE_CHECKING:
    from xtiger.ports.xero import Xero


class XeroStore(TokenStore, RunStore, CallStore, Protocol):
    """What of the store a door to Xero needs."""


class XeroOrganisation:
    """A connected organisation; safe to share by threads. Close it when done."""

    def __init__(
        self,
        connection: Connection,
        settings: Settings,
        store: XeroStore,
        clock: Clock,
        run_id: str | None = None,
        *,
        priority: Priority | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
        http: Http | None = None,
        before_write: Callable[[], None] | None = None,
        until: datetime | None = None,
    ) -> None:
        """`priority`: how much of the day's calls is left to others; None: as the run demands.

        `patience_seconds`: longest wait for a limit before RateLimited; `http` to share one.
        `before_write` is called just before each write leaves; what it raises keeps it here.
        `until`: no wait for a limit, a pause, a token or an answer lasts longer.
        """
        self._own = http is None
        self._http = http or Http()
        self.connection = connection
        if priority is None:
            priority = priority_of(run_id, store.runs([connection.id], RUNS_ASKED))
        self._client = XeroClient(
            connection,
            settings,
            TokenKeeper(store, settings, clock, self._http, until),
            _limiter(connection.id, settings, store, clock, priority, patience_seconds, until),
            store,
            clock,
            run_id,
            http=self._http,
            before_write=before_write,
            until=until,
        )
        self._reader = XeroReader(self._client)
        self._writer = XeroWriter(self._client)
        self._invoices = InvoiceCalls(self._client)

    def organisation(self) -> Mapping[str, Any]:
        """The Organisation element, fresh."""
        return self._reader.organisation()

    def settings(self, kind: SettingsKind) -> XeroPage:
        """All of a list of settings, such as the accounts, in one call."""
        return self._reader.whole(kind)

    def read(self, kind: str, *, since: datetime | None = None) -> Iterator[XeroPage]:
        """Page through a kind; see XeroReader.read."""
        return self._reader.read(kind, since)

    def fetch(self, kind: str, ids: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """Elements by id, in batches, in the order asked; unknown ids are absent."""
        return self._reader.fetch(kind, ids)

    def look_up(self, kind: str, field: str, value: str) -> Sequence[Mapping[str, Any]]:
        """Elements whose field equals the value exactly; see XeroReader.look_up."""
        return self._reader.look_up(kind, field, value)

    def send(self, request: WriteRequest) -> Sequence[ElementAnswer]:
        """Send one batch; one answer per element, in order. See XeroWriter.send."""
        return self._writer.send(request)

    def online_url(self, invoice_id: str) -> str:
        """The address that an invoice's customer opens; see InvoiceCalls."""
        return self._invoices.online_url(invoice_id)

    def history(self, invoice_id: str) -> Sequence[Mapping[str, Any]]:
        """The entries of an invoice's history, newest first."""
        return self._invoices.history(invoice_id)

    def email(self, invoice_id: str, key: str) -> None:
        """Let Xero send an invoice to its customer, once for each key."""
        self._invoices.email(invoice_id, key)

    def attached(self, invoice_id: str) -> Sequence[str]:
        """The names of the files attached to an invoice."""
        return self._invoices.attached(invoice_id)

    def attach(self, invoice_id: str, name: str, document: Document, key: str) -> None:
        """Attach a file to an invoice, in place of one of this name."""
        self._invoices.attach(invoice_id, name, document, key)

    @property
    def calls(self) -> int:
        """Calls to the Accounting API made through this object so far."""
        return self._client.calls

    def close(self) -> None:
        """Close the connections to Xero, unless they are shared."""
        if self._own:
            self._http.close()


def _limiter(
    connection_id: str,
    settings: Settings,
    store: XeroStore,
    clock: Clock,
    priority: Priority,
    patience_seconds: float,
    until: datetime | None,
) -> Limiter:
    return Limiter(
        store,
        clock,
        connection_id,
        patience_seconds=patience_seconds,
        keep=KEPT[priority],
        day_calls=calls_a_day(settings.xero_tier) if settings.xero_tier else 0,
        until=until,
    )


def open_organisation(
    connection: Connection,
    settings: Settings,
    store: XeroStore,
    clock: Clock,
    run_id: str | None = None,
    *,
    patience_seconds: float = PATIENCE_SECONDS,
) -> XeroOrganisation:
    """The door to a connected organisation; `run_id` goes into the call log."""
    return XeroOrganisation(
        connection, settings, store, clock, run_id, patience_seconds=patience_seconds
    )


def end_connection(
    connection: Connection, settings: Settings, store: XeroStore, clock: Clock
) -> None:
    """End a connection at Xero with a fresh token; one that has ended already is fine.

    What the store keeps is left as it is, unless Xero says that the connection has ended.
    Raises XeroUnreachable, XeroUnavailable, CredentialsRefused.
    """
    http = Http()
    try:
        keeper = TokenKeeper(store, settings, clock, http)
        keeper.access(connection.id)
        tokens = store.tokens(connection.id)
        if tokens is not None:
            disconnect(settings, clock, tokens, connection.xero_connection_id, http)
    except ConnectionEnded:
        return
    finally:
        http.close()


if TYPE_CHECKING:

    def _fits(organisation: XeroOrganisation) -> Xero:
        """The type checker proves here that the protocol is met."""
        return organisation
