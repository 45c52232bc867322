"""A record with its discounts in the prices, for documents of Xero whose lines have none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from xtiger.mapping.role_values import RoleValues
from xtiger.model.records import Module, Record
from xtiger.model.values import Plain, canon
from xtiger.rules.money import PRICE_PLACES, line_net, round_places

_DISCOUNTS = ("line.discount_percent", "line.discount_amount")


def with_net_prices(record: Record, module: Module) -> Record:
    """The record as if each line had its price less the discount, with 4 places, and no discount.

    What that loses of a cent is rounding, as any other difference of both totals.
    """
    return replace(record, lines=tuple(net_line(line, module) for line in record.lines))


def net_line(line: Mapping[str, Plain], module: Module) -> Mapping[str, Plain]:
    """The same of one line."""
    values = RoleValues(module, line)
    names = [field.name for role in _DISCOUNTS if (field := module.by_role(role))]
    price = module.by_role("line.unit_price")
    try:
        percent, amount = (values.number(role) for role in _DISCOUNTS)
        quantity, unit = values.number("line.quantity"), values.number("line.unit_price")
    except ValueError:
        return line  # said of the line when it is built
    if not (percent or amount) or not quantity or unit is None or price is None:
        return line
    net = line_net(quantity, unit, percent, amount) / quantity
    return {**line, **dict.fromkeys(names), price.name: canon(round_places(net, PRICE_PLACES))}
