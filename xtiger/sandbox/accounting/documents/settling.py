"""What money and credit do to documents: paid, credited, due, left, and PAID by it."""

from __future__ import annotations

from decimal import Decimal

from xtiger.sandbox.accounting.documents.documents import APPROVED, GONE
from xtiger.sandbox.accounting.envelope import day_text
from xtiger.sandbox.accounting.kinds import Context, number
from xtiger.sandbox.state import Raw

#: Kinds whose remaining credit can be allocated, and the name of their ids.
CREDITS = {
    "CreditNotes": "CreditNoteID",
    "Prepayments": "PrepaymentID",
    "Overpayments": "OverpaymentID",
}


def payments(context: Context, document_id: str) -> list[Raw]:
    """Return the payments of a document that are not deleted."""
    found = context.find("Payments", "document", document_id)
    return [row for row in found if row["Status"] == "AUTHORISED"]


def allocations(context: Context, document_id: str) -> list[Raw]:
    """Return the allocations that come from a credit, or go to an invoice."""
    given = context.find("Allocations", "credit", document_id)
    return given or context.find("Allocations", "invoice", document_id)


def settle(context: Context, after: Raw) -> None:
    """Set paid, credited, due and PAID or AUTHORISED of an invoice, in place."""
    moved = [*payments(context, after["InvoiceID"])]
    credit = allocations(context, after["InvoiceID"])
    paid = _sum(moved)
    credited = _sum(credit)
    due = number(after, "Total") - paid - credited
    if after["Status"] in GONE:
        due = Decimal("0.00")
    after |= {"AmountPaid": paid, "AmountDue": due, "AmountCredited": credited}
    _close(after, [*moved, *credit], due)
    if after["Status"] == "AUTHORISED" and not (moved or credit or number(after, "Total")):
        # Nothing to pay: paid as soon as it is approved.
        after |= {"Status": "PAID", "FullyPaidOnDate": after["Date"]}


def settle_credit(context: Context, kind: str, after: Raw) -> None:
    """Set what is left of a credit note, prepayment or overpayment, in place."""
    used = [
        *payments(context, after[CREDITS[kind]]),
        *context.find("Allocations", "credit", after[CREDITS[kind]]),
    ]
    left = number(after, "Total") - _sum(used)
    if after["Status"] in GONE:
        left = Decimal("0.00")
    after |= {"RemainingCredit": left, "AppliedAmount": _sum(used)}
    _close(after, used, left)


def refresh(context: Context, kind: str, document_id: str) -> None:
    """Settle a stored document after a payment or allocation came or went; its stamp moves."""
    before = context.get(kind, document_id)
    assert before is not None
    after = before | {"UpdatedDateUTC": context.stamp}
    if kind == "Invoices":
        settle(context, after)
    else:
        settle_credit(context, kind, after)
    context.put(kind, document_id, after)


def _close(after: Raw, moved: list[Raw], left: Decimal) -> None:
    after.pop("FullyPaidOnDate", None)
    if after["Status"] not in APPROVED:
        return
    after["Status"] = "PAID" if moved and left == 0 else "AUTHORISED"
    if after["Status"] == "PAID":
        after["FullyPaidOnDate"] = max(row["Date"] for row in moved)


def _sum(rows: list[Raw]) -> Decimal:
    return sum((number(row, "Amount") for row in rows), Decimal("0.00"))


def shown_payments(context: Context, document_id: str) -> list[Raw]:
    """Return the payments of a document as the document shows them."""
    return [
        {
            "PaymentID": row["PaymentID"],
            "Date": day_text(row["Date"]),
            "Amount": row["Amount"],
            "Reference": row.get("Reference", ""),
            "CurrencyRate": row["CurrencyRate"],
            "HasAccount": False,
            "HasValidationErrors": False,
        }
        for row in payments(context, document_id)
    ]
