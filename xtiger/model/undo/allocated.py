"""Credit that a run set against an invoice in Xero, as undo takes it off again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from xtiger.model.values import Plain


@dataclass(frozen=True, slots=True)
class Allocated:
    """One allocation that a run made, or a credit note that it made for what an invoice says less.

    The latter goes with its allocation; a note of a record of the CRM is that record's own.
    """

    #: Xero ids of the credit note and of the invoice.
    credit_id: str
    invoice_id: str
    #: The number of the invoice, for people.
    invoice: str
    #: 0 of a note that was made for a difference, whatever is set against its invoice.
    amount: Decimal
    #: Its own id; "" where Xero did not answer it, or nothing was set against the invoice.
    allocation_id: str = ""
    #: The number of the note that was made for the difference, and its total; "" for none.
    note: str = ""
    total: Decimal = Decimal(0)

    def plain(self) -> dict[str, Plain]:
        """As it is kept."""
        return {
            "credit_id": self.credit_id,
            "invoice_id": self.invoice_id,
            "invoice": self.invoice,
            "amount": str(self.amount),
            "allocation_id": self.allocation_id,
            "note": self.note,
            "total": str(self.total),
        }

    @classmethod
    def of(cls, kept: Mapping[str, Plain]) -> Allocated:
        """One that was kept."""
        sums = {name: Decimal(kept[name]) for name in ("amount", "total")}
        return cls(**{**kept, **sums})
