"""Which notices a change of an invoice gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from xtiger.model.customers.document_money import DocumentMoney
from xtiger.model.customers.notices import NOTICE_EVENTS
from xtiger.rules.customers.notices import events_of, opened_at, unknown_events, wanted_events

OPEN = DocumentMoney("Invoice", "i1", status="AUTHORISED", total=Decimal(10), left=Decimal(10))
PART = replace(OPEN, settled=Decimal(4), left=Decimal(6))
PAID = replace(OPEN, status="PAID", settled=Decimal(10), left=Decimal(0))
VOIDED = replace(OPEN, status="VOIDED", left=Decimal(0))
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "after", "events"),
    [
        (OPEN, PART, ("part_paid",)),
        (PART, PAID, ("paid",)),
        (None, PAID, ("paid",)),
        (None, PART, ("part_paid",)),
        (None, OPEN, ()),
        (PAID, PAID, ()),
        (PAID, PART, ()),
        (PART, replace(PART, number="I2"), ()),
        (OPEN, VOIDED, ("voided",)),
        (VOIDED, VOIDED, ()),
        (OPEN, replace(OPEN, status="DRAFT"), ()),
        (OPEN, replace(PAID, sells=False), ()),
        (OPEN, replace(PAID, kind="CreditNote"), ()),
    ],
)
def test_each_step_is_one_event(
    before: DocumentMoney | None, after: DocumentMoney, events: tuple[str, ...]
) -> None:
    """What stays as it was, is taken back or is no sale is none."""
    assert events == events_of(before, after)


def test_all_are_wanted_unless_some_are_named() -> None:
    """One word that names none leaves all out."""
    assert set(NOTICE_EVENTS) == wanted_events(None) == wanted_events([]) == wanted_events("paid")
    assert {"paid"} == wanted_events(["paid"])
    assert set() == wanted_events(["none"])
    assert ["eaten"] == unknown_events(["paid", "none", "eaten"])


def test_the_first_entry_that_says_so_is_the_opening() -> None:
    """Notes of people, names of files and entries without a moment say nothing."""
    later = replace_at(12)
    entries = [
        ({"Changes": "Viewed", "Details": "by the customer"}, later),
        ({"Changes": "Online", "Details": "The invoice was opened"}, replace_at(10)),
        ({"Changes": "Note", "Details": "Have they opened it?"}, AT),
        ({"Changes": "Attached a file", "Details": "viewed.pdf"}, AT),
        ({"Changes": "Approved"}, AT),
        ({"Changes": "Viewed"}, None),
    ]

    assert replace_at(10) == opened_at(entries)
    assert opened_at(entries[2:]) is None


def replace_at(hour: int) -> datetime:
    """An hour of that day."""
    return AT.replace(hour=hour)
