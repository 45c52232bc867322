"""Credit notes: as invoices without discounts, used up by allocations and refunds."""

from __future__ import annotations

from decimal import Decimal

from xtiger.sandbox.accounting import attachments, messages
from xtiger.sandbox.accounting.documents import allocations, documents, lines, stock
from xtiger.sandbox.accounting.documents.documents import GONE
from xtiger.sandbox.accounting.documents.settling import settle_credit, shown_payments
from xtiger.sandbox.accounting.envelope import Invalid, day_text
from xtiger.sandbox.accounting.kinds import Context, Kind, Saving, View, folded, number
from xtiger.sandbox.accounting.lists import contacts
from xtiger.sandbox.accounting.shapes import (
    Choice,
    Day,
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
    "CreditNoteID": Guid(),
    "Type": Text(),
    "Contact": Part(contacts.SHAPE),
    "LineItems": Rows(lines.SHAPE),
    "Date": Day(),
    "DueDate": Day(),
    "LineAmountTypes": documents.AMOUNT_TYPES,
    "CreditNoteNumber": Text(255),
    "Reference": Text(255),
    "BrandingThemeID": Guid(),
    "CurrencyCode": Text(),
    "CurrencyRate": Number(),
    "Status": Choice("CreditNoteStatus", documents.STATUSES),
    "SubTotal": Number(),
    "TotalTax": Number(),
    "Total": Number(),
}
_SERIES = documents.Series(
    "CreditNotes",
    "CreditNoteID",
    messages.CREDIT_NOTE_UNKNOWN,
    "CreditNoteNumber",
    "CN",
    messages.OWN_CREDIT_NUMBER_TAKEN,
)
_PLAIN = (
    "Date",
    "DueDate",
    "LineAmountTypes",
    "CreditNoteNumber",
    "Reference",
    "BrandingThemeID",
    "CurrencyCode",
    "CurrencyRate",
)

INDEXES = {
    "number": lambda raw: (
        folded(raw["CreditNoteNumber"])
        if raw["Type"] == "ACCRECCREDIT"
        and raw["Status"] != "DELETED"
        and raw.get("CreditNoteNumber")
        else None
    ),
    "contact": lambda raw: raw["ContactID"],
}


def save(context: Context, element: Raw, saving: Saving) -> tuple[Raw, list[str]]:
    """Create or update one credit note; POST finds it by CreditNoteID or, for sales, by number."""
    errors: list[str] = []
    given = parse(element, _SHAPE, errors)
    if errors:
        raise Invalid(errors)
    numbered = given.get("Type") != "ACCPAYCREDIT"
    before = _SERIES.match(context, given, saving, numbered=numbered)
    sale = (before or given).get("Type") == "ACCRECCREDIT"
    status = documents.status(context, given, before, sale=sale)
    if before is not None and (number(before, "AppliedAmount") or status in GONE):
        return _closed(context, before, status), []
    after: Raw = dict(before) if before else _fresh(context, given)
    after |= {name: given[name] for name in _PLAIN if name in given}
    after["Status"] = status
    contact = documents.contact(context, given, before)
    after["ContactID"] = contact["ContactID"]
    after.setdefault("Date", context.today)
    documents.set_currency(context, after, contact.get("DefaultCurrency"))
    if sale:
        _SERIES.number(context, after)
    _lines(context, given, before, after, errors)
    _check(context, given, after, errors)
    if errors:
        raise Invalid(errors)
    documents.check_locks(context, before, after)
    settle_credit(context, "CreditNotes", after)
    after["UpdatedDateUTC"] = context.stamp
    stock.move(context, before, after)
    _SERIES.put(context, after)
    return after, []


def by_number(context: Context, key: str) -> Raw | None:
    """Return the live sales credit note with a number."""
    return _SERIES.by_number(context, key)


def _closed(context: Context, before: Raw, status: str) -> Raw:
    """Void or delete; a note that was used, even in part, is neither edited nor voided."""
    if number(before, "AppliedAmount"):
        raise Invalid([messages.HAS_PAYMENT])
    documents.check_locks(context, before)
    after = before | {"Status": status, "UpdatedDateUTC": context.stamp}
    settle_credit(context, "CreditNotes", after)
    stock.move(context, before, after)
    _SERIES.put(context, after)
    return after


def _fresh(context: Context, given: Raw) -> Raw:
    if given.get("Type") not in ("ACCRECCREDIT", "ACCPAYCREDIT"):
        raise Invalid([messages.OWN_CREDIT_TYPE])
    return {
        "CreditNoteID": _SERIES.new_id(context, given),
        "Type": given["Type"],
        "LineAmountTypes": "Exclusive",
        "LineItems": [],
    }


def _lines(context: Context, given: Raw, before: Raw | None, after: Raw, errors: list[str]) -> None:
    document = lines.Document(
        context,
        sale=after["Type"] == "ACCRECCREDIT",
        amount_types=after["LineAmountTypes"],
        complete=after["Status"] != "DRAFT",
    )
    lines.set_lines(document, given, before, after, errors)


def _check(context: Context, given: Raw, after: Raw, errors: list[str]) -> None:
    documents.check_currency(context, after["CurrencyCode"], errors)
    documents.check_text(given, after, "CreditNoteNumber", errors)
    if after["Type"] == "ACCPAYCREDIT":
        after.pop("Reference", None)
        return
    _SERIES.check_number(context, after, errors)


def render(context: Context, raw: Raw, view: View) -> Raw:
    """Return a credit note as Xero shows it; lists without page show no lines."""
    note_id = raw["CreditNoteID"]
    shown: Raw = {"CreditNoteID": note_id, "ID": note_id, "Type": raw["Type"]}
    shown["CreditNoteNumber"] = raw.get("CreditNoteNumber", "")
    shown["Reference"] = raw.get("Reference", "")
    shown |= {"Payments": shown_payments(context, note_id), "CurrencyRate": raw["CurrencyRate"]}
    shown |= {"RemainingCredit": raw["RemainingCredit"]}
    shown |= {"Allocations": allocations.of_credit(context, note_id)}
    shown |= {"HasAttachments": attachments.has(context, note_id), "HasErrors": False}
    shown |= documents.picked(raw, "BrandingThemeID")
    shown["Contact"] = documents.shown_contact(context, raw)
    shown |= documents.shown_days(raw, "Date", "DueDate")
    if raw.get("FullyPaidOnDate"):
        shown["FullyPaidOnDate"] = day_text(raw["FullyPaidOnDate"])
    names = ("Status", "LineAmountTypes", "CurrencyCode", "SubTotal", "TotalTax", "Total")
    shown |= {name: raw.get(name, Decimal(0)) for name in names}
    shown |= documents.shown_stamp(raw)
    full = view == "full"
    shown["LineItems"] = [lines.render(context, line) for line in raw["LineItems"]] if full else []
    return shown


KIND = Kind(
    plural="CreditNotes",
    id_field="CreditNoteID",
    render=render,
    save=save,
    fields=frozenset((*_PLAIN, "CreditNoteID", "Type", "Status", "UpdatedDateUTC"))
    | {"SubTotal", "TotalTax", "Total", "RemainingCredit", "FullyPaidOnDate"}
    | {"Contact.ContactID", "Contact.Name", "Contact.ContactNumber"},
    by_key=by_number,
    rows=frozenset(("LineItems",)),
    paged=True,
    below={"Allocations": allocations.below("CreditNotes")},
    notes="kept",
    files=True,
    printed=True,
)
