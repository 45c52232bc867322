"""A record with its discounts in the prices, for documents of Xero whose lines have none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from xtiger.mapping.documents.head_discount import ROLES, Spread, spread_of
from xtiger.mapping.role_values import RoleValues
from xtiger.model.records import Module, Record
from xtiger.model.values import Plain, canon
from xtiger.rules.money import PRICE_PLACES, line_net, round_places

_DISCOUNTS = ("line.discount_percent", "line.discount_amount")
Line = Mapping[str, Plain]


def with_net_prices(record: Record, module: Module, *, whole: bool = False) -> Record:
    """The record as if each line had its price less the discount, with 4 places, and no discount.

    `whole`: less that on the whole as well, which the head then no longer has. What all that loses
    of a cent is rounding, as any other difference of both totals.
    """
    spread = spread_of(module, record.values, record.lines) if whole else None
    lines = tuple(net_lines(record.lines, module, spread))
    if spread is None:
        return replace(record, lines=lines)
    head = [field.name for role in ROLES if (field := module.by_role(f"invoice.{role}"))]
    return replace(record, values={**record.values, **dict.fromkeys(head)}, lines=lines)


def net_lines(lines: Sequence[Line], module: Module, spread: Spread | None = None) -> list[Line]:
    """The same of the lines alone, less what they bear of a discount on the whole."""
    return [_net_line(line, module, spread, place) for place, line in enumerate(lines)]


def _net_line(line: Line, module: Module, spread: Spread | None, place: int) -> Line:
    values = RoleValues(module, line)
    names = [field.name for role in _DISCOUNTS if (field := module.by_role(role))]
    price = module.by_role("line.unit_price")
    try:
        percent, amount = (values.number(role) for role in _DISCOUNTS)
        quantity, unit = values.number("line.quantity"), values.number("line.unit_price")
    except ValueError:
        return line  # said of the line when it is built
    if not (percent or amount or spread) or not quantity or unit is None or price is None:
        return line
    net = line_net(quantity, unit, percent, amount)
    if spread is not None:
        net = spread.net(place, net, exact=True)
    found = round_places(net / quantity, PRICE_PLACES)
    return {**line, **dict.fromkeys(names), price.name: canon(found)}
