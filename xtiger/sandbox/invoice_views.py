"""How invoices look in answers: by themselves, in short, and inside payments."""

from __future__ import annotations

from xtiger.sandbox import contacts, lines
from xtiger.sandbox.envelope import day_text, stamp_string, stamp_text
from xtiger.sandbox.kinds import Context, View
from xtiger.sandbox.state import Raw


def render(context: Context, raw: Raw, view: View) -> Raw:
    """Return an invoice as Xero shows it: full (by id, paged), list (no page) or summary."""
    contact = context.get("Contacts", raw["ContactID"]) or {}
    shown: Raw = {name: raw[name] for name in ("Type", "InvoiceID")}
    shown["InvoiceNumber"] = raw.get("InvoiceNumber", "")
    shown["Reference"] = raw.get("Reference", "")
    shown |= {name: raw[name] for name in ("AmountDue", "AmountPaid", "AmountCredited")}
    shown |= {name: raw[name] for name in ("Url", "BrandingThemeID") if raw.get(name)}
    shown |= {"CurrencyRate": raw["CurrencyRate"], "HasErrors": False}
    shown |= {"IsDiscounted": bool(raw["TotalDiscount"]), "SentToContact": raw["SentToContact"]}
    shown["Contact"] = contacts.nested(contact)
    for name in ("Date", "DueDate", "ExpectedPaymentDate", "PlannedPaymentDate"):
        if raw.get(name):
            shown[name] = day_text(raw[name])
            shown[f"{name}String"] = f"{raw[name]}T00:00:00"
    if raw.get("FullyPaidOnDate"):
        shown["FullyPaidOnDate"] = day_text(raw["FullyPaidOnDate"])
    shown |= {name: raw[name] for name in ("Status", "LineAmountTypes", "CurrencyCode")}
    shown |= {name: raw[name] for name in ("SubTotal", "TotalTax", "Total")}
    if raw["TotalDiscount"]:
        shown["TotalDiscount"] = raw["TotalDiscount"]
    shown["UpdatedDateUTC"] = stamp_text(raw["UpdatedDateUTC"])
    shown["UpdatedDateUTCString"] = stamp_string(raw["UpdatedDateUTC"])
    if view == "summary":
        return shown
    shown |= {"HasAttachments": False, "LineItems": []}
    shown |= {"Payments": [], "CreditNotes": [], "Prepayments": [], "Overpayments": []}
    shown["Payments"] = [
        _payment(row)
        for row in context.find("Payments", "invoice", raw["InvoiceID"])
        if row["Status"] == "AUTHORISED"
    ]
    if view == "full":
        shown["LineItems"] = [lines.render(context, line) for line in raw["LineItems"]]
    return shown


def _payment(row: Raw) -> Raw:
    return {
        "PaymentID": row["PaymentID"],
        "Date": day_text(row["Date"]),
        "Amount": row["Amount"],
        "Reference": row.get("Reference", ""),
        "CurrencyRate": row["CurrencyRate"],
        "HasAccount": False,
        "HasValidationErrors": False,
    }


def nested(context: Context, raw: Raw) -> Raw:
    """Return an invoice as payments show it."""
    contact = context.get("Contacts", raw["ContactID"]) or {}
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
        "Contact": contacts.nested(contact),
        "LineItems": [],
        "CurrencyCode": raw["CurrencyCode"],
    }
