"""Where both totals of an invoice round differently: the line in Xero that makes them equal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.currencies import XERO_PLACES, coarse_limit
from xtiger.mapping.role_values import RoleValues
from xtiger.model.plans import Cause, Difference
from xtiger.model.records import Record, XeroRecord
from xtiger.model.values import Plain, as_decimal
from xtiger.rules.causes import cause_of
from xtiger.rules.invoice_status import money_on
from xtiger.rules.money import Totals, cents
from xtiger.rules.rounding import (
    DEFAULT_LIMIT,
    MOST,
    ROUNDING,
    RoundingAccount,
    is_small,
    rounding_line,
    rounding_of,
)

if TYPE_CHECKING:
    from xtiger.engine.plan.invoice.facts import InvoiceWorld

#: The option of invoices that says up to which difference a line is written.
LIMIT: Final = "rounding_limit"
#: The key of the line in differences.
KEY: Final = "Rounding"


def limit_of(scope: Scope, places: int = XERO_PLACES) -> Decimal:
    """Up to which difference a line is written; 0 where none is.

    In a currency of fewer places than Xero's two it is as many of the smallest units. A receipt
    is what the bank has: it gets none.
    """
    if scope.traits.is_money:
        return Decimal(0)
    limit = as_decimal(scope.option(LIMIT, DEFAULT_LIMIT)) or Decimal(0)
    return coarse_limit(limit, places, MOST)


def crm_total_of(record: Record, scope: Scope) -> Decimal | Cause | None:
    """The total that the CRM says, to the cent; None where it says none."""
    try:
        total = RoleValues(scope.module, record.values).number("invoice.total")
    except ValueError as error:
        return cause_of("value_unreadable", field="total", value=str(error)[:60], type="number")
    return None if total is None else cents(total)


def is_paid(xero: XeroRecord | None) -> bool:
    """Whether money is on the invoice in Xero: its amounts are fixed."""
    return xero is not None and (xero.status == "PAID" or money_on(xero))


@dataclass(frozen=True, slots=True)
class Rounder:
    """The rounding of one invoice: what Xero has of it, and what may be written."""

    xero: XeroRecord | None
    account: RoundingAccount | None
    limit: Decimal

    @classmethod
    def of(
        cls, xero: XeroRecord | None, scope: Scope, world: InvoiceWorld, places: int = XERO_PLACES
    ) -> Rounder:
        """For an invoice of this module, new in Xero or there; `places` of its currency."""
        return cls(xero, world.rounding, limit_of(scope, places))

    @property
    def before(self) -> Decimal:
        """What the line in Xero adds to the total now."""
        return rounding_of(self.xero.rounding if self.xero is not None else None)

    def takes(self, amount: Decimal) -> bool:
        """Whether the line may be this amount from now on; 0 takes it away."""
        if amount == self.before:
            return True
        if is_paid(self.xero):
            return False
        return amount == 0 or (self.account is not None and is_small(amount, self.limit))

    def line(self, amount: Decimal) -> dict[str, Plain] | None:
        """The request line; None for an amount of 0, which leaves it out of the list."""
        there: Mapping[str, Plain] | None = self.xero.rounding if self.xero is not None else None
        if amount == 0:
            return None
        if there is not None and amount == self.before:
            names = ("LineItemID", "Quantity", "UnitAmount", "AccountCode", "TaxType")
            kept = {name: there[name] for name in names if there.get(name) is not None}
            return {"Description": ROUNDING, **kept}
        assert self.account is not None  # `takes` was asked
        return rounding_line(amount, self.account, there)

    def difference(self, amount: Decimal) -> list[Difference]:
        """What people read of a line that is written, changed or taken away."""
        if amount == self.before:
            return []
        old = self.before or None
        return [Difference(KEY, ROUNDING, old, amount or None, old, "to_xero")]


def with_rounding(found: Totals, amount: Decimal) -> Totals:
    """The sums of the lines and the one for rounding, which bears no tax."""
    return replace(found, net=found.net + amount)


def rounded(rounder: Rounder, crm_total: Decimal | Cause | None, lines: Totals) -> Decimal | Cause:
    """What the line for rounding is, between the CRM's total and Xero's of the other lines.

    0 for none; a cause where they differ by more than may be settled so.
    """
    if isinstance(crm_total, Cause):
        return crm_total
    amount = rounder.before if crm_total is None else crm_total - lines.total
    if rounder.takes(amount):
        return amount
    there = with_rounding(lines, rounder.before if is_paid(rounder.xero) else Decimal(0))
    return cause_of("total_differs", crm_total=str(crm_total), xero_total=str(there.total))
