"""What a run wrote of one record, as people read it."""

from __future__ import annotations

from decimal import Decimal

from xtiger.model.undo.allocated import Allocated
from xtiger.model.undo.images import Image
from xtiger.model.undo.wrote import CREDIT_NOTE, SET_AGAINST, Value, wrote_of


def test_values_have_their_labels_and_lines_stand_for_themselves() -> None:
    """What was written as it stood is left out; a field without a label has its own name."""
    image = Image(
        "c1",
        "r1",
        "Invoices",
        "Invoice",
        "7",
        "x7",
        "I1",
        "changed",
        crm={"total": (Decimal(4), Decimal(5)), "lines": ({"digest": "a"}, {"digest": "b"})},
        xero={"Reference": (None, "A"), "Date": ("2026-01-01", "2026-01-01")},
    )

    found = wrote_of(image, {"total": "Total"}, {})

    assert ("Invoices", "7", "x7", "I1") == (found.module, found.crm_id, found.xero_id, found.name)
    assert (
        Value("crm", "Total", "4", "5"),
        Value("crm", "", "", ""),
        Value("xero", "Reference", "", "A"),
    ) == found.values


def test_credit_is_shown_with_its_invoice_or_note() -> None:
    """What was set against an invoice, and a note that was made for what it says less."""
    set_against = Allocated("n", "i", "I1", Decimal(4), "a")
    made = Allocated("m", "i", "I1", Decimal(0), note="I1-CN1", total=Decimal(10))
    image = Image(
        "c1", "r1", "Invoices", "Invoice", "7", "i", "I1", "changed", allocated=(set_against, made)
    )

    found = wrote_of(image, {}, {}).values

    assert (
        Value("xero", SET_AGAINST, "", "I1 4.00"),
        Value("xero", CREDIT_NOTE, "", "I1-CN1 10.00"),
    ) == found
