"""Merging of contacts, which only people do, in Xero's own pages."""

from __future__ import annotations

from xtiger.sandbox.accounting.kinds import Context

_DOCUMENTS = (
    "Invoices",
    "CreditNotes",
    "BankTransactions",
    "Prepayments",
    "Overpayments",
    "Quotes",
    "PurchaseOrders",
)


def merge(context: Context, contact_id: str, into_id: str) -> None:
    """Archive a contact, let it point to another one, and give that one its documents."""
    old, new = context.get("Contacts", contact_id), context.get("Contacts", into_id)
    if old is None or new is None or old is new:
        raise LookupError("Two contacts of the organisation are needed to merge.")
    moved = {"UpdatedDateUTC": context.stamp}
    with context.state.transaction():
        gone = {"ContactStatus": "ARCHIVED", "MergedToContactID": into_id}
        context.put("Contacts", contact_id, old | gone | moved)
        flags = {name: old[name] or new[name] for name in ("IsCustomer", "IsSupplier")}
        context.put("Contacts", into_id, new | flags | moved)
        for kind in _DOCUMENTS:
            name = f"{kind[:-1]}ID"
            for row in context.all(kind):
                if row["ContactID"] == contact_id:
                    context.put(kind, row[name], row | {"ContactID": into_id} | moved)
