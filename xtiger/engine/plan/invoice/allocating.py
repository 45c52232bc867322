"""How much of a credit note may be set against an invoice of Xero, or why nothing of it may."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, assert_never

from xtiger.model.plans import Cause
from xtiger.model.values import as_decimal
from xtiger.rules.causes import cause_of

#: Why nothing of a credit is set against an invoice.
Barred = Literal["used", "waits", "contact", "currency", "paid"]


def may_set_against(note: Mapping[str, Any], invoice: Mapping[str, Any]) -> Decimal | Barred:
    """What Xero takes of this note for this invoice, as both elements stand.

    Never of a note that was set against an invoice before: whatever is left is a person's to use.
    """
    left = as_decimal(note.get("RemainingCredit")) or Decimal(0)
    if note.get("Allocations") or left <= 0:
        return "used"
    if note.get("Status") != "AUTHORISED" or invoice.get("Status") not in ("AUTHORISED", "PAID"):
        return "waits"
    if _contact(note) != _contact(invoice) or _buys(note) != _buys(invoice):
        return "contact"
    if note.get("CurrencyCode") != invoice.get("CurrencyCode"):
        return "currency"
    due = as_decimal(invoice.get("AmountDue")) or Decimal(0)
    return min(left, due) if due > 0 else "paid"


def cause_of_barred(why: Barred, invoice: str) -> Cause | None:
    """What people read of it; None where nothing is to be said."""
    match why:
        case "used":
            return None
        case "waits":
            return cause_of("credit_waits", invoice=invoice)
        case "contact" | "currency":
            return cause_of("credit_of_another", invoice=invoice)
        case "paid":
            return cause_of("credit_left", invoice=invoice)
    assert_never(why)


def _buys(element: Mapping[str, Any]) -> bool:
    """Whether it is a supplier's: such a credit is set against bills alone."""
    return str(element.get("Type") or "").startswith("ACCPAY")


def _contact(element: Mapping[str, Any]) -> str:
    return str((element.get("Contact") or {}).get("ContactID") or "")
