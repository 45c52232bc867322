"""The Host protocol: the CRM that the library is plugged into."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from xtiger.model.records import (
    Capabilities,
    Change,
    Currency,
    Document,
    Identity,
    Module,
    OutboxRow,
    Page,
    Record,
    Ref,
    Result,
    Tax,
    Write,
)
from xtiger.model.values import Plain

#: The interface number that this release speaks: another major is refused, an older minor warns.
API = (1, 1)


class Host(Protocol):
    """A CRM, seen by the library: plain values in and out, one result per item.

    Only an unreachable host (HostUnavailable) and a programming error raise; a bad row is a
    result. Ids are text. A host of several tenants answers for the tenant entered last with
    `tenant()`.
    """

    @property
    def name(self) -> str:
        """Short name for people and logs."""
        ...

    @property
    def api(self) -> tuple[int, int]:
        """The interface number that the adapter was written for."""
        ...

    @property
    def caps(self) -> Capabilities:
        """What this host can do, as data."""
        ...

    def identity(self) -> Identity | None:
        """Which CRM this is: an id in its own database, made at the first call and lasting.

        None where nothing can be kept there, as in a remote CRM: then the names of records tell.
        Since 1.1; an adapter without it counts as answering None.
        """
        ...

    def count_run(self) -> Identity | None:
        """Raise the number of runs beside the id by one and answer both, committed at once."""
        ...

    # --- records ---

    def modules(self) -> Sequence[Module]:
        """All modules with their fields; may change while the host runs."""
        ...

    def get(self, module: str, ids: Sequence[str]) -> Mapping[str, Record]:
        """Fresh records by id; ids that do not exist are absent, deleted ones have `deleted`."""
        ...

    def find(self, module: str, field: str, value: Plain, limit: int = 50) -> Sequence[Record]:
        """Records whose field equals the value exactly, ordered by id."""
        ...

    def changed_since(self, module: str, cursor: str | None, limit: int = 200) -> Page:
        """Records changed after the cursor (None: all), each once, none lost between pages.

        The cursor of the last page is the place to go on next time. Hosts without a feed
        answer every record each time.
        """
        ...

    def save(self, module: str, writes: Sequence[Write], origin: str = "") -> Sequence[Result]:
        """Create and change records, one result per write in order.

        Each write is all or nothing; one bad write leaves the others done. With a `key` a
        create is done once: a repeat answers the record made before. `origin` marks the
        change in the outbox.
        """
        ...

    def delete(self, module: str, ids: Sequence[str], origin: str = "") -> Sequence[Result]:
        """Delete records as the host's own users do; one result per id."""
        ...

    # --- transactions and changes ---

    def transaction(self) -> AbstractContextManager[None]:
        """Join the running transaction or begin one; nested is a savepoint."""
        ...

    def note(self, change: Change) -> None:
        """Put a change into xt_outbox within the running transaction, folded into one row."""
        ...

    def outbox(self, now: datetime, limit: int = 200) -> Sequence[OutboxRow]:
        """Rows of xt_outbox that are due, oldest first."""
        ...

    def outbox_done(self, rows: Sequence[OutboxRow]) -> int:
        """Delete the rows that still have the generation read; returns how many were."""
        ...

    def on_commit(self, call: Callable[[], None]) -> None:
        """Call after the running transaction commits: a wake-up hint only, may be lost."""
        ...

    # --- people and tenants ---

    def tenants(self) -> Sequence[str]:
        """Ids of the host's tenants; [""] where there is only one."""
        ...

    def tenant(self, tenant: str) -> AbstractContextManager[None]:
        """Answer for this tenant within the block."""
        ...

    def url(self, ref: Ref) -> str | None:
        """The address of the record's page in the CRM; None where there is none."""
        ...

    def invoice_of_sale(self, ref: Ref) -> Write | None:
        """The invoice that a won sale becomes, as one to create; None where the CRM makes none.

        It is saved under a key of the sale, so that a sale never becomes two invoices. An adapter
        without it counts as answering None.
        """
        ...

    def document(self, ref: Ref) -> Document | None:
        """The CRM's own document of a record, such as the PDF of an invoice; None without one.

        Asked for only where a mapping attaches it. An adapter without it counts as answering None.
        """
        ...

    # --- money ---

    def base_currency(self) -> str:
        """The three letters of the CRM's own currency."""
        ...

    def currencies(self) -> Sequence[Currency]:
        """The currencies in use."""
        ...

    def rate(self, code: str, on: date) -> Decimal | None:
        """Base units per 1 of the currency on that day; None when not known, never a guess."""
        ...

    def taxes(self) -> Sequence[Tax]:
        """The CRM's taxes; empty where it has no table of them."""
        ...

    def save_taxes(self, taxes: Sequence[Tax]) -> None:
        """Take taxes of Xero into the table: one without an id is new, else its percentage changed.

        Called only where `caps.takes_taxes` says so; an adapter without it needs none.
        """
        ...
