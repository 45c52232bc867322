"""What a call works on: the kinds by which a kill chooses the call that it comes at."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from xtiger.model.calls import Batch
from xtiger.model.plans import Item
from xtiger.model.runs import Outcome
from xtiger.ports.xero import WriteRequest

#: Module of the CRM → kind.
KINDS = {
    "Organizations": "Contact",
    "Contacts": "Person",
    "Products": "Item",
    "Services": "Item",
    "Invoices": "Invoice",
    "Payments": "Payment",
}
#: A CRM contact without organisation, which is a contact of its own in Xero.
ALONE = "Person alone"
#: Of a changed payment, the half that takes the old one away.
GIVEN_UP = "Payment given up"


def anything(*_given: Any, **_named: Any) -> Collection[str]:
    """No kind: the point is none of records."""
    return ()


def of_request(_door: Any, request: WriteRequest) -> Collection[str]:
    """Of XeroOrganisation.send()."""
    plural = request.path.split("/")[1]
    if plural == "Payments" and request.method != "PUT":
        return (GIVEN_UP,)
    if plural == "Contacts" and b"ContactPersons" in request.body:
        return ("Person",)
    if plural == "Contacts" and b'"XTC-' in request.body:
        return (ALONE,)
    return (plural.removesuffix("s"),)


def of_batch(_store: Any, batch: Batch) -> Collection[str]:
    """Of SqlStore.open_batch() and save_batch()."""
    return (batch.kind,)


def of_rows(_booking: Any, block: Any) -> Collection[str]:
    """Of Booking._write(): what has a new base."""
    return {_kind(item) for item, _ in block.settled} if block.changed else ()


def of_item(_booking: Any, item: Item, *_given: Any, **_named: Any) -> Collection[str]:
    """Of Booking.agree()."""
    return (_kind(item),)


def of_writes(_host: Any, module: str, *_given: Any, **_named: Any) -> Collection[str]:
    """Of MemoryHost.save()."""
    return (KINDS[module],)


def of_outcomes(_store: Any, outcomes: Sequence[Outcome]) -> Collection[str]:
    """Of SqlStore.add_outcomes()."""
    return {_kind(outcome) for outcome in outcomes}


def _kind(of: Item | Outcome) -> str:
    return ALONE if (of.module, of.kind) == ("Contacts", "Contact") else of.kind
