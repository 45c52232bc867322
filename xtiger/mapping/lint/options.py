"""What of the options and settings of a module cannot work, by what each side has now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from xtiger.mapping.documents.receipts import bank_account
from xtiger.mapping.documents.tracking import NamedLists, theme_of, tracking_of
from xtiger.mapping.lint.finding import Finding, finding, finding_of
from xtiger.mapping.option_specs import STATUS_VALUES, OptionSpec, entries, options_of
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.mappings import Mapping
from xtiger.model.plans import Cause
from xtiger.model.records import Field, Module, Tax
from xtiger.model.values import Plain, as_decimal
from xtiger.rules.accounts import check_account, find_paid_to, takes_payments
from xtiger.rules.causes import cause_of
from xtiger.rules.status_words import is_among, unknown_words
from xtiger.rules.taxes import NO_TAX, CrmTax, TaxTable, find_tax

#: Options of a list of statuses, and the field of the CRM that has these.
_LISTED = {"received_statuses": "payment.status", "payable_statuses": "invoice.status"}
_LINES = "invoice"


@dataclass(frozen=True, slots=True)
class Lists:
    """What both sides have to choose from, as last read."""

    accounts: Sequence[Account] = ()
    rates: Sequence[TaxRate] = ()
    #: Codes that are enabled in Xero; empty where they were not read.
    currencies: frozenset[str] = frozenset()
    base_currency: str = ""
    #: Options in use by category, and ids by the name of a theme; None where they were not read.
    categories: MappingType[str, Any] | None = None
    themes: MappingType[str, Any] | None = None
    #: Codes that the CRM uses.
    crm_currencies: tuple[str, ...] = ()
    crm_taxes: Sequence[Tax] = ()
    #: All modules of the CRM, and the names of those that an item may become.
    described: Sequence[Module] = ()
    item_modules: tuple[str, ...] = ()

    @property
    def read(self) -> bool:
        """Whether Xero's accounts and tax rates are known at all."""
        return bool(self.accounts) and bool(self.rates)

    def choices(self, role: str) -> tuple[str, ...]:
        """What the CRM's field of a role can hold; empty where anything can, or there is none."""
        fields = (module.by_role(role) for module in self.described)
        found: Field | None = next(filter(None, fields), None)
        return tuple(one.value for one in found.choices) if found is not None else ()


def option_findings(mapping: Mapping, role: str, lists: Lists) -> list[Finding]:
    """What is wrong with each option that is set, and what no option says yet."""
    look = _Look(mapping, role, lists)
    found = [
        one
        for spec in options_of(role)
        for name, word, value in entries(spec, mapping.options)
        if value not in (None, "", [], False)
        for one in look.at(spec, name, word, value)
    ]
    if not lists.read:
        found.append(finding("lists_unread", mapping.module))
    if role == _LINES:
        found += look.unsaid()
    return found


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at the options of a mapping."""

    mapping: Mapping
    role: str
    lists: Lists
    _accounts: dict[str, Account] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Index the chart by code."""
        self._accounts.update({one.code: one for one in self.lists.accounts if one.code})

    def at(self, spec: OptionSpec, name: str, word: str, value: Plain) -> Iterator[Finding]:
        """What is wrong with one option."""
        module, text = self.mapping.module, str(value)
        said = {"field": spec.meaning, "setting": name, "word": word}
        if spec.choice in ("account", "paid_to", "bank"):
            cause = self._account(spec, word, text) if self.lists.read else None
            if cause is not None:
                yield finding_of(cause, module, "error", spec.meaning, name)
        elif spec.choice == "tax":
            yield from self._tax(said, text) if self.lists.read else ()
        elif spec.choice == "status" and text not in STATUS_VALUES:
            yield finding("not_to_send", module, **said, value=text)
        elif spec.name in ("tracking", "branding_theme"):
            if not self._is_named(spec, word, text):
                yield finding("not_in_xero", module, **said, value=text)
        else:
            known = self._known(spec)
            given = value if isinstance(value, list) else [text]
            strange = [one for one in map(str, given) if known and not is_among(one, known)]
            if strange:
                shown = {"value": ", ".join(strange), "known": ", ".join(known)}
                yield finding("not_in_crm", module, **said, **shown)

    def _account(self, spec: OptionSpec, word: str, text: str) -> Cause | None:
        """Why an account cannot be used so."""
        if spec.choice == "account":
            found = check_account(text, self._accounts, "the mapping")
            return found if isinstance(found, Cause) else None
        if spec.choice == "bank":
            base = self.lists.base_currency
            bank = bank_account(word, {word: text}, self.lists.accounts, base)
            return bank if isinstance(bank, Cause) else None
        by_id = {one.account_id: one for one in self.lists.accounts}
        account = find_paid_to(text, self._accounts, by_id)
        if account is not None and takes_payments(account):
            return None
        return cause_of("payment_account_invalid", account=text)

    def _tax(self, said: MappingType[str, str], text: str) -> Iterator[Finding]:
        rate = next((one for one in self.lists.rates if one.tax_type == text), None)
        if rate is None and text != NO_TAX:
            yield finding("tax_gone", self.mapping.module, **said, value=text)
        elif rate is not None and rate.status != "ACTIVE":
            shown = rate.name or text
            yield finding("tax_rate_archived", self.mapping.module, **said, value=shown)

    def _is_named(self, spec: OptionSpec, word: str, text: str) -> bool:
        """Whether Xero has what is named of its lists; so long as these were read."""
        categories, themes = self.lists.categories, self.lists.themes
        if spec.name == "tracking" and categories is not None:
            named = NamedLists(categories=categories)
            return not isinstance(tracking_of({word: text}, named, "", 0), Cause)
        if spec.name == "branding_theme" and themes is not None:
            return not isinstance(theme_of(text, NamedLists(themes=themes)), Cause)
        return True

    def _known(self, spec: OptionSpec) -> tuple[str, ...]:
        """What the CRM has to choose from for an option; empty where anything goes."""
        if spec.choice == "module":
            return self.lists.item_modules
        if spec.name == "from_xero":
            return self.lists.choices("invoice.status")
        if spec.name == "type":
            return self.lists.choices("organisation.type")
        return self.lists.choices(_LISTED.get(spec.name, ""))

    # --- what no option says yet ---

    def unsaid(self) -> Iterator[Finding]:
        """Statuses, taxes, currencies and accounts of invoices that nothing stands for."""
        module, options = self.mapping.module, self.mapping.options
        chosen = options.get("status_map") or {}
        for one in unknown_words(self.lists.choices("invoice.status"), chosen):
            name = f"status:{one.word}"
            yield finding("status_without_meaning", module, setting=name, word=one.word)
        if self.lists.currencies:
            for code in self.lists.crm_currencies:
                if code not in self.lists.currencies:
                    yield finding("currency_missing", module, currency=code)
        if self.lists.read and self.lists.crm_taxes:
            yield from self._taxes()
        if not options.get("sales_account"):
            yield finding("no_account", module, setting="sales_account")

    def _taxes(self) -> Iterator[Finding]:
        """Taxes that the CRM keeps and Xero has none for."""
        table = TaxTable(tuple(self.lists.rates), self.mapping.options.get("tax_map") or {})
        for tax in self.lists.crm_taxes:
            own = CrmTax(tax.name, as_decimal(str(tax.percent)) or Decimal(0))
            found = find_tax([own], table, None, line=1, group=False)
            if isinstance(found, Cause):
                nearest = str(found.data.get("nearest") or "-")
                yield finding(
                    "tax_without_meaning",
                    self.mapping.module,
                    setting=f"tax:{tax.name}",
                    tax=own.label,
                    nearest=nearest,
                )
