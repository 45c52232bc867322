"""Batch payments: several invoices of one side paid by one movement on the bank account."""

from __future__ import annotations

from decimal import Decimal

from xtiger.sandbox.accounting import messages
from xtiger.sandbox.accounting.documents import documents, payments
from xtiger.sandbox.accounting.envelope import Invalid, stamp_text
from xtiger.sandbox.accounting.kinds import Context, Kind, Saving, View, number
from xtiger.sandbox.accounting.shapes import Choice, Day, Guid, Part, Rows, Shape, Text, parse
from xtiger.sandbox.state import Raw

_TEXTS = ("Reference", "Particulars", "Code", "Details", "Narrative")
_SHAPE: Shape = {
    "BatchPaymentID": Guid(),
    "Account": Part({"AccountID": Guid(), "Code": Text()}),
    "Date": Day(),
    "Status": Choice("BatchPaymentStatus", frozenset(("AUTHORISED", "DELETED"))),
    "Payments": Rows(payments.SHAPE),
    **{name: Text(255) for name in _TEXTS},
}


def save(context: Context, element: Raw, saving: Saving) -> tuple[Raw, list[str]]:
    """Create a batch with its payments, or delete one and all of its payments."""
    errors: list[str] = []
    given = parse(element, _SHAPE, errors)
    if errors:
        raise Invalid(errors)
    wanted = saving.path_id or given.get("BatchPaymentID")
    if not saving.create_only:
        before = context.get("BatchPayments", wanted) if wanted else None
        if before is None or before["Status"] == "DELETED" or given.get("Status") != "DELETED":
            raise Invalid([messages.OWN_BATCH_STATUS])
        return _deleted(context, before), []
    if not given.get("Payments") or "Account" not in given:
        raise Invalid([messages.OWN_BATCH_NEEDS])
    date = given.get("Date", context.today)
    batch_id = context.new_id()
    rows = []
    for row in given["Payments"]:
        made, _ = payments.save(
            context, row | {"Account": given["Account"], "Date": date}, Saving(create_only=True)
        )
        rows.append(made | {"BatchPaymentID": batch_id})
        context.put("Payments", made["PaymentID"], rows[-1])
    if len({row["PaymentType"] for row in rows}) > 1 or "InvoiceID" not in rows[0]:
        raise Invalid([messages.OWN_BATCH_SIDE])
    sale = rows[0]["PaymentType"] == "ACCRECPAYMENT"
    after: Raw = {
        "BatchPaymentID": batch_id,
        "AccountID": rows[0]["AccountID"],
        "Date": date,
        "Type": "RECBATCH" if sale else "PAYBATCH",
        "Status": "AUTHORISED",
        "TotalAmount": sum((number(row, "Amount") for row in rows), Decimal("0.00")),
        "payments": [row["PaymentID"] for row in rows],
        "UpdatedDateUTC": context.stamp,
    } | {name: given[name] for name in _TEXTS if name in given}
    context.put("BatchPayments", batch_id, after)
    return after, []


def _deleted(context: Context, before: Raw) -> Raw:
    documents.check_lock(context, before["Date"])
    for payment_id in before["payments"]:
        payments.delete(context, payment_id)
    after = before | {"Status": "DELETED", "payments": [], "UpdatedDateUTC": context.stamp}
    context.put("BatchPayments", before["BatchPaymentID"], after)
    return after


def render(context: Context, raw: Raw, _view: View) -> Raw:
    """Return a batch as Xero shows it, with its payments in short."""
    account = context.get("Accounts", raw["AccountID"]) or {}
    shown: Raw = {"Account": documents.picked(account, "AccountID", "CurrencyCode")}
    shown |= documents.picked(raw, *_TEXTS, "BatchPaymentID")
    shown |= documents.shown_days(raw, "Date")
    rows = [context.get("Payments", payment_id) or {} for payment_id in raw["payments"]]
    shown["Payments"] = [
        {
            "Invoice": {"InvoiceID": row["InvoiceID"], "LineItems": []},
            "PaymentID": row["PaymentID"],
            "Amount": row["Amount"],
            "BankAmount": row["BankAmount"],
        }
        for row in rows
    ]
    shown |= {name: raw[name] for name in ("Type", "Status", "TotalAmount")}
    return shown | {"IsReconciled": False, "UpdatedDateUTC": stamp_text(raw["UpdatedDateUTC"])}


KIND = Kind(
    plural="BatchPayments",
    id_field="BatchPaymentID",
    render=render,
    save=save,
    fields=frozenset(("BatchPaymentID", "Date", "Type", "Status", "TotalAmount", "Reference"))
    | {"UpdatedDateUTC"},
    rows=frozenset(("Payments",)),
    notes="kept",
)
