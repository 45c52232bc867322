"""Whether a record in Xero that has the natural key of ours is the one that we made."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import date
from decimal import Decimal
from typing import Any

from xtiger.errors import UnreadableAnswer
from xtiger.mapping.xero_schema import ElementReader
from xtiger.model.records import XeroRecord
from xtiger.model.values import as_decimal
from xtiger.rules.kinds import traits

#: What of a line tells whose invoice it is.
_SIGNS = ("Description", "Quantity", "UnitAmount")


def made_by(kind: str, sent: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Whether a create made this record; `sent` is its request element, its answer never came.

    A contact's key is ours alone. An item of our code may be anybody's: it has our name or text.
    An invoice of our number is for our contact and has our address; another CRM on the same base
    address, with the same number and id, wrote the same one, but not with our date and our lines.
    Without an address it has our reference; a credit note, which never has one, our date or lines.
    """
    row = traits(kind)
    if row.own_key:
        return True
    if not row.lines:
        given = [name for name in ("Name", "Description") if sent.get(name)]
        return any(there.get(name) == sent.get(name) for name in given)
    mine, theirs = row.type_of(sent), row.type_of(there)
    if _contact(there) != _contact(sent) or mine is not theirs:
        return False
    if not sent.get("Url") and mine is not None and not mine.numbered:
        return _as_sent(sent, there)
    if not sent.get("Url"):
        same = (there.get("Reference") or "") == (sent.get("Reference") or "")
        return same and (not row.gives_back or _alike(sent, there))
    return bool(there.get("Url") == sent["Url"]) and _alike(sent, there)


def _alike(sent: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Whether date or lines are as sent: a person may have edited the other before it was seen."""
    reader = ElementReader("Invoice")
    try:
        mine, theirs = reader.parse(sent), reader.parse(there)
    except UnreadableAnswer:
        return False
    return mine.get("Date") == theirs.get("Date") or _lines(mine) == _lines(theirs)


def _as_sent(sent: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Whether number, date and lines are all as sent: nothing else tells such a document."""
    number = sent.get("CreditNoteNumber")  # which the reader of invoices does not know
    if number and number != there.get("CreditNoteNumber"):
        return False
    reader = ElementReader("Invoice")
    try:
        mine, theirs = reader.parse(sent), reader.parse(there)
    except UnreadableAnswer:
        return False
    same = all(
        (mine.get(name) or "") == (theirs.get(name) or "")
        for name in ("InvoiceNumber", "Reference", "Date")
    )
    return same and _lines(mine) == _lines(theirs)


def same_document(there: XeroRecord, contact: str, day: date | None, totals: Set[Decimal]) -> bool:
    """Whether an invoice of our number and address, which no write of ours explains, is ours.

    `totals`: what it may come to, as the CRM says and as its lines do.
    """
    values = there.values
    same_day = day is not None and values.get("Date") == day
    return same_day and _contact(there.raw) == contact and as_decimal(values.get("Total")) in totals


def _contact(raw: Mapping[str, Any]) -> str | None:
    return (raw.get("Contact") or {}).get("ContactID")


def _lines(parsed: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return [tuple(line.get(name) for name in _SIGNS) for line in parsed.get("LineItems") or ()]
