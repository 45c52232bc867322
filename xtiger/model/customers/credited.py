"""What an invoice says less than Xero, which keeps its amounts, and the credit notes made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeAlias

from xtiger.model.values import Plain

#: The ids of a category and its option, of each that a line has.
Tracking: TypeAlias = "tuple[tuple[str, str], ...]"


@dataclass(frozen=True, slots=True)
class CreditShare:
    """What of a credit falls on one account, tax and tracking."""

    account: str
    tax_type: str
    #: Before tax, and the tax, both to the cent.
    net: Decimal
    tax: Decimal
    #: What people read on the line.
    text: str = ""
    tracking: Tracking = ()

    @property
    def place(self) -> tuple[str, str, Tracking]:
        """What tells it from other shares."""
        return self.account, self.tax_type, self.tracking

    def plain(self) -> list[Plain]:
        """As it is kept."""
        tracking = [list(one) for one in self.tracking]
        return [self.account, self.tax_type, str(self.net), str(self.tax), self.text, tracking]

    @classmethod
    def of(cls, kept: Any) -> CreditShare:
        """One that was kept."""
        account, tax_type, net, tax, text, tracking = kept
        ids = tuple((str(category), str(option)) for category, option in tracking)
        return cls(account, tax_type, Decimal(net), Decimal(tax), text, ids)


@dataclass(frozen=True, slots=True)
class CreditOfInvoice:
    """A credit note in Xero for what an invoice of the CRM says less, made or to be made."""

    number: str
    #: What it comes to, rounding included.
    total: Decimal
    shares: tuple[CreditShare, ...]
    #: Its id in Xero; "" before it is there.
    xero_id: str = ""

    def plain(self) -> dict[str, Plain]:
        """As it is kept."""
        return {
            "number": self.number,
            "total": str(self.total),
            "shares": [one.plain() for one in self.shares],
            "xero_id": self.xero_id,
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> CreditOfInvoice:
        """One that was kept."""
        shares = tuple(CreditShare.of(one) for one in kept["shares"])
        return cls(kept["number"], Decimal(kept["total"]), shares, kept["xero_id"])


@dataclass(frozen=True, slots=True)
class Credited:
    """All credit notes of this kind of one invoice, and what of them is under way."""

    #: The invoice of Xero that they are for: linked to another one, none of it counts.
    invoice_id: str
    #: The amount that a person had credited and that is not sent yet; None for none.
    asked: Decimal | None = None
    #: What was announced and is not booked yet; None for nothing.
    sending: CreditOfInvoice | None = None
    made: tuple[CreditOfInvoice, ...] = field(default=())

    @property
    def total(self) -> Decimal:
        """What was credited so far."""
        return sum((one.total for one in self.made), Decimal(0))

    @property
    def shares(self) -> tuple[CreditShare, ...]:
        """The same by account and tax."""
        return tuple(share for one in self.made for share in one.shares)

    def without(self, gone: frozenset[str]) -> Credited:
        """It without the notes of these ids, which somebody voided in Xero."""
        return replace(self, made=tuple(one for one in self.made if one.xero_id not in gone))

    def plain(self) -> dict[str, Plain]:
        """As it is kept."""
        return {
            "invoice_id": self.invoice_id,
            "asked": None if self.asked is None else str(self.asked),
            "sending": None if self.sending is None else self.sending.plain(),
            "made": [one.plain() for one in self.made],
        }

    @classmethod
    def of(cls, kept: Any) -> Credited:
        """What was kept; nothing of an invoice that nobody credited so."""
        if not kept:
            return cls("")
        return cls(
            kept["invoice_id"],
            None if kept["asked"] is None else Decimal(kept["asked"]),
            None if kept["sending"] is None else CreditOfInvoice.of(kept["sending"]),
            tuple(CreditOfInvoice.of(one) for one in kept["made"]),
        )
