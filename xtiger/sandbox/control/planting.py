"""What is in a sandbox at the start: organisations, chart, tax rates, and the demo's records."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import simplejson

from xtiger.sandbox.accounting import accounting
from xtiger.sandbox.accounting.envelope import Invalid, milliseconds
from xtiger.sandbox.accounting.kinds import Context, Saving
from xtiger.sandbox.accounting.lists import brandingthemes, chart, organisation
from xtiger.sandbox.accounting.lists.countries import CountryName, country, tax_rates
from xtiger.sandbox.state import NOBODY, Raw, State

#: Names of the organisations by seed; the records go into the first.
ORGANISATIONS = {
    "empty": ("Empty Trading Ltd",),
    "demo": ("Aroha Trading Ltd", "Second Trading Ltd"),
}
_ORDER = ("Contacts", "Items", "Invoices", "Payments")


@dataclass(frozen=True, slots=True)
class Home:
    """Where an organisation is, and the currency of its books (None: the country's)."""

    country: CountryName = "UK"
    currency: str | None = None

    def __post_init__(self) -> None:
        country(self.country)
        if self.currency is not None and self.currency not in chart.CURRENCIES:
            known = ", ".join(sorted(chart.CURRENCIES))
            raise ValueError(f"Unknown currency {self.currency!r}; use one of: {known}.")

    @property
    def base(self) -> str:
        """The base currency."""
        return self.currency or country(self.country).currency


def plant(state: State, seed: str, home: Home, now: dt.datetime, new_id: Callable[[], str]) -> None:
    """Fill an empty state; a state that has organisations is left alone."""
    if seed not in ORGANISATIONS:
        raise ValueError(f"Unknown seed {seed!r}; use one of: {', '.join(ORGANISATIONS)}.")
    if seed == "demo" and (home.country, home.base) != ("UK", "GBP"):
        raise ValueError("The seed demo is a company of the UK; use the seed empty elsewhere.")
    if state.all(NOBODY, "Tenant"):
        return
    with state.transaction():
        contexts = []
        for name in ORGANISATIONS[seed]:
            tenant = add_organisation(state, name, home, now, new_id)
            contexts.append(Context(state, tenant, now, new_id, unitdp=4, keep_ids=True))
        if seed == "demo":
            _records(contexts[0])


def add_organisation(
    state: State, name: str, home: Home, now: dt.datetime, new_id: Callable[[], str]
) -> str:
    """Store a new organisation without records; return its id."""
    with state.transaction():
        tenant = new_id()
        state.put(NOBODY, "Tenant", tenant, {"tenantId": tenant, "name": name})
        fresh = organisation.fresh(tenant, name, country(home.country, home.base), home.base)
        fresh |= {"Country": home.country, "ShortCode": "!" + uuid.UUID(tenant).hex[:5]}
        fresh["CreatedDateUTC"] = milliseconds(now)
        state.put(tenant, "Organisation", tenant, fresh)
        _settings(state, tenant, home, milliseconds(now), new_id)
        return tenant


def _settings(state: State, tenant: str, home: Home, stamp: int, new_id: Callable[[], str]) -> None:
    for code in chart.starting_currencies(home.base):
        row: Raw = {"Code": code, "Description": chart.CURRENCIES[code][0]}
        state.put(tenant, "Currencies", code, row)
    for order, theme in enumerate(("Standard", "Special Projects")):
        theme_id = new_id()
        fresh = brandingthemes.fresh(theme_id, theme, order, stamp)
        state.put(tenant, "BrandingThemes", theme_id, fresh)
    for rate in tax_rates(home.country):
        state.put(tenant, "TaxRates", rate["TaxType"], rate)
    for account in chart.accounts(home.country, home.base):
        account_id = new_id()
        row = account | {"AccountID": account_id, "UpdatedDateUTC": stamp}
        state.put(tenant, "Accounts", account_id, row)


def _records(context: Context) -> None:
    """Create the demo's own records through the rules that any client meets."""
    found = files("xtiger.sandbox").joinpath("seed", "demo.json")
    if not found.is_file():
        return
    content = simplejson.loads(found.read_text(encoding="utf-8"), use_decimal=True)
    kinds = accounting.kinds()
    for plural in _ORDER:
        for number, element in enumerate(content.get(plural, [])):
            try:
                kinds[plural].save(context, element, Saving(create_only=True))
            except Invalid as error:
                name = element.get("Name") or element.get("Code") or element.get("InvoiceNumber")
                raise ValueError(f"demo.json: {plural}[{number}] {name}: {error}") from error


def plain(value: Any) -> Any:
    """Return a value as it would look after a request: Decimal numbers, no floats."""
    text = simplejson.dumps(value, use_decimal=True, default=str)
    return simplejson.loads(text, use_decimal=True)
