"""Which field of an invoice Xero still lets change in which status: asked by plans and the docs."""

from __future__ import annotations

from typing import Final, Literal

#: Draft or submitted, approved, with money on it, or voided and deleted.
Stage = Literal["draft", "approved", "paid", "gone"]
STAGES: Final[tuple[Stage, ...]] = ("draft", "approved", "paid", "gone")
#: Fields of the head that Xero fixes when an invoice is approved.
_FIXED_ONCE_APPROVED: Final = frozenset({"CurrencyCode"})
#: Fields of the head that may still change once money is on the invoice.
_OPEN_WHEN_PAID: Final = frozenset({"Reference", "DueDate", "InvoiceNumber", "Contact.ContactID"})
#: Cells of a line that may still change then; no line is added, removed or moved.
_OPEN_CELLS: Final = frozenset({"Description", "AccountCode"})


def head_may_change(path: str, stage: Stage) -> bool:
    """Whether Xero takes another value of this field of the head."""
    if stage == "gone":
        return False
    if stage == "paid":
        return path in _OPEN_WHEN_PAID
    return stage == "draft" or path not in _FIXED_ONCE_APPROVED


def cell_may_change(cell: str, stage: Stage) -> bool:
    """Whether Xero takes another value of this cell of a line."""
    return stage in ("draft", "approved") or (stage == "paid" and cell in _OPEN_CELLS)
