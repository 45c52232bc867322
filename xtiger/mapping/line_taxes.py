"""The taxes of an invoice's lines in the CRM: by rate or name, or found from their amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, Literal

from xtiger.mapping.role_values import RoleValues, _number
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.plans import Cause
from xtiger.model.records import Module, Record
from xtiger.rules.money import line_net
from xtiger.rules.taxes import CrmTax, TaxTable, find_tax, tax_of_line, tax_of_sum

#: How a CRM keeps the taxes of its lines: by rate or name, or as an amount alone, which stands on
#: each line, or once on the invoice.
KeptAs = Literal["rate", "line", "sum"]
_BY_RATE: Final = ("line.tax_rate", "line.tax_name", "line.taxes")


def tax_kept_as(module: Module) -> KeptAs:
    """How the CRM keeps the taxes of the lines of this module."""
    if any(module.by_role(role) for role in _BY_RATE):
        return "rate"
    if module.by_role("line.tax") is not None:
        return "line"
    return "rate" if module.by_role("invoice.tax") is None else "sum"


def line_amount(values: RoleValues) -> Decimal:
    """The net amount of a line, not rounded."""
    return line_net(
        values.amount("line.quantity"),
        values.amount("line.unit_price"),
        values.number("line.discount_percent"),
        values.number("line.discount_amount"),
    )


def line_taxes(values: RoleValues) -> list[CrmTax]:
    """The taxes of one line: the list of several, or the one name and rate.

    Raises ValueError that names a value which is no percentage or no list of taxes.
    """
    listed = values.raw("line.taxes")
    if listed:
        if isinstance(listed, str) or not all(isinstance(tax, Mapping) for tax in listed):
            raise ValueError(str(listed)[:40])
        found = [
            CrmTax(
                str(tax.get("name") or ""),
                _number(tax.get("percent")) or Decimal(0),
                compound=bool(tax.get("compound")),
            )
            for tax in listed
        ]
        return [tax for tax in found if tax.percent != 0] or found[:1]
    name, percent = values.text("line.tax_name") or "", values.number("line.tax_rate")
    if percent is None and not name:
        return []
    return [CrmTax(name, percent or Decimal(0))]


class LineTaxes:
    """Finds the rate of each line of one invoice, in their order."""

    def __init__(self, record: Record, module: Module, table: TaxTable) -> None:
        self._record, self._module, self._table = record, module, table
        self._head = RoleValues(module, record.values)
        self._kept_as: Final = tax_kept_as(module)
        self._group: Final = self._head.text("invoice.tax_mode") == "group"
        #: What all lines have, once the first of them was asked for.
        self._shared: Sequence[CrmTax] | Cause | None = None

    def rate(self, values: RoleValues, account: Account | None, number: int) -> TaxRate | Cause:
        """The rate of a line, or why there is none; raises ValueError for what is no number."""
        found = self._shared
        if found is None:
            found = self._of_sum() if self._kept_as == "sum" else line_taxes(values)
            if self._group or self._kept_as == "sum":
                self._shared = found
        if not found and not self._group:
            found = self._of_line(values, account)
        if isinstance(found, Cause):
            return found
        return find_tax(found, self._table, account, line=number, group=self._group)

    def _of_line(self, values: RoleValues, account: Account | None) -> Sequence[CrmTax] | Cause:
        tax, net = values.amount("line.tax"), line_amount(values)
        return _listed(tax_of_line(tax, net, self._table, account))

    def _of_sum(self) -> Sequence[CrmTax] | Cause:
        nets = [line_amount(RoleValues(self._module, line)) for line in self._record.lines]
        return _listed(tax_of_sum(self._head.amount("invoice.tax"), nets, self._table))


def _listed(tax: CrmTax | Cause | None) -> Sequence[CrmTax] | Cause:
    if isinstance(tax, Cause):
        return tax
    return [] if tax is None else [tax]
