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
_TOLD = ("Description", "Quantity", "UnitAmount")


def made_by(kind: str, sent: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Whether a create made this record; `sent` is its request element, its answer never came.

    A contact's key is ours alone. An item of our code may be anybody's: it has our name or text.
    An invoice of our number is for our contact and has our address; another CRM on the same base
    address, with the same number and id, wrote the same one, but not with our date and our lines.
    Without an address it has our reference.
    """
    row = traits(kind)
    if row.own_key:
        return True
    if not row.lines:
        told = [name for name in ("Name", "Description") if sent.get(name)]
        return any(there.get(name) == sent.get(name) for name in told)
    if _contact(there) != _contact(sent):
        return False
    if not sent.get("Url"):
        return (there.get("Reference") or "") == (sent.get("Reference") or "")
    return bool(there.get("Url") == sent["Url"]) and _alike(sent, there)


def _alike(sent: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Whether date or lines are as sent: a person may have edited the other before it was seen."""
    reader = ElementReader("Invoice")
    try:
        mine, theirs = reader.parse(sent), reader.parse(there)
    except UnreadableAnswer:
        return False
    return mine.get("Date") == theirs.get("Date") or _lines(mine) == _lines(theirs)


def same_document(
    there: XeroRecord, contact: str, day: date | None, totals: Set[Decimal | None]
) -> bool:
    """Whether an invoice of our number and address, which no write of ours explains, is ours.

    `totals`: what it may come to, as the CRM says and as its lines do.
    """
    values = there.values
    same_day = day is not None and values.get("Date") == day
    return same_day and _contact(there.raw) == contact and as_decimal(values.get("Total")) in totals


def _contact(raw: Mapping[str, Any]) -> str | None:
    return (raw.get("Contact") or {}).get("ContactID")


def _lines(parsed: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return [tuple(line.get(name) for name in _TOLD) for line in parsed.get("LineItems") or ()]
