"""Invoices drawn at random, plain ones and those of a firm: what its CRM holds and says of each.

A host cannot say that its prices have their tax in them, so that one says net prices and the sum.
Whole units and three places are drawn nowhere: they are currencies, told in test_currencies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any, Final, Literal

from tests.stories.sync.oracle import Way, as_decimal, total_of
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Field, Module
from xtiger.model.values import canon

Mix = Literal["plain", "realistic"]
Kind = Literal["plain", "inclusive", "discount", "taxes", "fine"]
#: Of 100 realistic invoices so many are of each kind.
SHARES: Final[Mapping[Kind, int]] = {
    "plain": 60,
    "inclusive": 15,
    "discount": 15,
    "taxes": 5,
    "fine": 5,
}
#: Percentage → what the CRM calls the tax.
TAXES: Final = {20: "20% (VAT on Income)", 5: "5% (VAT on Income)"}
#: Several taxes on one line, that an accountant combined in Xero: two halves, and two of two.
COMBINED: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "GST 18%": (("CGST", "9"), ("SGST", "9")),
    "GST and PST": (("GST", "5"), ("PST", "9.975")),
}
_QUANTITIES: Final = (1, 1, 1, 2, 3, 7, 12)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One invoice of the CRM."""

    kind: Kind
    lines: Sequence[dict[str, Any]]
    #: What the CRM says it comes to.
    total: Fraction


def with_fine_lines() -> list[Module]:
    """The standard modules of a CRM that keeps prices and quantities with all their places."""
    return [replace(one, lines=tuple(map(_as_fine, one.lines))) for one in standard_modules()]


def _as_fine(field: Field) -> Field:
    fine = field.role in ("line.quantity", "line.unit_price")
    return replace(field, decimals=None) if fine else field


def draw(random: Random, mix: Mix, way: Way) -> Drawn:
    """One invoice of a CRM that counts in this way."""
    kinds = list(SHARES)
    kind = "plain" if mix == "plain" else random.choices(kinds, list(SHARES.values()))[0]
    if kind == "inclusive":
        return _inclusive(random)
    lines = [_line(random) for _ in range(random.randint(1, 5))]
    rate = random.choice(list(TAXES))
    for one in lines:
        one |= _taxed(rate)
        if kind == "discount" and random.random() < 0.6:
            one |= _less(random, one["quantity"] * one["listprice"])
        elif kind == "taxes":
            one |= _several(random)
        elif kind == "fine":
            one |= _fine(random)
    # With several taxes on a line a CRM that counts by line mostly counts each by itself.
    counts: Way = "components" if kind == "taxes" and way == "line" else way
    return Drawn(kind, lines, total_of(lines, counts))


def _line(random: Random) -> dict[str, Any]:
    """A line with a price of two places, mostly small ones."""
    most = random.choice((999, 9999, 40000, 250000))
    return {
        "name": f"Work {random.randint(1, 99)}",
        "quantity": Decimal(random.choice(_QUANTITIES)),
        "listprice": Decimal(random.randint(1, most)) / 100,
    }


def _taxed(percent: int) -> dict[str, Any]:
    return {"tax_name": TAXES[percent], "tax_percent": Decimal(percent)}


def _less(random: Random, gross: Decimal) -> dict[str, Any]:
    """A discount: a rate of up to two places, or an amount of less than the line."""
    if random.random() < 0.6:
        rate = random.choice(("5", "10", "15", "20", "50", "12.5", "33.33", "7.25", "100"))
        return {"discount_percent": Decimal(rate)}
    most = max(1, int(gross * 100) - 1)
    return {"discount_amount": Decimal(random.randint(1, most)) / 100} if gross > 1 else {}


def _several(random: Random) -> dict[str, Any]:
    """Another tax than its neighbours, none, or several at once."""
    untaxed: dict[str, Any] = {"tax_name": None, "tax_percent": None}
    drawn = random.randrange(5)
    if drawn < 2:
        return _taxed(list(TAXES)[drawn])
    if drawn == 2:
        return untaxed
    several = list(COMBINED.values())[drawn - 3]
    return untaxed | {"taxes": [{"name": n, "percent": Decimal(one)} for n, one in several]}


def _fine(random: Random) -> dict[str, Any]:
    """A price, a quantity or a discount of more places than Xero keeps."""
    places = random.randint(3, 6)
    unit = Decimal(1).scaleb(-places)
    drawn = random.randrange(3)
    if drawn == 0:
        price = random.randint(1, 2 * 10**places) * unit
        return {"quantity": Decimal(random.choice((100, 1000, 2500))), "listprice": canon(price)}
    if drawn == 1:
        return {"quantity": canon(random.randint(1, 20 * 10**places) * unit)}
    return {"discount_percent": Decimal(random.choice(("33.333", "66.6667", "8.125")))}


def _inclusive(random: Random) -> Drawn:
    """Prices with tax in them: the host says net ones with four or six places, and the sum."""
    rate, places = random.choice(list(TAXES)), random.choice((4, 6))
    lines, total = [], Fraction(0)
    for _ in range(random.randint(1, 5)):
        one = _line(random)
        total += Fraction(one["quantity"]) * Fraction(one["listprice"])
        net = Fraction(one["listprice"]) / (1 + Fraction(rate, 100))
        one["listprice"] = canon(round(as_decimal(net), places))
        lines.append(one | _taxed(rate))
    return Drawn("inclusive", lines, total)
