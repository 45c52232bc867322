"""Xero's arithmetic, computed beforehand: line amounts, tax per line, totals to the cent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from typing import Literal

CENT = Decimal("0.01")
#: Unit prices travel with 4 decimal places (unitdp=4).
PRICE_PLACES = 4
QUANTITY_PLACES = 4
#: Digits of a rounded amount; two numbers of the CRM have at most 62 before the point.
_DIGITS = 80
#: Exact halves: away from zero (Xero's way as far as known), or to the even neighbour.
Halves = Literal["away", "even"]


def round_places(amount: Decimal, places: int, halves: Halves = "away") -> Decimal:
    """Round to so many decimal places; ROUND_HALF_UP of decimal is away from zero."""
    mode = ROUND_HALF_UP if halves == "away" else ROUND_HALF_EVEN
    # Wide enough for the product of two absurd numbers: the total then differs, and it is held.
    return amount.quantize(Decimal(1).scaleb(-places), context=Context(_DIGITS, mode))


def cents(amount: Decimal, halves: Halves = "away") -> Decimal:
    """Round to 2 decimal places."""
    return round_places(amount, 2, halves)


def places(amount: Decimal) -> int:
    """How many decimal places the number really needs."""
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -int(exponent))


@dataclass(frozen=True, slots=True)
class LineSum:
    """What Xero will compute for one line, both rounded to 2 places."""

    amount: Decimal
    tax: Decimal


def line_sum(
    quantity: Decimal,
    unit_price: Decimal,
    *,
    discount_percent: Decimal | None = None,
    discount_amount: Decimal | None = None,
    tax_rate: Decimal = Decimal(0),
    halves: Halves = "away",
) -> LineSum:
    """Xero's LineAmount and TaxAmount of a tax-exclusive line.

    LineAmount = quantity × unit price × (100 - discount rate) / 100, or less the discount
    amount; tax is taken from the rounded line amount, per line.
    """
    gross = quantity * unit_price
    if discount_percent:
        gross = gross * (100 - discount_percent) / 100
    elif discount_amount:
        gross = gross - discount_amount
    amount = cents(gross, halves)
    return LineSum(amount, cents(amount * tax_rate / 100, halves))


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a document."""

    net: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        """Net and tax together."""
        return self.net + self.tax


def totals(lines: Iterable[LineSum]) -> Totals:
    """Sum rounded lines, as Xero does."""
    net = tax = Decimal(0)
    for line in lines:
        net += line.amount
        tax += line.tax
    return Totals(net, tax)
