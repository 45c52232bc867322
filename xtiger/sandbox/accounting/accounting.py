"""The accounting API: from one request inside an organisation to the right endpoint."""

from __future__ import annotations

import uuid
from functools import cache

from xtiger.sandbox.accounting import attachments, history
from xtiger.sandbox.accounting.documents import (
    allocations,
    banktransactions,
    batchpayments,
    creditnotes,
    invoices,
    payments,
    pdf,
    prepayments,
    purchaseorders,
    quotes,
)
from xtiger.sandbox.accounting.envelope import (
    Answer,
    Refused,
    enveloped,
    not_found,
    not_implemented,
)
from xtiger.sandbox.accounting.kinds import Asked, Context, Kind, Saving
from xtiger.sandbox.accounting.lists import (
    accounts,
    brandingthemes,
    contactgroups,
    contacts,
    items,
    organisation,
    taxrates,
    tracking,
)
from xtiger.sandbox.accounting.reading import read_list
from xtiger.sandbox.accounting.writing import elements, write
from xtiger.sandbox.state import Indexes, Raw


@cache
def kinds() -> dict[str, Kind]:
    """Return every endpoint that holds objects, by name."""
    rows = (
        contacts.KIND,
        items.KIND,
        accounts.KIND,
        taxrates.KIND,
        taxrates.CURRENCY,
        brandingthemes.KIND,
        tracking.KIND,
        contactgroups.KIND,
        invoices.KIND,
        payments.KIND,
        batchpayments.KIND,
        creditnotes.KIND,
        banktransactions.KIND,
        prepayments.PREPAYMENT,
        prepayments.OVERPAYMENT,
        quotes.KIND,
        purchaseorders.KIND,
    )
    return {kind.plural: kind for kind in rows}


def indexes() -> Indexes:
    """Return what objects are found by, per kind."""
    return {
        "Contacts": contacts.INDEXES,
        "Items": items.INDEXES,
        "Accounts": accounts.INDEXES,
        "TaxRates": taxrates.INDEXES,
        "Invoices": invoices.INDEXES,
        "Payments": payments.INDEXES,
        "CreditNotes": creditnotes.INDEXES,
        "Allocations": allocations.INDEXES,
        "Attachments": attachments.INDEXES,
        "ContactGroups": contactgroups.INDEXES,
        "TrackingCategories": tracking.INDEXES,
        "Prepayments": prepayments.INDEXES,
        "Overpayments": prepayments.INDEXES,
        "Quotes": quotes.INDEXES,
        "PurchaseOrders": purchaseorders.INDEXES,
    }


@cache
def endpoints() -> frozenset[str]:
    """Return the names of all endpoints that there are."""
    return frozenset(("Organisation", *kinds()))


def named(endpoint: str) -> str:
    """Return an endpoint's own spelling; Xero does not mind the case, nor a plural organisation."""
    if endpoint.lower() == "organisations":
        return "Organisation"
    return next((name for name in endpoints() if name.lower() == endpoint.lower()), endpoint)


def handle(context: Context, asked: Asked) -> Answer:
    """Answer one request; raises Refused for what is refused as a whole."""
    if asked.endpoint == "Organisation":
        return _organisation(context, asked)
    kind = kinds()[asked.endpoint]
    if not asked.rest:
        return _many(context, kind, asked)
    raw = _one(context, kind, asked.rest[0], wants_pdf=wants_pdf(asked.accept))
    if len(asked.rest) > 1:
        return _below(context, kind, asked, raw)
    if asked.method not in kind.verbs_one:
        raise not_implemented()
    if asked.method == "GET":
        if kind.printed and wants_pdf(asked.accept):
            return pdf.answer(f"{kind.plural} {raw[kind.id_field]}")
        return _single(context, kind, raw)
    if asked.method == "DELETE":
        return _removed(context, kind, raw)
    saving = Saving(create_only=False, path_id=str(raw[kind.id_field]))
    rows = elements(kind, asked.body)[:1]
    return write(context, kind, rows, saving, summarise=True)


def wants_pdf(accept: str) -> bool:
    """Say whether a caller wants the document itself instead of JSON."""
    return accept.startswith("application/pdf")


def _below(context: Context, kind: Kind, asked: Asked, raw: Raw) -> Answer:
    name = asked.rest[1]
    if name == "History" and kind.notes:
        return history.answer(context, kind, asked, raw)
    if name == "Attachments" and kind.files:
        return attachments.answer(context, kind, asked, raw)
    if kind.below is None or name not in kind.below:
        raise not_found() if asked.method == "GET" else not_implemented()
    return kind.below[name](context, asked, raw)


def _organisation(context: Context, asked: Asked) -> Answer:
    if asked.method != "GET":
        raise not_implemented()
    if asked.rest == ():
        return organisation.read(context)
    if asked.rest == ("Actions",):
        return organisation.actions(context)
    raise not_found()


def _many(context: Context, kind: Kind, asked: Asked) -> Answer:
    if asked.method not in kind.verbs:
        raise not_implemented()
    if asked.method == "GET":
        return read_list(context, kind, asked.query, asked.modified_since)
    rows = elements(kind, asked.body)
    # POST /Payments takes one payment and, like the settings, always summarises.
    obeys = kind.batches and not (kind.plural == "Payments" and asked.method == "POST")
    summarise = not obeys or asked.query.get("summarizeerrors", "true").lower() != "false"
    saving = Saving(create_only=asked.method == "PUT")
    return write(context, kind, rows, saving, summarise=summarise)


def _one(context: Context, kind: Kind, key: str, *, wants_pdf: bool) -> Raw:
    try:
        found = context.get(kind.plural, str(uuid.UUID(key)))
    except ValueError:
        found = kind.by_key(context, key) if kind.by_key else context.get(kind.plural, key)
    if found is None and wants_pdf:
        raise Refused(Answer(404))
    if found is None:
        raise not_found()
    return found


def _single(context: Context, kind: Kind, raw: Raw) -> Answer:
    shown = kind.render(context, raw, "full")
    return enveloped(context.new_id, context.now, {kind.plural: [shown]})


def _removed(context: Context, kind: Kind, raw: Raw) -> Answer:
    assert kind.remove is not None
    left = kind.remove(context, raw)
    if left is None:
        return Answer(204)
    if isinstance(left, Answer):
        return left
    return _single(context, kind, left)
