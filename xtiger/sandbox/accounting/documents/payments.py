"""Payments: made against authorised documents, never edited, deleted by status."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from xtiger.sandbox.accounting import messages
from xtiger.sandbox.accounting.documents import creditnotes, documents, invoice_views, invoices
from xtiger.sandbox.accounting.documents.settling import refresh
from xtiger.sandbox.accounting.envelope import Invalid, day_text, stamp_string, stamp_text
from xtiger.sandbox.accounting.kinds import Context, Kind, Saving, View, folded, number, rounded
from xtiger.sandbox.accounting.shapes import (
    Choice,
    Day,
    Flag,
    Guid,
    Number,
    Part,
    Shape,
    Text,
    parse,
)
from xtiger.sandbox.state import Raw

SHAPE: Shape = {
    "PaymentID": Guid(),
    "Invoice": Part({"InvoiceID": Guid(), "InvoiceNumber": Text()}),
    "CreditNote": Part({"CreditNoteID": Guid(), "CreditNoteNumber": Text()}),
    "Prepayment": Part({"PrepaymentID": Guid()}),
    "Overpayment": Part({"OverpaymentID": Guid()}),
    "InvoiceNumber": Text(),
    "CreditNoteNumber": Text(),
    "Account": Part({"AccountID": Guid(), "Code": Text()}),
    "Code": Text(),
    "Date": Day(),
    "Amount": Number(),
    "BankAmount": Number(),
    "CurrencyRate": Number(),
    "Reference": Text(255),
    "IsReconciled": Flag(),
    "Status": Choice("PaymentStatus", frozenset(("AUTHORISED", "DELETED"))),
}

#: Kind of document → its id and the payment type of its own types.
_DOCUMENTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "Invoices": ("InvoiceID", {"ACCREC": "ACCRECPAYMENT", "ACCPAY": "ACCPAYPAYMENT"}),
    "CreditNotes": (
        "CreditNoteID",
        {"ACCRECCREDIT": "ARCREDITPAYMENT", "ACCPAYCREDIT": "APCREDITPAYMENT"},
    ),
    "Prepayments": (
        "PrepaymentID",
        {
            "RECEIVE-PREPAYMENT": "ARPREPAYMENTPAYMENT",
            "SPEND-PREPAYMENT": "APPREPAYMENTPAYMENT",
        },
    ),
    "Overpayments": (
        "OverpaymentID",
        {
            "RECEIVE-OVERPAYMENT": "AROVERPAYMENTPAYMENT",
            "SPEND-OVERPAYMENT": "APOVERPAYMENTPAYMENT",
        },
    ),
}


def _paid(raw: Raw) -> tuple[str, str]:
    """Return kind and id of the document that a payment pays or refunds."""
    return next((kind, raw[name]) for kind, (name, _) in _DOCUMENTS.items() if name in raw)


INDEXES = {"document": lambda raw: _paid(raw)[1]}


def save(context: Context, element: Raw, saving: Saving) -> tuple[Raw, list[str]]:
    """Create a payment, or delete one by POST /Payments/{id} with Status DELETED."""
    errors: list[str] = []
    given = parse(element, SHAPE, errors)
    if errors:
        raise Invalid(errors)
    if saving.path_id:
        return _delete(context, given, saving.path_id), []
    kind, document = _document(context, given)
    name, types = _DOCUMENTS[kind]
    account = _account(context, given)
    amount = rounded(number(given, "Amount"))
    if amount <= 0:
        raise Invalid([messages.OWN_PAYMENT_AMOUNT])
    if amount > documents.amount_due(document):
        raise Invalid([messages.PAYMENT_TOO_HIGH])
    date = given.get("Date", context.today)
    documents.check_lock(context, date)
    rate = given.get("CurrencyRate") or number(document, "CurrencyRate")
    keep = context.keep_ids and given.get("PaymentID")
    payment: Raw = {
        "PaymentID": given["PaymentID"] if keep else context.new_id(),
        name: document[name],
        "AccountID": account["AccountID"],
        "Date": date,
        "Amount": amount,
        "BankAmount": _bank_amount(context, given, document, account, amount, rate),
        "CurrencyRate": rate,
        "Reference": given.get("Reference", ""),
        "IsReconciled": given.get("IsReconciled", False),
        "Status": "AUTHORISED",
        "PaymentType": types[document["Type"]],
        "UpdatedDateUTC": context.stamp,
    }
    context.put("Payments", payment["PaymentID"], payment)
    refresh(context, kind, document[name])
    return payment, []


def _document(context: Context, given: Raw) -> tuple[str, Raw]:
    """Return kind and object of the one document that a payment names."""
    found: dict[str, Raw | None] = {}
    for kind, (name, _) in _DOCUMENTS.items():
        named = given.get(name.removesuffix("ID"), {})
        text = name.replace("ID", "Number")
        number_given = named.get(text) or given.get(text)
        if named.get(name):
            found[kind] = context.get(kind, named[name])
        elif number_given:
            by_number = invoices.by_number if kind == "Invoices" else creditnotes.by_number
            found[kind] = by_number(context, number_given)
    if len(found) != 1:
        raise Invalid([messages.OWN_PAYMENT_DOCUMENT])
    (kind, document), *_ = found.items()
    if document is None:
        unknown = messages.INVOICE_UNKNOWN if kind == "Invoices" else messages.OWN_PAYMENT_UNKNOWN
        raise Invalid([messages.CREDIT_NOTE_UNKNOWN if kind == "CreditNotes" else unknown])
    if document["Status"] != "AUTHORISED":
        raise Invalid([messages.PAYMENT_NOT_AUTHORISED])
    return kind, document


def _account(context: Context, given: Raw) -> Raw:
    named = given.get("Account", {})
    code = named.get("Code") or given.get("Code")
    account: Raw | None = None
    if named.get("AccountID"):
        account = context.get("Accounts", named["AccountID"])
    elif code:
        found = context.find("Accounts", "code", folded(code))
        account = found[0] if found else None
    if account is None or account["Status"] != "ACTIVE":
        raise Invalid([messages.PAYMENT_ACCOUNT_UNKNOWN])
    if account["Type"] != "BANK" and not account["EnablePaymentsToAccount"]:
        raise Invalid([messages.PAYMENT_ACCOUNT_TYPE])
    return account


# size: six plain values, each needed
def _bank_amount(
    context: Context, given: Raw, invoice: Raw, account: Raw, amount: Decimal, rate: Decimal
) -> Decimal:
    """Return what moves on the bank account, in its own currency."""
    if "BankAmount" in given:
        return rounded(given["BankAmount"])
    base = context.organisation["BaseCurrency"]
    if account.get("CurrencyCode", base) == invoice["CurrencyCode"]:
        return amount
    return rounded(amount / rate)


def _delete(context: Context, given: Raw, payment_id: str) -> Raw:
    payment = context.get("Payments", payment_id)
    assert payment is not None
    wanted = given.get("Status")
    if wanted != "DELETED" or payment["Status"] == "DELETED" or payment["IsReconciled"]:
        raise Invalid([messages.OWN_PAYMENT_STATUS])
    if payment.get("BatchPaymentID"):
        raise Invalid([messages.OWN_PAYMENT_BATCH])
    documents.check_lock(context, payment["Date"])
    return delete(context, payment_id)


def delete(context: Context, payment_id: str) -> Raw:
    """Take a payment back; its document is open again."""
    payment = context.get("Payments", payment_id)
    assert payment is not None
    after = payment | {"Status": "DELETED", "UpdatedDateUTC": context.stamp}
    context.put("Payments", payment_id, after)
    refresh(context, *_paid(payment))
    return after


def render(context: Context, raw: Raw, _view: View) -> Raw:
    """Return a payment as Xero shows it, with its account and document in short."""
    account = context.get("Accounts", raw["AccountID"]) or {}
    shown: Raw = {"PaymentID": raw["PaymentID"], "Date": day_text(raw["Date"])}
    names = ("BankAmount", "Amount", "Reference", "CurrencyRate", "PaymentType", "Status")
    shown |= {name: raw[name] for name in names}
    shown["UpdatedDateUTC"] = stamp_text(raw["UpdatedDateUTC"])
    shown["UpdatedDateUTCString"] = stamp_string(raw["UpdatedDateUTC"])
    shown |= {"HasAccount": True, "IsReconciled": raw["IsReconciled"]}
    shown["Account"] = {name: account[name] for name in ("AccountID", "Code") if name in account}
    shown |= documents.picked(raw, "BatchPaymentID")
    kind, document_id = _paid(raw)
    document = context.get(kind, document_id) or {}
    if kind == "Invoices":
        shown["Invoice"] = invoice_views.nested(context, document)
    else:
        name = _DOCUMENTS[kind][0]
        part = {name: document_id, "LineItems": [], "CurrencyCode": document["CurrencyCode"]}
        if kind == "CreditNotes":
            part["CreditNoteNumber"] = document.get("CreditNoteNumber", "")
        shown[name.removesuffix("ID")] = part | {
            "Contact": documents.shown_contact(context, document)
        }
    return shown | {"HasValidationErrors": False}


KIND = Kind(
    plural="Payments",
    id_field="PaymentID",
    render=render,
    save=save,
    fields=frozenset(("PaymentID", "Date", "Amount", "Reference", "PaymentType", "Status"))
    | {"UpdatedDateUTC", "IsReconciled", "BankAmount", "CurrencyRate"}
    | {"Invoice.InvoiceID", "Invoice.InvoiceNumber", "Account.AccountID", "Account.Code"}
    | {"CreditNote.CreditNoteID", "PaymentType"},
    paged=True,
    # Xero's own example of a note on a payment is a refusal.
    notes="refused",
)
