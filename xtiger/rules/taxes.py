"""Which Xero tax type a CRM tax means: by the tax map, by name and rate, never by a guess."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.plans import Cause
from xtiger.rules.causes import cause_of

#: The tax type for a line that has no tax at all, and what stands for it in Australia, whose
#: organisations know no NONE.
NO_TAX = "NONE"
_NO_TAX_TOO = "BASEXCLUDED"


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
    #: Name or tax type, and (percentage, words of the name) → rates: asked for with every line.
    _named: Mapping[str, list[TaxRate]] = field(init=False, repr=False, compare=False)
    _worded: Mapping[tuple[Decimal, str], list[TaxRate]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Index the rates by what names them."""
        named: dict[str, list[TaxRate]] = {}
        worded: dict[tuple[Decimal, str], list[TaxRate]] = {}
        for rate in self.rates:
            for name in {_plain(rate.name), _plain(rate.tax_type)}:
                named.setdefault(name, []).append(rate)
            if rate.status == "ACTIVE":
                worded.setdefault((rate.rate, _words(rate.name, rate.rate)), []).append(rate)
        object.__setattr__(self, "_named", named)
        object.__setattr__(self, "_worded", worded)

    def rate(self, tax_type: str) -> TaxRate | None:
        """The rate of a tax type."""
        return next((rate for rate in self.rates if rate.tax_type == tax_type), None)

    def percent(self, tax_type: str) -> Decimal | None:
        """The percentage of a tax type; None when it is not known."""
        found = self.rate(tax_type)
        return found.rate if found is not None else None

    def no_tax(self) -> TaxRate:
        """The rate of a line that has no tax: NONE, whether it is listed or not, or Australia's."""
        found = self.rate(NO_TAX) or self.rate(_NO_TAX_TOO)
        return found or TaxRate(NO_TAX, "No Tax", Decimal(0))

    def stands(self, tax_type: str, account: Account | None) -> bool:
        """Whether Xero lets a tax type stand with this account; False where either is unknown."""
        rate = self.rate(tax_type)
        return rate is not None and account is not None and _takes(account, rate)

    def usable(self, account: Account | None) -> list[TaxRate]:
        """Active rates that may be used with the account's class (revenue when not known)."""
        return [r for r in self.rates if r.status == "ACTIVE" and _takes(account, r)]

    def meant(self, tax: CrmTax) -> list[TaxRate]:
        """The rates that the tax names, whatever account it stands with; [] for a CRM's own name.

        By Xero's name or tax type; or by the words of a name of the same percentage, so that
        "VAT on Income" of 20 % is "20% (VAT on Income)". Rates in use come before deleted ones.
        """
        if not tax.name:
            return []
        found = self._named.get(_plain(tax.name), [])
        alive = [rate for rate in found if rate.status == "ACTIVE"]
        words = _words(tax.name, tax.percent)
        return alive or found or (self._worded.get((tax.percent, words), []) if words else [])


def _takes(account: Account | None, rate: TaxRate) -> bool:
    """Whether Xero lets the rate stand with the account: by the class that it may apply to."""
    wanted = (account.account_class if account else "") or "REVENUE"
    return wanted in rate.classes


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _words(name: str, percent: Decimal) -> str:
    """A tax's name without its percentage and signs: "20% (VAT on Income)" is "vat on income"."""
    shown = re.escape(f"{percent.normalize():f}")
    text = re.sub(rf"(?<![\d.,]){shown}(?:[.,]0+)?\s*%", " ", _plain(name))
    return " ".join(re.findall(r"\w+", text))


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


def _by_name_or_rate(
    tax: CrmTax, table: TaxTable, account: Account | None, line: int
) -> TaxRate | Cause | None:
    """The rate that the tax names, and no other; only a name that Xero lacks goes by percentage."""
    meant = table.meant(tax)
    if meant:
        alive = [r for r in meant if r.status == "ACTIVE" and r.rate == tax.percent]
        fitting = [rate for rate in alive if account is None or _takes(account, rate)]
        if alive and not fitting:
            return _mismatch(alive[0], account, line)
        return fitting[0] if len(fitting) == 1 else None
    same = [rate for rate in table.usable(account) if rate.rate == tax.percent]
    # Taxes of nothing are told apart by their names alone.
    if account is not None and (tax.percent or not tax.name):
        own = [rate for rate in same if rate.tax_type == account.tax_type]
        if own:
            return own[0]
    return same[0] if len(same) == 1 else None


def _combined(taxes: Sequence[CrmTax], table: TaxTable) -> list[TaxRate]:
    """The rates in use that consist of these taxes, side by side."""
    wanted = sorted((tax.name.casefold(), tax.percent) for tax in taxes)
    return [rate for rate in table.rates if rate.status == "ACTIVE" and _parts(rate) == wanted]


def _parts(rate: TaxRate) -> list[tuple[str, Decimal]] | None:
    """The parts of a combined rate; None of one that taxes a tax."""
    if any(compound for _, _, compound in rate.components):
        return None
    return sorted((name.casefold(), part) for name, part, _ in rate.components)


def find_tax(
    taxes: Sequence[CrmTax], table: TaxTable, account: Account | None, *, line: int, group: bool
) -> TaxRate | Cause:
    """The Xero rate for the taxes of one line, or the cause why there is none.

    `line` counts from 1 for the sentence; `group` says that the taxes stand on the whole
    invoice. A line with no tax is NONE; a named tax of 0 % is looked up like any other.
    """
    real = [tax for tax in taxes if tax.percent != 0] or list(taxes[:1])
    if not real or (real[0].percent == 0 and not real[0].name):
        return _no_tax(table, account, line)
    mapped = _mapped(real, table)
    if mapped is not None:
        return _as_mapped(mapped, real, table, account, line)
    if len(real) > 1:
        return _several(real, table, account, line, group=group)
    found = _by_name_or_rate(real[0], table, account, line)
    return _unknown(real, table, account, line) if found is None else found


def _no_tax(table: TaxTable, account: Account | None, line: int) -> TaxRate | Cause:
    rate = table.no_tax()
    # What is not listed says nothing of the accounts that take it.
    return _fits(rate, account, line) if rate in table.rates else rate


def _several(
    taxes: Sequence[CrmTax], table: TaxTable, account: Account | None, line: int, *, group: bool
) -> TaxRate | Cause:
    """The one combined rate of the same parts."""
    alike = _combined(taxes, table)
    fitting = [rate for rate in alike if _takes(account, rate)]
    if alike and not fitting:
        return _mismatch(alike[0], account, line)
    if len(fitting) == 1:
        return fitting[0]
    if group:  # it stands on the whole invoice
        return cause_of("group_tax_not_combined", tax=_label(taxes))
    return cause_of("taxes_many", tax=_label(taxes), line=line)


def _label(taxes: Sequence[CrmTax]) -> str:
    return " + ".join(tax.label for tax in taxes)


def _unknown(taxes: Sequence[CrmTax], table: TaxTable, account: Account | None, line: int) -> Cause:
    nearest = _nearest(sum((tax.percent for tax in taxes), Decimal(0)), table.usable(account))
    return cause_of("tax_unknown", tax=_label(taxes), line=line, nearest=nearest)


def _as_mapped(
    tax_type: str, taxes: Sequence[CrmTax], table: TaxTable, account: Account | None, line: int
) -> TaxRate | Cause:
    """What the map says; a rate that is no longer there is never replaced by a similar one."""
    if tax_type == NO_TAX:
        return _no_tax(table, account, line)
    rate = table.rate(tax_type)
    if rate is None or rate.status != "ACTIVE":
        return _unknown(taxes, table, account, line)
    return _fits(rate, account, line)


def _fits(rate: TaxRate, account: Account | None, line: int) -> TaxRate | Cause:
    if account is None or not account.account_class or account.account_class in rate.classes:
        return rate
    return _mismatch(rate, account, line)


def _mismatch(rate: TaxRate, account: Account | None, line: int) -> Cause:
    """A tax and an account that Xero does not let stand together."""
    code = account.code if account else "-"
    return cause_of(
        "tax_account_mismatch", tax=rate.name, account=code, line=line, where=f"line {line}"
    )
