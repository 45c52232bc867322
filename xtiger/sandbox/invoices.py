"""Invoices: statuses, numbers, totals, and what may still change once money arrived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import urlsplit

from xtiger.sandbox import contacts, invoice_views, lines, messages
from xtiger.sandbox.chart import CURRENCIES
from xtiger.sandbox.envelope import Invalid
from xtiger.sandbox.kinds import Context, Kind, Saving, folded, number, rounded
from xtiger.sandbox.shapes import Choice, Day, Flag, Guid, Number, Part, Rows, Shape, Text, parse
from xtiger.sandbox.state import Raw

_STATUSES = frozenset(("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"))
_SHAPE: Shape = {
    "InvoiceID": Guid(),
    "Type": Text(),
    "Contact": Part(contacts.SHAPE),
    "LineItems": Rows(lines.SHAPE),
    "Date": Day(),
    "DueDate": Day(),
    "LineAmountTypes": Choice("LineAmountType", frozenset(("Exclusive", "Inclusive", "NoTax"))),
    "InvoiceNumber": Text(255),
    "Reference": Text(255),
    "BrandingThemeID": Guid(),
    "Url": Text(),
    "CurrencyCode": Text(),
    "CurrencyRate": Number(),
    "Status": Choice("InvoiceStatus", _STATUSES),
    "SentToContact": Flag(),
    "ExpectedPaymentDate": Day(),
    "PlannedPaymentDate": Day(),
    "SubTotal": Number(),
    "TotalTax": Number(),
    "Total": Number(),
}
_TO: Mapping[str, frozenset[str]] = {
    "": frozenset(("DRAFT", "SUBMITTED", "AUTHORISED")),
    "DRAFT": frozenset(("DRAFT", "SUBMITTED", "AUTHORISED", "DELETED")),
    "SUBMITTED": frozenset(("SUBMITTED", "DRAFT", "AUTHORISED", "DELETED")),
    "AUTHORISED": frozenset(("AUTHORISED", "VOIDED")),
    "PAID": frozenset(("PAID",)),
    "VOIDED": frozenset(),
    "DELETED": frozenset(),
}
_GONE = ("VOIDED", "DELETED")
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
        if raw["Type"] == "ACCREC" and raw["Status"] not in _GONE and raw.get("InvoiceNumber")
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
    before = _match(context, given, saving)
    status = _status(given, before)
    if status in _GONE and before is not None:
        return _gone(context, before, given, status), warnings
    after: Raw = dict(before) if before else _fresh(context, given)
    after["Status"] = status
    after |= {name: given[name] for name in _PLAIN if name in given}
    if after["Type"] == "ACCPAY":
        after.pop("Reference", None)
    after["ContactID"] = _contact(context, given, before)["ContactID"]
    _defaults(context, after)
    _lines(context, given, before, after, errors)
    _check(context, given, after, errors)
    if errors:
        raise Invalid(errors)
    _check_locks(context, before, after)
    _check_frozen(before, after)
    _sent(given, after, warnings)
    settle(context, after)
    if before is None or not _silent(before, after):
        after["UpdatedDateUTC"] = context.stamp
    context.put("Invoices", after["InvoiceID"], after)
    _mark_contact(context, after)
    return after, warnings


def _match(context: Context, given: Raw, saving: Saving) -> Raw | None:
    if saving.path_id:
        return context.get("Invoices", saving.path_id)
    if saving.create_only:
        return None
    if given.get("InvoiceID"):
        found = context.get("Invoices", given["InvoiceID"])
        if found is None:
            raise Invalid([messages.INVOICE_UNKNOWN])
        return found
    # Numbers of bills are not unique, so a bill is never found by its number.
    if given.get("Type") == "ACCPAY" or not given.get("InvoiceNumber"):
        return None
    return by_number(context, given["InvoiceNumber"])


def by_number(context: Context, key: str) -> Raw | None:
    """Return the live sales invoice with a number."""
    found = context.find("Invoices", "number", folded(key))
    return found[0] if found else None


def _status(given: Raw, before: Raw | None) -> str:
    old = before["Status"] if before else ""
    new = str(given.get("Status") or old or "DRAFT")
    if new not in _TO[old]:
        raise Invalid([messages.STATUS_MODIFICATION if before else messages.STATUS_CREATION])
    return new


def _gone(context: Context, before: Raw, given: Raw, status: str) -> Raw:
    """Void or delete: id and Status only; money on the document or discounts sent refuse it."""
    discounted = any(
        "DiscountRate" in row or "DiscountAmount" in row for row in given.get("LineItems", [])
    )
    if number(before, "AmountPaid") or discounted:
        raise Invalid([messages.STATUS_MODIFICATION])
    _check_locks(context, before, before)
    after = before | {"Status": status, "UpdatedDateUTC": context.stamp}
    if status == "VOIDED":
        after["AmountDue"] = Decimal("0.00")
    context.put("Invoices", after["InvoiceID"], after)
    return after


def _fresh(context: Context, given: Raw) -> Raw:
    if given.get("Type") not in ("ACCREC", "ACCPAY"):
        raise Invalid([messages.TYPE_CREATION])
    keep = context.keep_ids and given.get("InvoiceID")
    return {
        "InvoiceID": given["InvoiceID"] if keep else context.new_id(),
        "Type": given["Type"],
        "LineAmountTypes": "Exclusive",
        "LineItems": [],
        "SentToContact": False,
    }


def _contact(context: Context, given: Raw, before: Raw | None) -> Raw:
    if "Contact" in given:
        return contacts.for_document(context, given["Contact"])
    found = context.get("Contacts", before["ContactID"]) if before else None
    if found is None:
        raise Invalid([messages.CONTACT_MISSING])
    return found


def _defaults(context: Context, after: Raw) -> None:
    contact = context.get("Contacts", after["ContactID"]) or {}
    after.setdefault("Date", context.today)
    if not after.get("DueDate"):
        after.pop("DueDate", None)
        side = "Sales" if after["Type"] == "ACCREC" else "Bills"
        terms = contact.get("PaymentTerms", {}).get(side, {})
        if "Day" in terms:
            after["DueDate"] = due_date(after["Date"], terms["Day"], terms.get("Type", ""))
    base = context.organisation["BaseCurrency"]
    if not after.get("CurrencyCode"):
        after["CurrencyCode"] = contact.get("DefaultCurrency") or base
    if after["CurrencyCode"] == base:
        after["CurrencyRate"] = Decimal(1)
    elif not after.get("CurrencyRate"):
        after["CurrencyRate"] = Decimal(CURRENCIES.get(after["CurrencyCode"], ("", "1"))[1])
    if after["Type"] == "ACCREC" and not after.get("InvoiceNumber"):
        after["InvoiceNumber"] = _next_number(context)


def due_date(date: str, day: int, kind: str) -> str:
    """Return the due day of payment terms counted from a document's day."""
    start = dt.date.fromisoformat(date)
    if kind in ("OFCURRENTMONTH", "OFFOLLOWINGMONTH"):
        first = start.replace(day=1)
        if kind == "OFFOLLOWINGMONTH":
            first = (first + dt.timedelta(days=32)).replace(day=1)
        last = ((first + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)).day
        return first.replace(day=min(max(day, 1), last)).isoformat()
    if kind == "DAYSAFTERBILLMONTH":
        start = (start.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
        start -= dt.timedelta(days=1)
    return (start + dt.timedelta(days=day)).isoformat()


def _next_number(context: Context) -> str:
    counter = context.get("Counter", "INV") or {"last": 0}
    last = int(counter["last"])
    while True:
        last += 1
        made = f"INV-{last:04d}"
        if by_number(context, made) is None:
            context.put("Counter", "INV", {"last": last})
            return made


def _lines(context: Context, given: Raw, before: Raw | None, after: Raw, errors: list[str]) -> None:
    document = lines.Document(
        context,
        sale=after["Type"] == "ACCREC",
        amount_types=after["LineAmountTypes"],
        complete=after["Status"] != "DRAFT",
    )
    old = before["LineItems"] if before else []
    if "LineItems" in given:
        after["LineItems"] = lines.merged(document, old, given["LineItems"], errors)
    elif before and (
        before["Status"] != after["Status"] or before["LineAmountTypes"] != after["LineAmountTypes"]
    ):
        if before["LineAmountTypes"] != after["LineAmountTypes"]:
            old = [{n: v for n, v in row.items() if n != "TaxAmount"} for row in old]
        after["LineItems"] = lines.again(document, old, errors)
    if document.complete and not after["LineItems"]:
        errors.append(messages.LINES_MISSING)
    after |= lines.totals(after["LineItems"], after["LineAmountTypes"])


def _check(context: Context, given: Raw, after: Raw, errors: list[str]) -> None:
    sums = [name for name in ("SubTotal", "TotalTax", "Total") if name in given]
    if any(rounded(given[name]) != after[name] for name in sums):
        errors.append(messages.DOCUMENT_TOTAL)
    if context.get("Currencies", after["CurrencyCode"]) is None:
        errors.append(messages.CURRENCY.format(CUR=after["CurrencyCode"]))
    if after["Status"] != "DRAFT" and "DueDate" not in after:
        errors.append(messages.OWN_DUE_DATE)
    text = after.get("InvoiceNumber", "")
    if any(not " " <= sign <= "~" for sign in text):
        errors.append(messages.OWN_NUMBER_SIGNS)
    if after["Type"] == "ACCREC":
        other = by_number(context, text)
        if other is not None and other["InvoiceID"] != after["InvoiceID"]:
            errors.append(messages.INVOICE_NUMBER_TAKEN)
    if given.get("Url"):
        parts = urlsplit(given["Url"])
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or "xero" in given["Url"].lower()
        ):
            errors.append(messages.OWN_URL)


def _check_locks(context: Context, before: Raw | None, after: Raw) -> None:
    for document in (before, after):
        if document is not None:
            check_lock(context, document["Date"])


def check_lock(context: Context, date: str) -> None:
    """Raise Invalid for a day on or before a lock date."""
    for name, message in (
        ("PeriodLockDate", messages.PERIOD_LOCKED),
        ("EndOfYearLockDate", messages.YEAR_LOCKED),
    ):
        locked = context.organisation.get(name)
        if locked and date <= locked:
            shown = dt.date.fromisoformat(locked).strftime("%d %B %Y").lstrip("0")
            raise Invalid([message.format(date=shown)])


def _check_frozen(before: Raw | None, after: Raw) -> None:
    if before is None or not number(before, "AmountPaid"):
        return
    same = all(before.get(name) == after.get(name) for name in _FROZEN)
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


def settle(context: Context, after: Raw) -> None:
    """Set what is paid and due, and PAID or AUTHORISED by it."""
    live = [
        row
        for row in context.find("Payments", "invoice", after["InvoiceID"])
        if row["Status"] == "AUTHORISED"
    ]
    paid = sum((number(row, "Amount") for row in live), Decimal("0.00"))
    due = number(after, "Total") - paid
    after |= {"AmountPaid": paid, "AmountDue": due, "AmountCredited": Decimal("0.00")}
    after.pop("FullyPaidOnDate", None)
    if after["Status"] in ("AUTHORISED", "PAID"):
        after["Status"] = "PAID" if live and due == 0 else "AUTHORISED"
        if after["Status"] == "PAID":
            after["FullyPaidOnDate"] = max(row["Date"] for row in live)


def _silent(before: Raw, after: Raw) -> bool:
    """DueDate and SentToContact of a part-paid document move no timestamp."""
    if not number(before, "AmountPaid"):
        return False
    names = {name for name in before | after if before.get(name) != after.get(name)}
    return bool(names) and names <= {"DueDate", "SentToContact"}


def _mark_contact(context: Context, after: Raw) -> None:
    contact = context.get("Contacts", after["ContactID"])
    flag = "IsCustomer" if after["Type"] == "ACCREC" else "IsSupplier"
    if contact is not None and not contact[flag]:
        # Moves no timestamp: Xero does not either.
        context.put("Contacts", contact["ContactID"], contact | {flag: True})


KIND = Kind(
    plural="Invoices",
    id_field="InvoiceID",
    render=invoice_views.render,
    save=save,
    fields=frozenset((*_PLAIN, "InvoiceID", "Type", "Status", "UpdatedDateUTC", "SentToContact"))
    | {"SubTotal", "TotalTax", "Total", "AmountDue", "AmountPaid", "FullyPaidOnDate"}
    | {"Contact.ContactID", "Contact.Name", "Contact.ContactNumber", "AmountCredited"},
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
)
