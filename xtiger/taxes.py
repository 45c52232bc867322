"""Which Xero tax type a CRM tax means: by the tax map, by name and rate, never by a guess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xtiger.links import Account, TaxRate
from xtiger.plans import Cause

#: The tax type for a line that has no tax at all.
NO_TAX = "NONE"


@dataclass(frozen=True, slots=True)
class CrmTax:
    """One tax on a line of the CRM; `percent` is 20 for 20 %."""

    name: str
    percent: Decimal

    @property
    def label(self) -> str:
        """How people write it."""
        shown = f"{self.percent.normalize():f} %"
        return (
            self.name
            if shown.replace(" ", "") in self.name.replace(" ", "")
            else (f"{self.name} {shown}".strip())
        )


@dataclass(frozen=True, slots=True)
class TaxTable:
    """Everything that decides a tax type: Xero's rates and the saved tax map."""

    rates: Sequence[TaxRate]
    #: "name|percent", "name" or "percent" of the CRM → tax type; several joined by " + ".
    tax_map: Mapping[str, str]

    def rate(self, tax_type: str) -> TaxRate | None:
        """The rate of a tax type."""
        return next((rate for rate in self.rates if rate.tax_type == tax_type), None)

    def usable(self, account: Account | None) -> list[TaxRate]:
        """Active rates that may be used with the account's class (revenue when not known)."""
        wanted = (account.account_class if account else "") or "REVENUE"
        return [r for r in self.rates if r.status == "ACTIVE" and (wanted in r.classes)]


def _keys(taxes: Sequence[CrmTax]) -> list[str]:
    names = " + ".join(tax.name for tax in taxes)
    percents = " + ".join(f"{tax.percent.normalize():f}" for tax in taxes)
    return [f"{names}|{percents}", names, percents]


def _mapped(taxes: Sequence[CrmTax], table: TaxTable) -> str | None:
    return next((table.tax_map[key] for key in _keys(taxes) if key in table.tax_map), None)


def _nearest(percent: Decimal, rates: Sequence[TaxRate]) -> str:
    if not rates:
        return "-"
    best = min(rates, key=lambda rate: (abs(rate.rate - percent), rate.name))
    return best.name


def _by_name_or_rate(tax: CrmTax, table: TaxTable, account: Account | None) -> TaxRate | None:
    same = [rate for rate in table.usable(account) if rate.rate == tax.percent]
    named = [rate for rate in same if rate.name.casefold() == tax.name.casefold()]
    if len(named) == 1:
        return named[0]
    if account is not None:
        own = [rate for rate in same if rate.tax_type == account.tax_type]
        if own:
            return own[0]
    return same[0] if len(same) == 1 else None


def _combined(taxes: Sequence[CrmTax], table: TaxTable, account: Account | None) -> TaxRate | None:
    wanted = sorted((tax.name.casefold(), tax.percent) for tax in taxes)
    fitting = [
        rate for rate in table.usable(account)
        if not any(compound for _, _, compound in rate.components)
        and sorted((name.casefold(), part) for name, part, _ in rate.components) == wanted
    ]  # fmt: skip
    return fitting[0] if len(fitting) == 1 else None


def find_tax(
    taxes: Sequence[CrmTax], table: TaxTable, account: Account | None, *, line: int, group: bool
) -> TaxRate | Cause:
    """The Xero rate for the taxes of one line, or the cause why there is none.

    `line` counts from 1 for the sentence; `group` says that the taxes stand on the whole
    invoice. A line with no tax is NONE; a named tax of 0 % is looked up like any other.
    """
    real = [tax for tax in taxes if tax.percent != 0] or list(taxes[:1])
    if not real or (real[0].percent == 0 and not real[0].name):
        return _no_tax(table)
    mapped = _mapped(real, table)
    if mapped is not None:
        return _as_mapped(mapped, real, table, account, line)
    if len(real) > 1:
        found = _combined(real, table, account)
        code = "group_tax_not_combined" if group else "taxes_many"
        return found or Cause(code, {"tax": _label(real), "line": line})
    found = _by_name_or_rate(real[0], table, account)
    return _unknown(real, table, account, line) if found is None else found


def _no_tax(table: TaxTable) -> TaxRate:
    return table.rate(NO_TAX) or TaxRate(NO_TAX, "No Tax", Decimal(0))


def _label(taxes: Sequence[CrmTax]) -> str:
    return " + ".join(tax.label for tax in taxes)


def _unknown(taxes: Sequence[CrmTax], table: TaxTable, account: Account | None, line: int) -> Cause:
    nearest = _nearest(sum((tax.percent for tax in taxes), Decimal(0)), table.usable(account))
    return Cause("tax_unknown", {"tax": _label(taxes), "line": line, "nearest": nearest})


def _as_mapped(
    tax_type: str, taxes: Sequence[CrmTax], table: TaxTable, account: Account | None, line: int
) -> TaxRate | Cause:
    """What the map says; a rate that is no longer there is never replaced by a similar one."""
    if tax_type == NO_TAX:
        return _no_tax(table)
    rate = table.rate(tax_type)
    if rate is None or rate.status != "ACTIVE":
        return _unknown(taxes, table, account, line)
    return _fits(rate, account, line)


def _fits(rate: TaxRate, account: Account | None, line: int) -> TaxRate | Cause:
    if account is None or not account.account_class or account.account_class in rate.classes:
        return rate
    data = {"tax": rate.name, "account": account.code, "line": line}
    return Cause("tax_account_mismatch", data)
