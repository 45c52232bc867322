"""How the demo CRM computes an invoice: per line, two decimals, halves away from zero."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
HUNDRED = Decimal(100)


def round2(amount: Decimal) -> Decimal:
    """The amount with two decimals; an exact half goes away from zero."""
    # ROUND_HALF_UP of the decimal module means away from zero, also for negative numbers.
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def line_net(
    quantity: Decimal, unit_price: Decimal, discount_percent: Decimal, discount_amount: Decimal
) -> Decimal:
    """One line before tax; an amount of discount wins over a percentage."""
    gross = quantity * unit_price
    if discount_amount:
        return round2(gross - discount_amount)
    return round2(gross * (HUNDRED - discount_percent) / HUNDRED)


@dataclass(frozen=True, slots=True)
class Totals:
    """The three sums of an invoice in its currency."""

    subtotal: Decimal
    tax: Decimal
    total: Decimal


def invoice_totals(
    lines: Iterable[tuple[Decimal, Sequence[Decimal]]],
    discount_percent: Decimal = Decimal(0),
    deducted_tax: Decimal = Decimal(0),
) -> Totals:
    """Sums of an invoice from (net, tax percents) of its lines; a deducted tax lowers the total."""
    subtotal = Decimal("0.00")
    tax = Decimal("0.00")
    for net, percents in lines:
        reduced = round2(net * (HUNDRED - discount_percent) / HUNDRED)
        subtotal += reduced
        for percent in percents:
            tax += round2(reduced * percent / HUNDRED)
    return Totals(subtotal, tax, subtotal + tax - deducted_tax)
