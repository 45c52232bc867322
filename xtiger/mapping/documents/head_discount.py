"""A discount on the whole of an invoice, as each of its lines bears it before tax."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from xtiger.mapping.role_values import RoleValues
from xtiger.model.records import Module
from xtiger.model.values import Plain, canon
from xtiger.rules.money import CENT, cents, line_net

#: What of the head such a discount is made of.
ROLES: Final = ("discount_percent", "discount_amount")
_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class Spread:
    """A discount on the whole as its lines bear it: a rate on each, or an amount on each."""

    #: The rate; None where it is an amount.
    percent: Decimal | None
    #: What each line bears of it, in whole cents, in the order of the lines.
    shares: tuple[Decimal, ...]

    def on(self, place: int, own: Plain, gross: Decimal) -> Plain:
        """The discount of the line at this place, with its own one: [kind, value] or None."""
        kind, value = own or ("", Decimal(0))
        if self.percent is None:
            before = gross * value / _HUNDRED if kind == "rate" else value
            found = before + self.shares[place]
            return ["amount", canon(found)] if found else None
        if kind == "amount":
            return ["amount", canon(gross - (gross - value) * self._left())]
        return ["rate", canon(_HUNDRED - (_HUNDRED - value) * self._left())]

    def mark(self, place: int) -> Plain:
        """What of it decides over the line at this place."""
        if self.percent is None:
            return ["amount", canon(self.shares[place])]
        return ["rate", canon(self.percent)]

    def net(self, place: int, net: Decimal, *, exact: bool = False) -> Decimal:
        """The net amount that is left of a line; `exact` where the CRM rounds nothing."""
        if exact and self.percent is not None:
            return net * self._left()
        return net - self.shares[place]

    def _left(self) -> Decimal:
        return (_HUNDRED - (self.percent or Decimal(0))) / _HUNDRED


def has_discount(head: RoleValues) -> bool:
    """Whether the head says one; raises ValueError that names what is no number."""
    return any(head.amount(f"invoice.{role}") for role in ROLES)


def spread_of(
    module: Module, values: Mapping[str, Plain], lines: Sequence[Mapping[str, Plain]]
) -> Spread | None:
    """The discount on the whole of an invoice, spread; None for none, or one that cannot be.

    Of both, the amount counts, unless it is what the rate makes of the sum of the lines.
    """
    head = RoleValues(module, values)
    try:
        percent, amount = (head.amount(f"invoice.{role}") for role in ROLES)
        nets = [_net(RoleValues(module, line)) for line in lines] if percent or amount else []
    except ValueError:
        return None  # said of the line or the head when it is read
    return spread(percent, amount, nets)


def spread(percent: Decimal, amount: Decimal, nets: Sequence[Decimal]) -> Spread | None:
    """A discount spread over lines of these net amounts; None where there is nothing to spread."""
    whole = sum(nets, Decimal(0))
    by_rate = cents(whole * percent / _HUNDRED)
    taken = amount if amount and amount != by_rate else by_rate
    bearing = [max(net, Decimal(0)) for net in nets]
    if percent and taken == by_rate:
        fits = 0 < percent <= _HUNDRED
        return Spread(percent, _shares(by_rate, nets, whole)) if fits else None
    base = sum(bearing, Decimal(0))
    if not 0 < taken <= min(base, whole):
        return None
    return Spread(None, _shares(taken, bearing, base))


def _shares(amount: Decimal, nets: Sequence[Decimal], whole: Decimal) -> tuple[Decimal, ...]:
    """Whole cents by the weight of each line, the rest where most was cut off."""
    if not whole:
        return tuple(Decimal(0) for _ in nets)
    exact = [amount * net / whole for net in nets]
    found = [one.quantize(CENT, rounding=ROUND_FLOOR) for one in exact]
    left = int((cents(amount) - sum(found, Decimal(0))) / CENT)
    order = sorted(range(len(nets)), key=lambda n: (found[n] - exact[n], n))
    for place in order[:left]:
        found[place] += CENT
    return tuple(found)


def _net(line: RoleValues) -> Decimal:
    return line_net(
        line.amount("line.quantity"),
        line.amount("line.unit_price"),
        line.number("line.discount_percent"),
        line.number("line.discount_amount"),
    )
