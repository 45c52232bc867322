"""The accounting API: from one request inside an organisation to the right endpoint."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from xtiger.sandbox import accounts, contacts, invoices, items, organisation, payments, taxrates
from xtiger.sandbox.envelope import Answer, enveloped, not_found, not_implemented
from xtiger.sandbox.kinds import Context, Kind, Saving
from xtiger.sandbox.reading import read_list
from xtiger.sandbox.state import Indexes, Raw
from xtiger.sandbox.writing import elements, write


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, split up."""

    method: str
    #: "Contacts"
    endpoint: str
    #: What follows the endpoint in the path.
    rest: tuple[str, ...]
    #: Names in lower case.
    query: Mapping[str, str]
    modified_since: str
    body: bytes


def kinds() -> dict[str, Kind]:
    """Return every endpoint that holds objects, by name."""
    rows = (
        contacts.KIND,
        items.KIND,
        accounts.KIND,
        taxrates.KIND,
        taxrates.CURRENCY,
        invoices.KIND,
        payments.KIND,
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
    }


def endpoints() -> frozenset[str]:
    """Return the names of all endpoints that there are."""
    return frozenset(("Organisation", *kinds()))


def handle(context: Context, asked: Asked) -> Answer:
    """Answer one request; raises Refused for what is refused as a whole."""
    if asked.endpoint == "Organisation":
        return _organisation(context, asked)
    kind = kinds()[asked.endpoint]
    if not asked.rest:
        return _many(context, kind, asked)
    raw = _one(context, kind, asked.rest[0])
    if len(asked.rest) > 1:
        # Attachments, History and the like are not built.
        raise not_found() if asked.method == "GET" else not_implemented()
    if asked.method not in kind.verbs_one:
        raise not_implemented()
    if asked.method == "GET":
        return _single(context, kind, raw)
    if asked.method == "DELETE":
        return _removed(context, kind, raw)
    saving = Saving(create_only=False, path_id=str(raw[kind.id_field]))
    rows = elements(kind, asked.body)[:1]
    return write(context, kind, rows, saving, summarise=True)


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


def _one(context: Context, kind: Kind, key: str) -> Raw:
    try:
        found = context.get(kind.plural, str(uuid.UUID(key)))
    except ValueError:
        found = kind.by_key(context, key) if kind.by_key else context.get(kind.plural, key)
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
