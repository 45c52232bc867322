"""What changed in Xero since a place, as the library keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from xtiger.model.values import Plain


@dataclass(frozen=True, slots=True)
class XeroChange:
    """One record of Xero that was read or answered since, as it is kept now."""

    connection_id: str
    #: Xero's kind: Contact, Item, Invoice, Payment, CreditNote, BankTransaction …
    kind: str
    xero_id: str
    #: When Xero gave it, aware UTC.
    seen_at: datetime
    #: Whether it no longer counts: voided, deleted, archived, or missing in a whole read.
    is_gone: bool
    #: Xero's element as it came; of one that is gone without a trace as it was last.
    record: Mapping[str, Plain]


@dataclass(frozen=True, slots=True)
class XeroChanges:
    """One page of changes, each record once, and the place from where to go on."""

    changes: tuple[XeroChange, ...]
    #: Give it as `since` next time, in this process or in another.
    cursor: str
    #: Whether there is more now; a page may hold fewer than were asked for and yet be followed.
    more: bool


@dataclass(frozen=True, slots=True)
class ChangePlace:
    """Where a reader of changes got to; its text is the cursor."""

    connection_id: str
    #: The last number that was given.
    number: int = 0
    #: The kinds that are read, by name; empty for all.
    kinds: tuple[str, ...] = ()
