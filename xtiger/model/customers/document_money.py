"""What a document of Xero is worth as last seen, and what that adds up to for one customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class DocumentMoney:
    """The money of one invoice, credit note, prepayment or overpayment of Xero."""

    kind: str
    xero_id: str
    contact_id: str = ""
    #: Whether it is of a sale; else of a purchase.
    sells: bool = True
    status: str = ""
    number: str = ""
    currency: str = ""
    total: Decimal = Decimal(0)
    #: Paid and credited so far.
    settled: Decimal = Decimal(0)
    #: What is left to pay, or of a credit to use.
    left: Decimal = Decimal(0)
    due_day: date | None = None
    #: The day of the last payment, and how much came then.
    paid_on: date | None = None
    paid_then: Decimal = Decimal(0)
    #: Whether Xero says that it was sent to the customer.
    is_sent: bool = False

    @property
    def is_open(self) -> bool:
        """Whether something of an approved document is left."""
        return self.status == "AUTHORISED" and self.left > 0


@dataclass(frozen=True, slots=True)
class Balance:
    """What one customer owes and has in one currency."""

    currency: str
    outstanding: Decimal = Decimal(0)
    #: The part of it whose day is over.
    overdue: Decimal = Decimal(0)
    #: Credit notes and money on account that are not used yet.
    credit: Decimal = Decimal(0)
    #: The last payment, of invoices that the store knows.
    paid_on: date | None = None
    paid_then: Decimal = Decimal(0)
