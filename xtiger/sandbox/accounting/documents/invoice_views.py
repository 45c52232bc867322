"""How invoices look in answers: by themselves, in short, and inside payments."""

from __future__ import annotations

from xtiger.sandbox.accounting import attachments
from xtiger.sandbox.accounting.documents import documents, lines, settling
from xtiger.sandbox.accounting.envelope import day_text
from xtiger.sandbox.accounting.kinds import Context, View
from xtiger.sandbox.state import Raw


def render(context: Context, raw: Raw, view: View) -> Raw:
    """Return an invoice as Xero shows it: full (by id, paged), list (no page) or summary."""
    shown: Raw = {name: raw[name] for name in ("Type", "InvoiceID")}
    shown["InvoiceNumber"] = raw.get("InvoiceNumber", "")
    shown["Reference"] = raw.get("Reference", "")
    shown |= {name: raw[name] for name in ("AmountDue", "AmountPaid", "AmountCredited")}
    shown |= documents.picked(raw, "Url", "BrandingThemeID", "RepeatingInvoiceID")
    shown |= documents.picked(raw, "SalesTaxCalculationTypeCode")
    shown |= {"CurrencyRate": raw["CurrencyRate"], "HasErrors": False}
    shown |= {"IsDiscounted": bool(raw["TotalDiscount"]), "SentToContact": raw["SentToContact"]}
    shown["Contact"] = documents.shown_contact(context, raw)
    shown |= documents.shown_days(
        raw, "Date", "DueDate", "ExpectedPaymentDate", "PlannedPaymentDate"
    )
    if raw.get("FullyPaidOnDate"):
        shown["FullyPaidOnDate"] = day_text(raw["FullyPaidOnDate"])
    shown |= {name: raw[name] for name in ("Status", "LineAmountTypes", "CurrencyCode")}
    shown |= {name: raw[name] for name in ("SubTotal", "TotalTax", "Total")}
    if raw["TotalDiscount"]:
        shown["TotalDiscount"] = raw["TotalDiscount"]
    shown |= documents.shown_stamp(raw)
    if view == "summary":
        return shown
    shown |= {"HasAttachments": attachments.has(context, raw["InvoiceID"]), "LineItems": []}
    shown |= {"Payments": settling.shown_payments(context, raw["InvoiceID"])}
    shown |= _credits(context, raw)
    if view == "full":
        shown["LineItems"] = [lines.render(context, line) for line in raw["LineItems"]]
    return shown


def _credits(context: Context, raw: Raw) -> Raw:
    """Return the credit notes, prepayments and overpayments applied to an invoice."""
    shown: Raw = {kind: [] for kind in settling.CREDITS}
    for row in context.find("Allocations", "invoice", raw["InvoiceID"]):
        name = settling.CREDITS[row["Kind"]]
        credit = context.get(row["Kind"], row["CreditID"]) or {}
        part: Raw = {name: row["CreditID"], "AppliedAmount": row["Amount"]}
        part |= {"Date": day_text(row["Date"]), "LineItems": [], "Total": credit["Total"]}
        if row["Kind"] == "CreditNotes":
            part["CreditNoteNumber"] = credit.get("CreditNoteNumber", "")
        shown[row["Kind"]].append(part)
    return shown


def nested(context: Context, raw: Raw) -> Raw:
    """Return an invoice as payments show it."""
    return {
        "Type": raw["Type"],
        "InvoiceID": raw["InvoiceID"],
        "InvoiceNumber": raw.get("InvoiceNumber", ""),
        "Payments": [],
        "CreditNotes": [],
        "Prepayments": [],
        "Overpayments": [],
        "HasErrors": False,
        "IsDiscounted": False,
        "Contact": documents.shown_contact(context, raw),
        "LineItems": [],
        "CurrencyCode": raw["CurrencyCode"],
    }
