"""Which changes are events, and how an event looks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from xtiger.sandbox.state import Raw

#: Kinds of objects that have events, and their category.
_KINDS = {
    "Contacts": "CONTACT",
    "Invoices": "INVOICE",
    "CreditNotes": "CREDITNOTE",
    "Prepayments": "PREPAYMENT",
    "Overpayments": "OVERPAYMENT",
}
CATEGORIES = (*_KINDS.values(), "SUBSCRIPTION")
#: What money moves on a document.
_MONEY = frozenset(
    (
        "AmountPaid",
        "AmountDue",
        "AmountCredited",
        "Status",
        "FullyPaidOnDate",
        "UpdatedDateUTC",
    )
)


@dataclass(frozen=True, slots=True)
class Change:
    """One object before and after a transaction."""

    #: Organisation, kind and id.
    key: tuple[str, str, str]
    before: Raw | None
    after: Raw | None


def events_of(change: Change, now: dt.datetime, *, money: bool) -> list[Raw]:
    """Return the event of a change, or none; `money`: whether payments count on invoices."""
    tenant, kind, object_id = change.key
    before, after = change.before, change.after
    if kind not in _KINDS or after is None:
        return []
    # A change that moves no timestamp, such as IsCustomer, is none for the outside.
    if before is not None and _changed(before, after) <= _QUIET:
        return []
    if before is not None and kind == "Invoices" and not money and _only_money(before, after):
        return []
    found = event(
        tenant,
        _KINDS[kind],
        f"https://api.xero.com/api.xro/2.0/{kind}/{object_id}",
        object_id,
        "CREATE" if before is None else "UPDATE",
        now,
    )
    if kind == "CreditNotes":
        found["data"] = {"Type": after["Type"], "Status": after["Status"]}
    return [found]


_QUIET = frozenset(("IsCustomer", "IsSupplier", "DueDate", "SentToContact"))


def _changed(before: Raw, after: Raw) -> set[str]:
    return {name for name in before | after if before.get(name) != after.get(name)}


def _only_money(before: Raw, after: Raw) -> bool:
    moved = before["AmountPaid"] != after["AmountPaid"]
    moved |= before["AmountCredited"] != after["AmountCredited"]
    return moved and _changed(before, after) <= _MONEY


# size: six plain values, each needed
def event(
    tenant: str, category: str, url: str, resource_id: str, kind: str, now: dt.datetime
) -> Raw:
    """Return an event; `kind`: CREATE or UPDATE. Its day and time have no zone, as Xero's."""
    return {
        "resourceUrl": url,
        "resourceId": resource_id,
        "tenantId": tenant,
        "tenantType": "APPLICATION" if category == "SUBSCRIPTION" else "ORGANISATION",
        "eventCategory": category,
        "eventType": kind,
        "eventDateUtc": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}",
    }
