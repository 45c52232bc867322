"""Listing what is only read: values by column, the newest first."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from xtiger.errors import UnreadableAnswer
from xtiger.mapping.credit_note import CREDIT_NOTES
from xtiger.mapping.listing import listed
from xtiger.mapping.listings import LISTINGS
from xtiger.model.links import Shadow

AT = datetime(2026, 11, 20, tzinfo=UTC)


def seen(xero_id: str, **fields: Any) -> Shadow:
    """The last seen copy of a credit note."""
    return Shadow("xero", "CreditNote", xero_id, {"CreditNoteID": xero_id, **fields}, AT)


def test_what_xero_leaves_out_is_none() -> None:
    """A draft has hardly a field; each column is there all the same."""
    (found,) = listed(CREDIT_NOTES, [seen("c-1")])

    assert {column.name: None for column in CREDIT_NOTES.columns} == found.values


def test_values_are_plain() -> None:
    """Amounts are Decimal to the digit, days are days, the contact is its name."""
    raw = {
        "Contact": {"ContactID": "k", "Name": "Acme"},
        "Date": "/Date(1793577600000+0000)/",
        "Total": Decimal("0.10"),
        "RemainingCredit": Decimal(0),
    }

    (found,) = listed(CREDIT_NOTES, [seen("c-1", **raw)])

    assert ("Acme", date(2026, 11, 2)) == (found.values["contact"], found.values["date"])
    assert (Decimal("0.1"), Decimal(0)) == (found.values["total"], found.values["remaining"])


def test_the_newest_stand_first_and_those_without_a_day_last() -> None:
    """By day, then by number, then by id, so that the order is always the same."""
    rows = [
        seen("a", Date="2026-11-01T00:00:00", CreditNoteNumber="1"),
        seen("b"),
        seen("c", Date="2026-11-02T00:00:00", CreditNoteNumber="1"),
        seen("d", Date="2026-11-01T00:00:00", CreditNoteNumber="2"),
    ]

    assert ["c", "d", "a", "b"] == [one.xero_id for one in listed(CREDIT_NOTES, rows)]


def test_what_cannot_be_read_is_named() -> None:
    """No list with a gap in it: the record and its field are told."""
    with pytest.raises(UnreadableAnswer, match="CreditNote c-1"):
        listed(CREDIT_NOTES, [seen("c-1", Date="yesterday")])


def test_each_list_is_found_by_its_kind() -> None:
    """The table names each list once, with columns that have different names."""
    for kind, listing in LISTINGS.items():
        names = [column.name for column in listing.columns]

        assert (kind, len(set(names))) == (listing.kind, len(names))
        assert set(listing.newest_by) <= set(names)
