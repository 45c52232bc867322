"""What is kept of credits of invoices whose amounts Xero keeps."""

from __future__ import annotations

from decimal import Decimal

from xtiger.model.customers.credited import Credited, CreditOfInvoice, CreditShare
from xtiger.model.values import to_json

SHARE = CreditShare("200", "OUTPUT2", Decimal("10.00"), Decimal("2.00"), "Wood", (("a", "b"),))
NOTE = CreditOfInvoice("I1-CN1", Decimal("12.00"), (SHARE,), "n1")


def test_it_is_read_as_it_was_kept() -> None:
    """Asked for, under way and made; and plain data all the way down."""
    every = Credited("i1", Decimal("3.00"), NOTE, (NOTE,))
    none = Credited("i1")

    assert [every, none] == [Credited.of(one.plain()) for one in (every, none)]
    assert "I1-CN1" in to_json(every.plain())


def test_nothing_kept_is_nothing_credited() -> None:
    """Neither a note, nor an amount."""
    found = Credited.of(None)

    assert ("", None, None, ()) == (found.invoice_id, found.asked, found.sending, found.made)
    assert (Decimal(0), ()) == (found.total, found.shares)


def test_a_voided_note_counts_no_more() -> None:
    """The others do."""
    other = CreditOfInvoice("I1-CN2", Decimal(1), (SHARE,), "n2")
    found = Credited("i1", made=(NOTE, other)).without(frozenset({"n1"}))

    assert ((other,), Decimal(1), (SHARE,)) == (found.made, found.total, found.shares)
