"""Undo and credit: which allocations are the runs' own, and what is once they are off."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from xtiger.model.plans import Item
from xtiger.model.records import XeroRecord
from xtiger.model.undo.allocated import Allocated
from xtiger.rules.undo.allocations import all_ours, note_to_void, taken_off, without_credit

MADE = Allocated("n", "i", "I1", Decimal(4), "a1")
OF_NOTE = replace(MADE, allocation_id="", amount=Decimal(0), note="I1-CN1", total=Decimal(10))


def note(*allocations: tuple[str, str, str], left: str = "6", **values: Any) -> dict[str, Any]:
    """A credit note of 10.00 with these allocations: id, invoice, amount."""
    used = [
        {"AllocationID": one, "Invoice": {"InvoiceID": invoice}, "Amount": Decimal(amount)}
        for one, invoice, amount in allocations
    ]
    given = {"Status": "AUTHORISED", "Total": Decimal(10), "RemainingCredit": Decimal(left)}
    return {**given, "Allocations": used, **values}


def test_an_allocation_is_ours_by_its_id() -> None:
    """Another one of the same amount is somebody's, and then all of the note stays."""
    assert (MADE,) == all_ours([MADE], note(("a1", "i", "4")))
    assert all_ours([MADE], note(("a2", "i", "4"))) is None
    assert all_ours([MADE], note(("a1", "i", "4"), ("a2", "j", "6"), left="0")) is None


def test_one_whose_id_xero_did_not_answer_is_ours_by_invoice_and_amount() -> None:
    """It gets the id of now; one without any id cannot be taken off."""
    unknown = replace(MADE, allocation_id="")

    assert (MADE,) == all_ours([unknown], note(("a1", "i", "4")))
    assert all_ours([unknown], note(("a1", "j", "4"))) is None
    assert all_ours([unknown], note(("", "i", "4"))) is None
    assert all_ours([unknown], note(Allocations=[{"AllocationID": "a1", "Amount": 4}])) is None


def test_nothing_stands_of_what_a_person_took_off() -> None:
    """The note is open again: nothing is to be taken off."""
    assert () == all_ours([MADE], note(left="10"))


def test_a_note_that_is_paid_back_or_voided_stays() -> None:
    """Its credit is not there to be given back."""
    assert all_ours([MADE], note(("a1", "i", "4"), left="1")) is None
    assert all_ours([MADE], note(left="10", Status="VOIDED")) is None


def test_the_note_of_a_difference_goes_with_what_is_set_of_it() -> None:
    """All that is set against its invoice is its own; another total makes it somebody's."""
    whole = replace(OF_NOTE, allocation_id="a1", amount=Decimal(10))

    assert (whole,) == note_to_void(OF_NOTE, note(("a1", "i", "10"), left="0", Status="PAID"))
    assert (OF_NOTE,) == note_to_void(OF_NOTE, note(left="10"))
    assert note_to_void(OF_NOTE, note(left="12", Total=Decimal(12))) is None
    assert note_to_void(OF_NOTE, note(("a1", "j", "4"))) is None
    assert [(), ()] == [note_to_void(OF_NOTE, one) for one in ({}, note(Status="VOIDED"))]


def test_an_invoice_is_due_again() -> None:
    """One that was paid by credit alone is approved; one that is open stays so."""
    values = {"AmountCredited": Decimal(4), "AmountDue": Decimal(0), "Status": "PAID"}
    paid = XeroRecord("Invoice", "i", values, raw={"Status": "PAID"}, status="PAID")

    found = without_credit(paid, Decimal(4))

    assert ("AUTHORISED", Decimal(0), Decimal(4)) == (
        found.status,
        found.values["AmountCredited"],
        found.raw["AmountDue"],
    )
    assert "AUTHORISED" == found.values["Status"]
    opened = without_credit(replace(paid, status="AUTHORISED"), Decimal(1))
    assert ("AUTHORISED", Decimal(3)) == (opened.status, opened.values["AmountCredited"])


def test_a_note_has_its_credit_again() -> None:
    """Nothing is set against anything any more."""
    raw = {"RemainingCredit": Decimal(6), "Allocations": [{}], "Status": "AUTHORISED"}

    found = without_credit(
        XeroRecord("CreditNote", "n", {}, raw=raw, status="AUTHORISED"), Decimal(4)
    )

    assert (Decimal(10), []) == (found.raw["RemainingCredit"], found.raw["Allocations"])


def test_people_read_what_is_taken_off() -> None:
    """An allocation by its invoice and amount, a note by its number."""
    both = replace(OF_NOTE, allocation_id="a1", amount=Decimal(10))
    item = Item("Invoices", "Invoice", "1", "i", "I1", freed=(MADE, OF_NOTE, both))

    said = [text.format_map(data) for text, data in taken_off(item)]

    voided = "Credit note I1-CN1 is voided; its number stays taken."
    assert ["4.00 is taken off I1.", voided, "10.00 is taken off I1.", voided] == said
