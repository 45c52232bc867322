"""Purchase orders: to contacts that exist already, with filters of their own, paged by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from xtiger.sandbox.accounting import attachments, messages
from xtiger.sandbox.accounting.documents import documents, lines
from xtiger.sandbox.accounting.envelope import Invalid, day_text, stamp_text
from xtiger.sandbox.accounting.kinds import Context, Kind, Saving, View, folded
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

_STATUSES = frozenset(("DRAFT", "SUBMITTED", "AUTHORISED", "BILLED", "DELETED"))
_SHAPE: Shape = {
    "PurchaseOrderID": Guid(),
    "PurchaseOrderNumber": Text(255),
    "Contact": Part(contacts.SHAPE),
    "LineItems": Rows(lines.SHAPE),
    "Date": Day(),
    "DeliveryDate": Day(),
    "ExpectedArrivalDate": Day(),
    "LineAmountTypes": documents.AMOUNT_TYPES,
    "Reference": Text(255),
    "BrandingThemeID": Guid(),
    "CurrencyCode": Text(),
    "CurrencyRate": Number(),
    "Status": Choice("PurchaseOrderStatus", _STATUSES),
    "SentToContact": Flag(),
    "DeliveryAddress": Text(),
    "AttentionTo": Text(),
    "Telephone": Text(),
    "DeliveryInstructions": Text(500),
}
_TO: Mapping[str, frozenset[str]] = {
    "": _STATUSES - {"BILLED", "DELETED"},
    "DRAFT": _STATUSES - {"BILLED"},
    "SUBMITTED": _STATUSES - {"BILLED"},
    "AUTHORISED": frozenset(("AUTHORISED", "BILLED", "DELETED")),
    "BILLED": frozenset(("BILLED", "AUTHORISED", "DELETED")),
    "DELETED": frozenset(),
}
_TEXTS = ("Reference", "BrandingThemeID", "DeliveryAddress", "AttentionTo", "Telephone")
_SERIES = documents.Series(
    "PurchaseOrders",
    "PurchaseOrderID",
    messages.OWN_ORDER_UNKNOWN,
    "PurchaseOrderNumber",
    "PO",
    messages.ORDER_NUMBER_TAKEN,
)
_PLAIN = (
    *_TEXTS,
    "PurchaseOrderNumber",
    "Date",
    "DeliveryDate",
    "ExpectedArrivalDate",
    "LineAmountTypes",
    "CurrencyCode",
    "CurrencyRate",
    "DeliveryInstructions",
)

INDEXES = {
    "number": lambda raw: folded(raw["PurchaseOrderNumber"]) if raw["Status"] != "DELETED" else None
}


def save(context: Context, element: Raw, saving: Saving) -> tuple[Raw, list[str]]:
    """Create or update one order; POST finds it by PurchaseOrderID or PurchaseOrderNumber."""
    errors: list[str] = []
    warnings: list[str] = []
    # Unit prices have four places here, asked for or not.
    context = replace(context, unitdp=4)
    given = parse(element, _SHAPE, errors)
    if errors:
        raise Invalid(errors)
    before = _SERIES.match(context, given, saving)
    after: Raw = dict(before) if before else _fresh(context)
    status = given.get("Status", after["Status"])
    if status not in _TO[before["Status"] if before else ""]:
        raise Invalid([messages.OWN_ORDER_STATUS])
    after |= {name: given[name] for name in _PLAIN if name in given} | {"Status": status}
    contact = _contact(context, given, before)
    after["ContactID"] = contact["ContactID"]
    after.setdefault("Date", context.today)
    documents.set_currency(context, after, contact.get("DefaultCurrency"))
    _SERIES.number(context, after)
    _lines(context, given, before, after, errors)
    documents.check_currency(context, after["CurrencyCode"], errors)
    _SERIES.check_number(context, after, errors)
    if errors:
        raise Invalid(errors)
    if given.get("SentToContact") is not None and status not in ("AUTHORISED", "BILLED"):
        warnings.append(messages.ORDER_NOT_AUTHORISED)
    elif "SentToContact" in given:
        after["SentToContact"] = given["SentToContact"]
    after["UpdatedDateUTC"] = context.stamp
    _SERIES.put(context, after)
    return after, warnings


def _fresh(context: Context) -> Raw:
    return {
        "PurchaseOrderID": context.new_id(),
        "Status": "DRAFT",
        "LineAmountTypes": "Exclusive",
        "LineItems": [],
        "SentToContact": False,
    }


def _contact(context: Context, given: Raw, before: Raw | None) -> Raw:
    """Return the contact, which must exist: an order makes none."""
    if "Contact" in given and contacts.match(context, given["Contact"]) is None:
        raise Invalid([messages.CONTACT_MISSING])
    return documents.contact(context, given, before)


def _lines(context: Context, given: Raw, before: Raw | None, after: Raw, errors: list[str]) -> None:
    document = lines.Document(
        context,
        sale=False,
        amount_types=after["LineAmountTypes"],
        complete=after["Status"] not in ("DRAFT", "DELETED"),
    )
    lines.set_lines(document, given, before, after, errors)


def render(context: Context, raw: Raw, _view: View) -> Raw:
    """Return an order as Xero shows it."""
    context = replace(context, unitdp=4)
    names = ("PurchaseOrderID", "PurchaseOrderNumber", "CurrencyRate", "CurrencyCode")
    shown: Raw = {name: raw[name] for name in names}
    shown |= documents.picked(raw, *_TEXTS, "DeliveryInstructions")
    shown |= {"Type": "PURCHASEORDER", "HasErrors": False, "IsDiscounted": False}
    shown["Contact"] = documents.shown_contact(context, raw)
    shown |= documents.shown_days(raw, "Date", "DeliveryDate")
    if raw.get("ExpectedArrivalDate"):
        shown["ExpectedArrivalDate"] = day_text(raw["ExpectedArrivalDate"])
    shown |= {name: raw[name] for name in ("Status", "LineAmountTypes", "SentToContact")}
    shown |= {name: raw[name] for name in ("SubTotal", "TotalTax", "Total")}
    shown["LineItems"] = [lines.render(context, line) for line in raw["LineItems"]]
    shown["HasAttachments"] = attachments.has(context, raw["PurchaseOrderID"])
    shown["UpdatedDateUTC"] = stamp_text(raw["UpdatedDateUTC"])
    return shown


KIND = Kind(
    plural="PurchaseOrders",
    id_field="PurchaseOrderID",
    render=render,
    save=save,
    fields=frozenset((*_PLAIN, "PurchaseOrderID", "Status", "UpdatedDateUTC", "Total")),
    by_key=_SERIES.by_number,
    rows=frozenset(("LineItems",)),
    paged=True,
    always_paged=True,
    filters=(("Status", "Status", "=="), ("DateFrom", "Date", ">="), ("DateTo", "Date", "<=")),
    notes="kept",
    files=True,
    printed=True,
)
