"""What an invoice comes to in a CRM and in Xero: fractions, written from how both count.

Nothing here is of the library or the sandbox, since it judges both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

#: How a CRM counts: nothing is rounded before the total; tax on the sum of each rate; net and tax
#: of each line; or of several taxes on a line each by itself.
Way = Literal["none", "document", "line", "components"]
#: Percentage of Xero's own tax types that the tests use.
PERCENT = {"OUTPUT2": Fraction(20), "RROUTPUT": Fraction(5), "NONE": Fraction(0)}
_NOTHING, _WHOLE = Fraction(0), Fraction(100)


def in_cents(amount: Fraction) -> Fraction:
    """To 2 places, half a cent away from zero."""
    units = abs(amount) * 100
    whole = int(units) + (1 if units - int(units) >= Fraction(1, 2) else 0)
    return Fraction(whole if amount >= 0 else -whole, 100)


def as_decimal(total: Fraction) -> Decimal:
    """The same number, as records hold it."""
    return Decimal(total.numerator) / Decimal(total.denominator)


# --- the CRM -----------------------------------------------------------------------------------


def net_of(line: Mapping[str, Any]) -> Fraction:
    """Quantity × price less the discount of a CRM's line, not rounded."""
    gross = Fraction(line["quantity"]) * Fraction(line["listprice"])
    if line.get("discount_percent"):
        return gross * (_WHOLE - Fraction(line["discount_percent"])) / _WHOLE
    return gross - Fraction(line.get("discount_amount") or 0)


def rates_of(line: Mapping[str, Any]) -> list[Fraction]:
    """The taxes of a line as shares."""
    listed = [one["percent"] for one in line.get("taxes") or ()]
    return [Fraction(one) / _WHOLE for one in listed or [line.get("tax_percent") or 0]]


def total_of(
    lines: Sequence[Mapping[str, Any]], way: Way, adjustment: Decimal | None = None
) -> Fraction:
    """What a CRM that counts in this way makes of an invoice."""
    return Fraction(adjustment or 0) + _of_lines(lines, way)


def _of_lines(lines: Sequence[Mapping[str, Any]], way: Way) -> Fraction:
    nets = [(net_of(one), rates_of(one)) for one in lines]
    if way == "none":
        return sum((net + net * sum(rates) for net, rates in nets), _NOTHING)
    rounded = [(in_cents(net), rates) for net, rates in nets]
    whole = sum((net for net, _ in rounded), _NOTHING)
    if way == "components":
        return whole + sum(
            (in_cents(net * one) for net, rates in rounded for one in rates), _NOTHING
        )
    if way == "line":
        return whole + sum((in_cents(net * sum(rates)) for net, rates in rounded), _NOTHING)
    by_rate: dict[Fraction, Fraction] = {}
    for net, rates in rounded:
        rate = sum(rates, _NOTHING)
        by_rate[rate] = by_rate.get(rate, _NOTHING) + net
    return whole + sum((in_cents(net * rate) for rate, net in by_rate.items()), _NOTHING)


# --- Xero --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counted:
    """What Xero makes of one line: its amount and the tax of that, each to the cent."""

    net: Fraction
    tax: Fraction


def counted(
    line: Mapping[str, Any], percent: Mapping[str, Fraction], *, later: bool = False
) -> Counted:
    """A line of an invoice whose prices are without tax.

    A discount given as an amount is kept as a rate of two places, with which Xero counts when it
    is written `later` by somebody who says nothing of the line.
    """
    if line.get("UnitAmount") is None:
        return Counted(_NOTHING, _NOTHING)
    gross = Fraction(line["Quantity"]) * Fraction(line["UnitAmount"])
    rate = in_cents(Fraction(line.get("DiscountRate") or 0))
    amount = Fraction(line.get("DiscountAmount") or 0)
    if later and amount:
        rate, amount = in_cents(amount / gross * _WHOLE), _NOTHING
    net = in_cents(gross * (_WHOLE - rate) / _WHOLE - amount)
    # A line of 0.00 loses its tax.
    share = percent[line["TaxType"]] / _WHOLE if net else _NOTHING
    return Counted(net, in_cents(net * share))


def sums_of(
    lines: Sequence[Mapping[str, Any]], percent: Mapping[str, Fraction], *, later: bool = False
) -> tuple[Fraction, Fraction, Fraction]:
    """SubTotal, TotalTax and Total of an invoice's lines."""
    found = [counted(one, percent, later=later) for one in lines]
    net = sum((one.net for one in found), _NOTHING)
    tax = sum((one.tax for one in found), _NOTHING)
    return net, tax, net + tax
