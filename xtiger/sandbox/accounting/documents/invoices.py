"""Invoices: statuses, numbers, totals, and what may still change once money arrived."""

from __future__ import annotations

from decimal import Decimal

from xtiger.sandbox.accounting import history, messages
from xtiger.sandbox.accounting.documents import documents, invoice_views, lines, stock
from xtiger.sandbox.accounting.documents.documents import APPROVED, GONE
from xtiger.sandbox.accounting.documents.settling import settle
from xtiger.sandbox.accounting.envelope import (
    Answer,
    Invalid,
    enveloped,
    not_found,
    not_implemented,
    validation,
)
from xtiger.sandbox.accounting.kinds import Asked, Context, Kind, Saving, folded, number
from xtiger.sandbox.accounting.lists import contacts
from xtiger.sandbox.accounting.shapes import (
    Choice,
    Day,
    Flag,
    Guid,
    Number,
    Part,
    Rows,
    Shape,
    Text,
    parse,
)
from xtiger.sandbox.state import Raw

_SHAPE: Shape = {
    "InvoiceID": Guid(),
    "Type": Text(),
    "Contact": Part(contacts.SHAPE),
    "LineItems": Rows(lines.SHAPE),
    "Date": Day(),
    "DueDate": Day(),
    "LineAmountTypes": documents.AMOUNT_TYPES,
    "InvoiceNumber": Text(255),
    "Reference": Text(255),
    "BrandingThemeID": Guid(),
    "Url": Text(),
    "CurrencyCode": Text(),
    "CurrencyRate": Number(),
    "Status": Choice("InvoiceStatus", documents.STATUSES),
    "SentToContact": Flag(),
    "ExpectedPaymentDate": Day(),
    "PlannedPaymentDate": Day(),
    "SubTotal": Number(),
    "TotalTax": Number(),
    "Total": Number(),
}
_SERIES = documents.Series(
    "Invoices",
    "InvoiceID",
    messages.INVOICE_UNKNOWN,
    "InvoiceNumber",
    "INV",
    messages.INVOICE_NUMBER_TAKEN,
)
_PLAIN = (
    "Date",
    "DueDate",
    "LineAmountTypes",
    "InvoiceNumber",
    "Reference",
    "BrandingThemeID",
    "Url",
    "CurrencyCode",
    "CurrencyRate",
    "ExpectedPaymentDate",
    "PlannedPaymentDate",
)
#: What a payment freezes, on the document and on its lines.
_FROZEN = ("Date", "CurrencyCode", "CurrencyRate", "LineAmountTypes", "SubTotal", "TotalTax")
_FROZEN_LINE = ("LineItemID", "ItemCode", "Quantity", "UnitAmount", "LineAmount", "TaxAmount")
_FROZEN_LINE_TOO = ("TaxType", "DiscountRate", "DiscountAmount")

INDEXES = {
    "number": lambda raw: (
        folded(raw["InvoiceNumber"])
        # A voided one keeps its number for good; that of a deleted draft is free again.
        if raw["Type"] == "ACCREC" and raw["Status"] != "DELETED" and raw.get("InvoiceNumber")
        else None
    ),
    "contact": lambda raw: raw["ContactID"],
}


def save(context: Context, element: Raw, saving: Saving) -> tuple[Raw, list[str]]:
    """Create or update one invoice; POST finds it by InvoiceID or, for sales, by number."""
    errors: list[str] = []
    warnings: list[str] = []
    given = parse(element, _SHAPE, errors)
    if errors:
        raise Invalid(errors)
    # Numbers of bills are not unique, so a bill is never found by its number.
    numbered = given.get("Type") != "ACCPAY"
    before = _SERIES.match(context, given, saving, numbered=numbered)
    sale = (before or given).get("Type") == "ACCREC"
    status = documents.status(context, given, before, sale=sale)
    if status in GONE and before is not None:
        return _gone(context, before, given, status), warnings
    after: Raw = dict(before) if before else _fresh(context, given)
    after["Status"] = status
    after |= {name: given[name] for name in _PLAIN if name in given}
    if after["Type"] == "ACCPAY":
        after.pop("Reference", None)
    after["ContactID"] = documents.contact(context, given, before)["ContactID"]
    _defaults(context, after)
    _lines(context, given, before, after, errors)
    _check(context, given, after, errors)
    if errors:
        raise Invalid(errors)
    documents.check_locks(context, before, after)
    _check_frozen(before, after)
    _sent(given, after, warnings)
    settle(context, after)
    if before is None or not _silent(before, after):
        after["UpdatedDateUTC"] = context.stamp
    stock.move(context, before, after)
    _SERIES.put(context, after)
    documents.mark_contact(context, after["ContactID"], sale=sale)
    return after, warnings


def by_number(context: Context, key: str) -> Raw | None:
    """Return the sales invoice with a number, a voided one too."""
    return _SERIES.by_number(context, key)


def _gone(context: Context, before: Raw, given: Raw, status: str) -> Raw:
    """Void or delete: id and Status only; money on the document or discounts sent refuse it."""
    discounted = any(
        "DiscountRate" in row or "DiscountAmount" in row for row in given.get("LineItems", [])
    )
    if has_money(before) or discounted:
        raise Invalid([messages.STATUS_MODIFICATION])
    documents.check_locks(context, before)
    after = before | {"Status": status, "UpdatedDateUTC": context.stamp}
    if status == "VOIDED":
        after["AmountDue"] = Decimal("0.00")
    stock.move(context, before, after)
    _SERIES.put(context, after)
    return after


def has_money(raw: Raw) -> bool:
    """Say whether anything was paid or credited on an invoice."""
    return bool(number(raw, "AmountPaid") or number(raw, "AmountCredited"))


def _fresh(context: Context, given: Raw) -> Raw:
    if given.get("Type") not in ("ACCREC", "ACCPAY"):
        raise Invalid([messages.TYPE_CREATION])
    return {
        "InvoiceID": _SERIES.new_id(context, given),
        "Type": given["Type"],
        "LineAmountTypes": "Exclusive",
        "LineItems": [],
        "SentToContact": False,
        "app": context.app,
    }


def _defaults(context: Context, after: Raw) -> None:
    contact = context.get("Contacts", after["ContactID"]) or {}
    after.setdefault("Date", context.today)
    if not after.get("DueDate"):
        after.pop("DueDate", None)
        side = "Sales" if after["Type"] == "ACCREC" else "Bills"
        terms = contact.get("PaymentTerms", {}).get(side, {})
        if "Day" in terms:
            after["DueDate"] = documents.due_date(
                after["Date"], terms["Day"], terms.get("Type", "")
            )
    documents.set_currency(context, after, contact.get("DefaultCurrency"))
    if after["Type"] == "ACCREC":
        _SERIES.number(context, after)


def _lines(context: Context, given: Raw, before: Raw | None, after: Raw, errors: list[str]) -> None:
    document = lines.Document(
        context,
        sale=after["Type"] == "ACCREC",
        discounts=after["Type"] == "ACCREC",
        amount_types=after["LineAmountTypes"],
        complete=after["Status"] != "DRAFT",
        approved=after["Status"] in APPROVED,
        settled=before is not None and has_money(before),
    )
    lines.set_lines(document, given, before, after, errors)


def _check(context: Context, given: Raw, after: Raw, errors: list[str]) -> None:
    documents.check_currency(context, after["CurrencyCode"], errors)
    documents.check_text(given, after, "InvoiceNumber", errors)
    if after["Status"] != "DRAFT" and "DueDate" not in after:
        errors.append(messages.OWN_DUE_DATE)
    if after["Status"] != "DRAFT" and after["Total"] < 0:
        errors.append(messages.QUOTED_TOTAL)
    theme = after.get("BrandingThemeID")
    if theme and context.get("BrandingThemes", theme) is None:
        errors.append(messages.OWN_THEME)
    if after["Type"] == "ACCREC":
        _SERIES.check_number(context, after, errors)


def _check_frozen(before: Raw | None, after: Raw) -> None:
    if before is None or not has_money(before):
        return
    moved = before["ContactID"] != after["ContactID"]
    same = not (moved and number(before, "AmountCredited"))
    same &= all(before.get(name) == after.get(name) for name in _FROZEN)
    same &= [_frozen(row) for row in before["LineItems"]] == [
        _frozen(row) for row in after["LineItems"]
    ]
    if not same:
        raise Invalid([messages.HAS_PAYMENT])


def _frozen(row: Raw) -> list[object]:
    return [row.get(name) for name in (*_FROZEN_LINE, *_FROZEN_LINE_TOO)]


def _sent(given: Raw, after: Raw, warnings: list[str]) -> None:
    if "SentToContact" not in given:
        return
    if after["Status"] in ("AUTHORISED", "PAID"):
        after["SentToContact"] = given["SentToContact"]
    elif given["SentToContact"]:
        warnings.append(messages.SENT_NOT_AUTHORISED)


def _silent(before: Raw, after: Raw) -> bool:
    """DueDate and SentToContact of a part-paid document move no timestamp."""
    if not has_money(before):
        return False
    names = {name for name in before | after if before.get(name) != after.get(name)}
    return bool(names) and names <= {"DueDate", "SentToContact"}


#: E-mails that a paying organisation may send a day.
EMAILS_A_DAY = 1_000


def _online(context: Context, asked: Asked, raw: Raw) -> Answer:
    """Answer GET /Invoices/{id}/OnlineInvoice: the address that a customer opens."""
    if asked.method != "GET":
        raise not_implemented()
    if raw["Type"] != "ACCREC" or raw["Status"] not in APPROVED:
        raise not_found()
    word = raw["InvoiceID"].replace("-", "")
    shown = [{"OnlineInvoiceUrl": f"https://in.xero.com/{word}"}]
    return enveloped(context.new_id, context.now, {"OnlineInvoices": shown})


def _emailed_today(context: Context) -> int:
    kept = context.get("Emails", context.now.date().isoformat())
    return int(kept["sent"]) if kept else 0


def _email(context: Context, asked: Asked, raw: Raw) -> Answer:
    """Answer POST /Invoices/{id}/Email; nothing is sent, the invoice is marked as sent."""
    if asked.method != "POST":
        raise not_implemented()
    contact = context.get("Contacts", raw["ContactID"]) or {}
    error, day = "", _emailed_today(context)
    if raw["Type"] != "ACCREC" or raw["Status"] not in ("SUBMITTED", *APPROVED):
        error = messages.OWN_EMAIL_STATUS
    elif not contact.get("EmailAddress"):
        error = messages.OWN_EMAIL_ADDRESS
    elif day >= EMAILS_A_DAY:
        error = messages.OWN_EMAIL_LIMIT
    if error:
        return validation(
            [{"InvoiceID": raw["InvoiceID"], "ValidationErrors": [{"Message": error}]}]
        )
    context.put("Emails", context.now.date().isoformat(), {"sent": day + 1})
    note = {"Changes": "Emailed", "Details": "Sent by the Xero API", "DateUTC": context.stamp}
    history.note(context, raw["InvoiceID"], note)
    sent = {"SentToContact": True, "UpdatedDateUTC": context.stamp}
    context.put("Invoices", raw["InvoiceID"], raw | sent)
    return Answer(204)


KIND = Kind(
    plural="Invoices",
    id_field="InvoiceID",
    render=invoice_views.render,
    save=save,
    fields=frozenset((*_PLAIN, "InvoiceID", "Type", "Status", "UpdatedDateUTC", "SentToContact"))
    | {"SubTotal", "TotalTax", "Total", "AmountDue", "AmountPaid", "FullyPaidOnDate"}
    | {"Contact.ContactID", "Contact.Name", "Contact.ContactNumber", "AmountCredited"}
    | {"RepeatingInvoiceID", "TotalDiscount"},
    by_key=by_number,
    rows=frozenset(("LineItems",)),
    paged=True,
    searched=("InvoiceNumber", "Reference"),
    lists={
        "IDs": "InvoiceID",
        "InvoiceNumbers": "InvoiceNumber",
        "ContactIDs": "ContactID",
        "Statuses": "Status",
    },
    below={"OnlineInvoice": _online, "Email": _email},
    notes="kept",
    files=True,
    printed=True,
)
