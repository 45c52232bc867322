"""Which Xero tax type a CRM tax means: by the tax map, by name and rate, never by a guess."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from xtiger.model.chart_of_accounts import Account, TaxNews, TaxRate
from xtiger.model.plans import Cause
from xtiger.model.records import Tax
from xtiger.model.values import Plain, as_decimal
from xtiger.rules.causes import cause_of
from xtiger.rules.money import cents, places

#: The tax type for a line that has no tax at all, and what stands for it in Australia, whose
#: organisations know no NONE.
NO_TAX = "NONE"
_NO_TAX_TOO = "BASEXCLUDED"


@dataclass(frozen=True, slots=True)
class CrmTax:
    """One tax on a line of the CRM; `percent` is 20 for 20 %."""

    name: str
    percent: Decimal
    #: Whether it is taken of the amount with the other taxes of its line, not of the bare one.
    compound: bool = False

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
    #: "name|percent", "name", "name 20 %" or "percent" of the CRM → tax type; several joined by
    #: " + ".
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

    def for_purchases(self, tax_map: Mapping[str, str]) -> TaxTable:
        """The table for what is bought: rates that stand with expenses, and a map of its own.

        What the map of sales says counts where its rate is for purchases, too.
        """
        rates = tuple(rate for rate in self.rates if "EXPENSE" in rate.classes)
        known = {NO_TAX, *(rate.tax_type for rate in rates)}
        both = {key: value for key, value in self.tax_map.items() if value in known}
        return TaxTable(rates, {**both, **tax_map})

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
    # The third is how people write it, and how the cures of a tax that is not known name it.
    return [f"{names}|{percents}", names, _label(taxes), percents]


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


def effective_percent(taxes: Sequence[CrmTax]) -> Decimal:
    """What these taxes of one line come to together, as Xero counts a combined rate of them."""
    plain = sum((tax.percent for tax in taxes if not tax.compound), Decimal(0))
    on_top = sum((tax.percent for tax in taxes if tax.compound), Decimal(0))
    return plain + (100 + plain) * on_top / 100


def _combined(taxes: Sequence[CrmTax], table: TaxTable) -> list[TaxRate]:
    """The rates in use that consist of these taxes, each taken of the same amount."""
    wanted = sorted((tax.name.casefold(), tax.percent, tax.compound) for tax in taxes)
    return [rate for rate in table.rates if rate.status == "ACTIVE" and _parts(rate) == wanted]


def _parts(rate: TaxRate) -> list[tuple[str, Decimal, bool]]:
    """The parts of a combined rate."""
    return sorted((name.casefold(), part, compound) for name, part, compound in rate.components)


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
    more = {"nearest": _near(taxes, table, account), "parts": _shown_parts(taxes)}
    if group:  # it stands on the whole invoice
        return cause_of("group_tax_not_combined", tax=_label(taxes), **more)
    return cause_of("taxes_many", tax=_label(taxes), line=line, **more)


def _label(taxes: Sequence[CrmTax]) -> str:
    return " + ".join(tax.label for tax in taxes)


def _unknown(taxes: Sequence[CrmTax], table: TaxTable, account: Account | None, line: int) -> Cause:
    near, parts = _near(taxes, table, account), _shown_parts(taxes)
    return cause_of("tax_unknown", tax=_label(taxes), line=line, nearest=near, parts=parts)


def _near(taxes: Sequence[CrmTax], table: TaxTable, account: Account | None) -> str:
    return _nearest(effective_percent(taxes), table.usable(account))


def _shown_parts(taxes: Sequence[CrmTax]) -> Plain:
    """What a rate of these taxes would be made of: [name, percentage, compound] of each."""
    return [[tax.name, f"{tax.percent.normalize():f}", tax.compound] for tax in taxes]


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


# --- taxes that a CRM keeps as amounts alone ---

#: How many percentages a sentence names.
_SHOWN = 5


def tax_of_line(
    tax: Decimal, net: Decimal, table: TaxTable, account: Account | None
) -> CrmTax | Cause | None:
    """The tax of one line whose amount the CRM keeps; None for no tax.

    It is the one percentage of Xero that makes the same cent of the line's net amount. Where
    several do, the one that the tax map or the line's account names.
    """
    if cents(tax) == 0:
        return None
    usable = table.usable(account)
    fitting = {r.rate for r in usable if cents(cents(net) * r.rate / 100) == cents(tax)}
    own = table.rate(account.tax_type) if account is not None and account.tax_type else None
    found = _only(fitting, table, own.rate if own is not None else None)
    if found is not None:
        return CrmTax("", found)
    return _unclear(fitting, tax, net)


def tax_of_sum(tax: Decimal, nets: Sequence[Decimal], table: TaxTable) -> CrmTax | Cause | None:
    """The one tax of all lines where the CRM keeps its sum alone; None for no tax.

    A percentage fits that makes the same cent, counted by line as Xero does or of the sum.
    """
    if cents(tax) == 0:
        return None
    whole = sum(map(cents, nets), Decimal(0))
    fitting = set()
    for percent in {rate.rate for rate in table.usable(None)}:
        by_line = sum((cents(cents(net) * percent / 100) for net in nets), Decimal(0))
        if cents(tax) in (by_line, cents(whole * percent / 100)):
            fitting.add(percent)
    found = _only(fitting, table, None)
    return CrmTax("", found) if found is not None else _unclear(fitting, tax, whole)


def _only(fitting: Collection[Decimal], table: TaxTable, own: Decimal | None) -> Decimal | None:
    """The percentage that is meant; None where several are as good."""
    named = [percent for percent in fitting if percent in _percents_mapped(table)]
    for found in (list(fitting), named):
        if len(found) == 1:
            return found[0]
    return own if own in fitting else None


def _percents_mapped(table: TaxTable) -> set[Decimal]:
    """The percentages that the saved tax map names."""
    found = set()
    for key in table.tax_map:
        try:
            found.add(as_decimal(key))
        except ValueError:
            continue
    return {percent for percent in found if percent is not None}


def _unclear(fitting: Collection[Decimal], tax: Decimal, net: Decimal) -> Cause:
    shown = ", ".join(f"{percent.normalize():f} %" for percent in sorted(fitting)[:_SHOWN])
    return cause_of(
        "tax_amount_unclear",
        tax=f"{cents(tax):f}",
        net=f"{cents(net):f}",
        rates=shown or "-",
    )


# --- rates that come into the CRM ---


def tax_news(
    crm: Sequence[Tax], rates: Iterable[TaxRate], known: Mapping[str, Plain]
) -> list[TaxNews]:
    """What Xero's rates in use for sales bring: a combined one as one tax of what it comes to.

    Of the same name Xero's rate wins. `known` holds (CRM's percentage, Xero's) after the last
    time: what a person deleted in the CRM, and what it rounds, is left as it is.
    """
    found = []
    for rate in rates:
        if rate.status != "ACTIVE" or "REVENUE" not in rate.classes:
            continue
        own = [tax for tax in crm if _plain(tax.name) == _plain(rate.name)]
        last = known.get(rate.name)
        if not own and last is None:
            found.append(TaxNews("", rate.name, None, rate.rate))
        for tax in own:
            percent = as_decimal(tax.percent) or Decimal(0)
            if percent != rate.rate and last != [str(percent), str(rate.rate)]:
                found.append(TaxNews(tax.id, tax.name, percent, rate.rate))
    return found


def taxes_known(crm: Sequence[Tax], rates: Iterable[TaxRate]) -> dict[str, Plain]:
    """What both sides have of each rate now, by its name in Xero."""
    ours = {_plain(tax.name): str(as_decimal(tax.percent) or Decimal(0)) for tax in crm}
    return {rate.name: [ours.get(_plain(rate.name), ""), str(rate.rate)] for rate in rates}


# --- rates that may be made in Xero from here ---

#: Characters that the name of a rate may have.
MAX_NAME: Final = 50
#: Places of a percentage that Xero keeps.
_RATE_PLACES: Final = 4
_HUNDRED: Final = Decimal(100)
#: Editions of Xero, and countries of its global one, that make a tax return of their rates.
_EDITIONS: Final = ("AU", "NZ", "UK")
_COUNTRIES: Final = frozenset({"AU", "NZ", "GB", "ZA", "SG"})


@dataclass(frozen=True, slots=True)
class NewRate:
    """A rate as it would be made: its name, and (name, percentage, compound) of each part."""

    name: str
    parts: tuple[tuple[str, Decimal, bool], ...]

    def element(self) -> dict[str, Any]:
        """What Xero is sent; no report type, which is for organisations with a tax return."""
        return {
            "Name": self.name,
            "TaxComponents": [
                {"Name": name, "Rate": percent, "IsCompound": compound}
                for name, percent, compound in self.parts
            ],
        }

    def among(self, rates: Iterable[TaxRate]) -> TaxRate | None:
        """The rate in use that is this one already: of its name and parts."""
        wanted = sorted((name.casefold(), *rest) for name, *rest in self.parts)
        for rate in rates:
            parts = sorted((name.casefold(), *rest) for name, *rest in rate.components)
            alike = rate.name.casefold() == self.name.casefold() and parts == wanted
            if alike and rate.status == "ACTIVE":
                return rate
        return None


def has_tax_return(organisation: Mapping[str, Any]) -> bool:
    """Whether Xero makes a tax return of the organisation's rates, or nobody knows.

    What is made by API does not reach it there.
    """
    edition, country = (
        str(organisation.get(name) or "").upper() for name in ("Version", "CountryCode")
    )
    return not edition or edition.startswith(_EDITIONS) or country in _COUNTRIES


def new_rate(label: str, parts: Plain) -> NewRate | None:
    """The rate of a tax that Xero does not know, by what its cause says; None for none to make.

    `label` is how people write the tax; `parts` are [name, percentage, compound] of each.
    """
    found = [_part(one, label) for one in parts or ()] if isinstance(parts, Sequence) else []
    known = [one for one in found if one is not None]
    if not known or len(known) < len(found) or not 0 < len(label) <= MAX_NAME:
        return None
    names = {name.casefold() for name, _, _ in known}
    if len(names) < len(known) or sum(compound for _, _, compound in known) > 1:
        return None
    return NewRate(label, tuple(known))


def _part(given: Plain, label: str) -> tuple[str, Decimal, bool] | None:
    """One part; a tax without a name is called as the whole."""
    name, shown, compound = given
    percent = as_decimal(shown) or Decimal(0)
    if not 0 < percent <= _HUNDRED or places(percent) > _RATE_PLACES:
        return None
    return (str(name or label), percent, bool(compound))
