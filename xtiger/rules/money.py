"""Xero's arithmetic, computed beforehand: line amounts, tax per line, totals to the cent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from typing import Literal

from xtiger.model.records import Arithmetic

CENT = Decimal("0.01")
#: Unit prices travel with 4 decimal places (unitdp=4).
PRICE_PLACES = 4
QUANTITY_PLACES = 4
#: Places of a discount rate that Xero keeps.
RATE_PLACES = 2
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


def line_net(
    quantity: Decimal,
    unit_price: Decimal,
    discount_percent: Decimal | None = None,
    discount_amount: Decimal | None = None,
) -> Decimal:
    """Quantity × price less the discount, not rounded; a percentage counts before an amount."""
    gross = quantity * unit_price
    if discount_percent:
        return gross * (100 - discount_percent) / 100
    return gross - discount_amount if discount_amount else gross


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
    net = line_net(quantity, unit_price, discount_percent, discount_amount)
    amount = cents(net, halves)
    return LineSum(amount, cents(amount * tax_rate / 100, halves))


@dataclass(frozen=True, slots=True)
class CrmLine:
    """One line as a CRM counts it: not rounded, with its tax in percent."""

    net: Decimal
    percent: Decimal


def crm_sum(lines: Sequence[CrmLine], arithmetic: Arithmetic, digits: int = 2) -> Decimal:
    """What a CRM of this arithmetic makes of an invoice; exact where it rounds nothing.

    `digits` are the places of its currency: 0 for yen, 3 for Kuwaiti dinars.
    """
    if arithmetic == "none":
        return sum((line.net * (100 + line.percent) / 100 for line in lines), Decimal(0))
    rounded = [CrmLine(round_places(line.net, digits), line.percent) for line in lines]
    net = sum((line.net for line in rounded), Decimal(0))
    if arithmetic == "line":
        taxes = (round_places(line.net * line.percent / 100, digits) for line in rounded)
        return net + sum(taxes, Decimal(0))
    by_rate: dict[Decimal, Decimal] = {}
    for line in rounded:
        by_rate[line.percent] = by_rate.get(line.percent, Decimal(0)) + line.net
    shares = (round_places(one * rate / 100, digits) for rate, one in by_rate.items())
    return net + sum(shares, Decimal(0))


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
