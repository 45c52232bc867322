"""Quotes: never posted to the books, with filters and amount types of their own."""

from __future__ import annotations

from xtiger.sandbox.accounting import messages
from xtiger.sandbox.accounting.documents import documents, lines
from xtiger.sandbox.accounting.envelope import Invalid, stamp_text
from xtiger.sandbox.accounting.kinds import Context, Kind, Saving, View, folded
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

#: Xero writes these in capitals here, and only here.
_AMOUNTS = {"EXCLUSIVE": "Exclusive", "INCLUSIVE": "Inclusive", "NOTAX": "NoTax"}
_STATUSES = frozenset(("DRAFT", "SENT", "DECLINED", "ACCEPTED", "INVOICED", "DELETED"))
_SHAPE: Shape = {
    "QuoteID": Guid(),
    "QuoteNumber": Text(255),
    "Reference": Text(4000),
    "Terms": Text(4000),
    "Contact": Part(contacts.SHAPE),
    "LineItems": Rows(lines.SHAPE),
    "Date": Day(),
    "ExpiryDate": Day(),
    "Status": Choice("QuoteStatusCodes", _STATUSES),
    "CurrencyCode": Text(),
    "CurrencyRate": Number(),
    "Title": Text(100),
    "Summary": Text(3000),
    "BrandingThemeID": Guid(),
    "LineAmountTypes": Choice("QuoteLineAmountTypes", frozenset(_AMOUNTS)),
}
_SERIES = documents.Series(
    "Quotes",
    "QuoteID",
    messages.OWN_QUOTE_UNKNOWN,
    "QuoteNumber",
    "QU",
    messages.OWN_QUOTE_NUMBER_TAKEN,
)
_PLAIN = (
    "QuoteNumber",
    "Reference",
    "Terms",
    "Date",
    "ExpiryDate",
    "CurrencyCode",
    "CurrencyRate",
    "Title",
    "Summary",
    "BrandingThemeID",
)

INDEXES = {"number": lambda raw: folded(raw["QuoteNumber"]) if raw["Status"] != "DELETED" else None}


def save(context: Context, element: Raw, saving: Saving) -> tuple[Raw, list[str]]:
    """Create or update one quote; POST finds it by QuoteID or QuoteNumber."""
    errors: list[str] = []
    given = parse(element, _SHAPE, errors)
    if errors:
        raise Invalid(errors)
    before = _SERIES.match(context, given, saving)
    if not {"Contact", "Date"} <= given.keys():
        raise Invalid([messages.OWN_QUOTE_NEEDS])
    if before is not None and before["Status"] == "DELETED":
        raise Invalid([messages.OWN_QUOTE_STATUS])
    after: Raw = dict(before) if before else _fresh(context)
    after |= {name: given[name] for name in _PLAIN if name in given}
    after["Status"] = given.get("Status", after["Status"])
    if before is None and after["Status"] not in ("DRAFT", "SENT"):
        raise Invalid([messages.OWN_QUOTE_STATUS])
    if "LineAmountTypes" in given:
        after["LineAmountTypes"] = _AMOUNTS[given["LineAmountTypes"]]
    contact = documents.contact(context, given, before)
    after["ContactID"] = contact["ContactID"]
    documents.set_currency(context, after, contact.get("DefaultCurrency"))
    _SERIES.number(context, after)
    document = lines.Document(
        context,
        sale=True,
        amount_types=after["LineAmountTypes"],
        complete=False,
        discounts=True,
    )
    lines.set_lines(document, given, before, after, errors)
    _check(context, after, errors)
    if errors:
        raise Invalid(errors)
    after["UpdatedDateUTC"] = context.stamp
    _SERIES.put(context, after)
    return after, []


def _fresh(context: Context) -> Raw:
    return {
        "QuoteID": context.new_id(),
        "Status": "DRAFT",
        "LineAmountTypes": "Exclusive",
        "LineItems": [],
    }


def _check(context: Context, after: Raw, errors: list[str]) -> None:
    documents.check_currency(context, after["CurrencyCode"], errors)
    documents.check_text({}, after, "QuoteNumber", errors)
    _SERIES.check_number(context, after, errors)
    if after["Status"] != "DRAFT" and not after["LineItems"]:
        errors.append(messages.LINES_MISSING)


def render(context: Context, raw: Raw, _view: View) -> Raw:
    """Return a quote as Xero shows it."""
    shown: Raw = {"QuoteID": raw["QuoteID"], "QuoteNumber": raw["QuoteNumber"]}
    shown |= documents.picked(raw, "Reference", "Terms", "Title", "Summary", "BrandingThemeID")
    contact = context.get("Contacts", raw["ContactID"]) or {}
    shown["Contact"] = {name: contact[name] for name in ("ContactID", "Name")}
    shown["LineItems"] = [lines.render(context, line) for line in raw["LineItems"]]
    shown |= documents.shown_days(raw, "Date", "ExpiryDate")
    names = ("Status", "CurrencyRate", "CurrencyCode", "SubTotal", "TotalTax", "Total")
    shown |= {name: raw[name] for name in (*names, "TotalDiscount")}
    shown["UpdatedDateUTC"] = stamp_text(raw["UpdatedDateUTC"])
    shown["LineAmountTypes"] = raw["LineAmountTypes"].upper()
    return shown


KIND = Kind(
    plural="Quotes",
    id_field="QuoteID",
    render=render,
    save=save,
    fields=frozenset((*_PLAIN, "QuoteID", "Status", "UpdatedDateUTC", "Total", "SubTotal")),
    rows=frozenset(("LineItems",)),
    paged=True,
    always_paged=True,
    sized=False,
    filters=(
        ("DateFrom", "Date", ">="),
        ("DateTo", "Date", "<="),
        ("ExpiryDateFrom", "ExpiryDate", ">="),
        ("ExpiryDateTo", "ExpiryDate", "<="),
        ("ContactID", "ContactID", "=="),
        ("Status", "Status", "=="),
        ("QuoteNumber", "QuoteNumber", "=="),
    ),
    notes="kept",
    files=True,
    printed=True,
)
