"""Undo and credit: which allocations of a credit note are still the runs' own, and what is then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from xtiger.model.plans import Item
from xtiger.model.records import XeroRecord
from xtiger.model.undo.allocated import Allocated
from xtiger.model.values import as_decimal

#: Statuses of an approved note; one whose credit is used up is PAID.
_APPROVED = ("AUTHORISED", "PAID")
#: What people read of credit that goes.
TAKEN_OFF = {
    "allocation": "{amount} is taken off {invoice}.",
    "note": "Credit note {note} is voided; its number stays taken.",
}


def all_ours(made: Sequence[Allocated], note: Mapping[str, Any]) -> tuple[Allocated, ...] | None:
    """What these runs set of a note against invoices, with the ids of now.

    Empty where nothing stands of it any more. None where the note is no longer approved, or
    somebody set some of it against another invoice, or paid it back: that is theirs.
    """
    used: list[Mapping[str, Any]] = list(note.get("Allocations") or ())
    found = tuple(
        replace(own, allocation_id=str(one["AllocationID"]), amount=_amount(one, "Amount"))
        for one in used
        for own in made
        if one.get("AllocationID") and _is_it(own, one)
    )
    if len(found) != len(used) or note.get("Status") not in _APPROVED:
        return None
    left, total = (_amount(note, name) for name in ("RemainingCredit", "Total"))
    return found if left + sum(one.amount for one in found) == total else None


def note_to_void(made: Allocated, note: Mapping[str, Any]) -> tuple[Allocated, ...] | None:
    """The credit note that was made of a difference, with what is set against its invoice.

    Empty where it is gone; None where somebody changed or used it.
    """
    if note.get("Status") in (None, "VOIDED", "DELETED"):
        return ()
    found = all_ours([made], note)
    if found is None or _amount(note, "Total") != made.total:
        return None
    return found or (made,)


def without_credit(record: XeroRecord, amount: Decimal) -> XeroRecord:
    """A document as it is once so much of its credit is taken off: an invoice, or the note."""
    given = record.raw.get("RemainingCredit")
    raw, values = dict(record.raw), dict(record.values)
    if given is not None:
        raw |= {"RemainingCredit": _amount(raw, "RemainingCredit") + amount, "Allocations": []}
    for name, change in (("AmountCredited", -amount), ("AmountDue", amount)):
        if values.get(name) is not None:
            values[name] = raw[name] = _amount(values, name) + change
    if record.status != "PAID":
        return replace(record, raw=raw, values=values)
    status = "AUTHORISED"
    values["Status"] = raw["Status"] = status
    return replace(record, raw=raw, values=values, status=status)


def taken_off(item: Item) -> list[tuple[str, Mapping[str, str]]]:
    """What an item takes off invoices, as sentences of the catalogue with their data."""
    found: list[tuple[str, Mapping[str, str]]] = []
    for one in item.freed:
        if one.allocation_id:
            data = {"amount": f"{one.amount:.2f}", "invoice": one.invoice}
            found.append((TAKEN_OFF["allocation"], data))
        if one.note:
            found.append((TAKEN_OFF["note"], {"note": one.note}))
    return found


def _is_it(own: Allocated, allocation: Mapping[str, Any]) -> bool:
    """Whether an allocation in Xero is this one: by its id, else by its invoice and amount.

    A note that was made for one invoice is that invoice's with all that is set against it.
    """
    if own.allocation_id:
        return bool(own.allocation_id == allocation["AllocationID"])
    invoice = allocation.get("Invoice") or {}
    same = invoice.get("InvoiceID") == own.invoice_id
    return same and (bool(own.note) or _amount(allocation, "Amount") == own.amount)


def _amount(element: Mapping[str, Any], name: str) -> Decimal:
    return as_decimal(element.get(name)) or Decimal(0)
