"""Payments: made against authorised documents, never edited, deleted by status."""

from __future__ import annotations

from decimal import Decimal

from xtiger.sandbox import invoice_views, invoices, messages
from xtiger.sandbox.envelope import Invalid, day_text, stamp_string, stamp_text
from xtiger.sandbox.kinds import Context, Kind, Saving, View, folded, number, rounded
from xtiger.sandbox.shapes import Choice, Day, Flag, Guid, Number, Part, Shape, Text, parse
from xtiger.sandbox.state import Raw

_SHAPE: Shape = {
    "PaymentID": Guid(),
    "Invoice": Part({"InvoiceID": Guid(), "InvoiceNumber": Text()}),
    "InvoiceNumber": Text(),
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

INDEXES = {"invoice": lambda raw: raw["InvoiceID"]}


def save(context: Context, element: Raw, saving: Saving) -> tuple[Raw, list[str]]:
    """Create a payment, or delete one by POST /Payments/{id} with Status DELETED."""
    errors: list[str] = []
    given = parse(element, _SHAPE, errors)
    if errors:
        raise Invalid(errors)
    if saving.path_id:
        return _delete(context, given, saving.path_id), []
    invoice = _invoice(context, given)
    account = _account(context, given)
    amount = rounded(number(given, "Amount"))
    if amount <= 0:
        raise Invalid([messages.OWN_PAYMENT_AMOUNT])
    if amount > number(invoice, "AmountDue"):
        raise Invalid([messages.PAYMENT_TOO_HIGH])
    date = given.get("Date", context.today)
    invoices.check_lock(context, date)
    rate = given.get("CurrencyRate") or number(invoice, "CurrencyRate")
    keep = context.keep_ids and given.get("PaymentID")
    payment: Raw = {
        "PaymentID": given["PaymentID"] if keep else context.new_id(),
        "InvoiceID": invoice["InvoiceID"],
        "AccountID": account["AccountID"],
        "Date": date,
        "Amount": amount,
        "BankAmount": _bank_amount(context, given, invoice, account, amount, rate),
        "CurrencyRate": rate,
        "Reference": given.get("Reference", ""),
        "IsReconciled": given.get("IsReconciled", False),
        "Status": "AUTHORISED",
        "PaymentType": f"{invoice['Type']}PAYMENT",
        "UpdatedDateUTC": context.stamp,
    }
    context.put("Payments", payment["PaymentID"], payment)
    _settle(context, invoice)
    return payment, []


def _invoice(context: Context, given: Raw) -> Raw:
    named = given.get("Invoice", {})
    text = named.get("InvoiceNumber") or given.get("InvoiceNumber")
    if named.get("InvoiceID"):
        invoice = context.get("Invoices", named["InvoiceID"])
    elif text:
        invoice = invoices.by_number(context, text)
    else:
        raise Invalid([messages.OWN_PAYMENT_DOCUMENT])
    if invoice is None:
        raise Invalid([messages.INVOICE_UNKNOWN])
    if invoice["Status"] != "AUTHORISED":
        raise Invalid([messages.PAYMENT_NOT_AUTHORISED])
    return invoice


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
    invoices.check_lock(context, payment["Date"])
    after = payment | {"Status": "DELETED", "UpdatedDateUTC": context.stamp}
    context.put("Payments", payment_id, after)
    invoice = context.get("Invoices", payment["InvoiceID"])
    assert invoice is not None
    _settle(context, invoice)
    return after


def _settle(context: Context, invoice: Raw) -> None:
    after = dict(invoice)
    invoices.settle(context, after)
    after["UpdatedDateUTC"] = context.stamp
    context.put("Invoices", after["InvoiceID"], after)


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
    invoice = context.get("Invoices", raw["InvoiceID"])
    if invoice is not None:
        shown["Invoice"] = invoice_views.nested(context, invoice)
    return shown | {"HasValidationErrors": False}


KIND = Kind(
    plural="Payments",
    id_field="PaymentID",
    render=render,
    save=save,
    fields=frozenset(("PaymentID", "Date", "Amount", "Reference", "PaymentType", "Status"))
    | {"UpdatedDateUTC", "IsReconciled", "BankAmount", "CurrencyRate"}
    | {"Invoice.InvoiceID", "Invoice.InvoiceNumber", "Account.AccountID", "Account.Code"},
    paged=True,
)
