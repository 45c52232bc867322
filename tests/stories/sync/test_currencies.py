"""Invoices in other currencies: whether both sides have them, how fine they count, their rates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.money import live, quiet, stored
from tests.stories.sync.people import invoice, line, organisation, paid_in_xero, payment
from tests.stories.sync.test_invoices_in import contact, in_xero, only, told, xero_line
from tests.world import World, make_world
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Currency, Module

CURRENCIES = (
    Currency("GBP"),
    Currency("EUR"),
    Currency("USD"),
    Currency("JPY", 0),
    Currency("KWD", 3),
    Currency("CHF", active=False),
)
DAY = date(2026, 11, 2)
RATES = {("USD", DAY): Decimal("0.8"), ("EUR", DAY): Decimal(1)}


def finely() -> list[Module]:
    """Modules whose amounts have three places, as a CRM of dinars needs them."""
    return [
        replace(m, fields=tuple(replace(f, decimals=f.decimals and 3) for f in m.fields))
        for m in standard_modules()
    ]


@pytest.fixture
def trading(tmp_path: Path) -> Iterator[World]:
    """A CRM in pounds that trades in euros, dollars, yen and Kuwaiti dinars, as Xero does."""
    with make_world(tmp_path, modules=finely(), currencies=CURRENCIES, rates=RATES) as world:
        world.connect()
        world.default_account()
        for code in ("EUR", "USD", "JPY", "KWD", "CHF"):
            world.sandbox.add("Currencies", {"Code": code})
        world.xt.sync.read_settings()
        yield world


def source(world: World, word: str, **more: str) -> None:
    """Say where rates come from."""
    old = world.xt.mappings.get("Invoices")
    assert old is not None
    options = {**old.options, "rate_source": word, **more}
    world.xt.mappings.save(replace(old, options=options))


def made(world: World, code: str, *lines: dict[str, Any], **values: Any) -> str:
    """An approved invoice in a currency, synced; answers its id."""
    crm_id = invoice(
        world, "I1", organisation(world, "Acme"), lines or None, currency=code, **values
    )
    world.sync()
    return crm_id


def code_of(world: World, crm_id: str, module: str = "Invoices") -> str:
    """The code of its newest outcome, "" for none."""
    cause = world.outcome(module, crm_id).cause
    return cause.code if cause else ""


# --- whether both sides have it ---------------------------------------------------------------


@pytest.mark.feature("F065")
@pytest.mark.parametrize("code", ["SEK", "CHF"])
def test_a_currency_that_the_crm_does_not_use_is_held_both_ways(trading: World, code: str) -> None:
    """Unknown to its list, or switched off there; once it is in use both go."""
    if code == "SEK":
        trading.sandbox.add("Currencies", {"Code": code})
    there = in_xero(trading, contact(trading, "Other"), CurrencyCode=code)
    here = made(trading, code)

    assert "currency_not_in_crm" == code_of(trading, here) == told(trading, there)
    trading.host._currencies = (*CURRENCIES[:5], Currency(code))
    trading.sync()

    assert quiet(trading)
    assert 2 == len(trading.host.all("Invoices")) == len(trading.xero("Invoices"))


@pytest.mark.feature("F065")
def test_a_currency_added_in_xero_counts_at_the_next_sync(tmp_path: Path) -> None:
    """The list is read again for what it holds, without waiting for the hour."""
    with make_world(tmp_path, currencies=CURRENCIES) as world:
        world.connect()
        world.default_account()
        here = made(world, "JPY")
        assert "currency_not_enabled" == code_of(world, here)

        world.sandbox.add("Currencies", {"Code": "JPY"})
        world.sync()

        assert "JPY" == world.in_xero("Invoices", here)["CurrencyCode"]


def test_a_draft_that_xero_gives_an_unknown_currency_is_held(trading: World) -> None:
    """Its currency comes in once the CRM has it."""
    here = made(trading, "EUR", invoicestatus="Created")
    trading.sandbox.add("Currencies", {"Code": "SEK"})
    there = trading.xero_id("Invoices", here)
    trading.sandbox.edit("Invoices", there, {"CurrencyCode": "SEK"})
    trading.sync()

    assert "currency_not_in_crm" == code_of(trading, here)
    assert "EUR" == trading.in_crm("Invoices", here, "currency")


# --- how fine it counts -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "price", "total"),
    [("EUR", "9.99", "11.99"), ("JPY", "999", "1199"), ("KWD", "1.125", "1.35")],
)
def test_the_total_agrees_in_the_places_of_each_currency(
    trading: World, code: str, price: str, total: str
) -> None:
    """The CRM's own total in cents, whole yen or thousandths; Xero has the same money."""
    here = made(trading, code, line(price, tax_percent=Decimal(20)), total=Decimal(total))

    assert "" == code_of(trading, here)
    assert Decimal(total) == trading.in_xero("Invoices", here)["Total"]
    assert quiet(trading)


def test_yen_that_xero_counts_finer_are_settled_by_the_rounding_line(trading: World) -> None:
    """147.60 in Xero, 148 in the CRM: the difference of less than a yen has its line."""
    lines = [line("41", tax_percent=Decimal(20)) for _ in range(3)]
    here = made(trading, "JPY", *lines, total=Decimal(148))

    there = trading.in_xero("Invoices", here)
    assert (Decimal(148), Decimal("0.4")) == (there["Total"], there["LineItems"][-1]["UnitAmount"])
    assert quiet(trading)


def test_two_yen_are_no_rounding(trading: World) -> None:
    """A difference of more than a yen is held."""
    here = made(trading, "JPY", line("100"), total=Decimal(102))

    assert "total_differs" == code_of(trading, here)


def test_thousandths_that_xero_cannot_hold_stay_here(trading: World) -> None:
    """A total of 1.234 dinars is never sent as 1.23."""
    here = made(trading, "KWD", line("1.234"), total=Decimal("1.234"))

    assert "total_too_fine" == code_of(trading, here)
    assert [] == trading.xero("Invoices")


def test_yen_come_in_whole(trading: World) -> None:
    """Lines of whole yen come to the same total in the CRM."""
    in_xero(trading, contact(trading), xero_line("1000", TaxType="OUTPUT2"), CurrencyCode="JPY")
    trading.sync()

    assert ("JPY", Decimal(1200)) == tuple(only(trading).values[k] for k in ("currency", "total"))
    assert quiet(trading)


def test_parts_of_a_yen_are_held(trading: World) -> None:
    """A CRM of whole yen has no place for 112.20."""
    price = xero_line("93.5", TaxType="OUTPUT2")
    there = in_xero(trading, contact(trading), price, CurrencyCode="JPY")
    trading.sync()

    assert "crm_total_differs" == told(trading, there)


# --- rates ------------------------------------------------------------------------------------


def test_xero_takes_its_rate_of_the_day_and_the_crm_gets_it(trading: World) -> None:
    """Nothing is sent, whatever the CRM filled in; Xero's rate stands on the invoice then."""
    here = made(trading, "USD", conversion_rate=Decimal(1))

    there = trading.in_xero("Invoices", here)["CurrencyRate"]
    trading.sync()

    assert Decimal("1.318760") == there
    assert Decimal("0.758288") == trading.in_crm("Invoices", here, "conversion_rate")
    assert quiet(trading)


def test_a_rate_of_xero_comes_in_with_its_invoice(trading: World) -> None:
    """Base units for 1 of the currency, as the CRM writes it; a changed one follows."""
    there = in_xero(trading, contact(trading), CurrencyCode="EUR", CurrencyRate=Decimal("1.25"))
    trading.sync()
    here = only(trading)
    assert Decimal("0.8") == here.values["conversion_rate"]

    trading.sandbox.edit("Invoices", there, {"CurrencyRate": Decimal("1.6")})
    trading.sync()

    assert Decimal("0.625") == only(trading).values["conversion_rate"]
    assert quiet(trading)


def test_own_pounds_have_no_rate(trading: World) -> None:
    """An invoice in the CRM's own currency gets none, and none is sent."""
    source(trading, "ask")
    here = made(trading, "GBP")

    assert trading.in_crm("Invoices", here, "conversion_rate") is None
    assert quiet(trading)


@pytest.mark.feature("O20")
def test_the_crms_rate_of_the_day_is_sent(trading: World) -> None:
    """By its table where the invoice has none; Xero gets the reciprocal."""
    source(trading, "crm")
    here = made(trading, "USD")

    assert Decimal("1.25") == trading.in_xero("Invoices", here)["CurrencyRate"]
    assert quiet(trading)


@pytest.mark.parametrize(("word", "code"), [("crm", "EUR"), ("crm", "JPY"), ("ask", "USD")])
def test_a_rate_of_one_or_none_is_held_until_somebody_says_it(
    trading: World, word: str, code: str
) -> None:
    """The table says 1, or nothing; or only the invoice itself counts. Entered there, it goes."""
    source(trading, word)
    here = made(trading, code)
    assert "rate_missing" == code_of(trading, here)
    assert [] == trading.xero("Invoices")

    trading.host.edit("Invoices", here, conversion_rate=Decimal("0.5"))
    trading.sync()

    assert Decimal(2) == trading.in_xero("Invoices", here)["CurrencyRate"]
    assert quiet(trading)


def test_a_rate_changed_in_the_crm_travels(trading: World) -> None:
    """While no money is on the invoice."""
    source(trading, "crm")
    here = made(trading, "USD", conversion_rate=Decimal("0.8"))
    trading.host.edit("Invoices", here, conversion_rate=Decimal("0.4"))
    trading.sync()

    assert Decimal("2.5") == trading.in_xero("Invoices", here)["CurrencyRate"]
    paid_in_xero(trading, trading.xero_id("Invoices", here))
    trading.sync()
    trading.host.edit("Invoices", here, conversion_rate=Decimal("0.5"))
    trading.sync()

    assert "invoice_locked" == code_of(trading, here)


@pytest.mark.parametrize(("tolerance", "code"), [("0.1", "rate_apart"), ("5", "")])
@pytest.mark.feature("O20")
def test_two_rates_that_differ_are_told_beyond_the_tolerance(
    trading: World, tolerance: str, code: str
) -> None:
    """Xero's was changed there, and the CRM is to say it: told, and neither is overwritten."""
    source(trading, "crm", rate_tolerance=tolerance)
    here = made(trading, "USD", conversion_rate=Decimal("0.8"))
    stored(trading, here, CurrencyRate=Decimal("1.3"))
    trading.sync()

    assert code == code_of(trading, here)
    assert Decimal("0.8") == trading.in_crm("Invoices", here, "conversion_rate")


def test_a_draft_that_gets_another_currency_gets_its_rate(trading: World) -> None:
    """From pounds to dollars: the rate goes with it; without one it is held."""
    source(trading, "crm")
    here = made(trading, "GBP", invoicestatus="Created")
    trading.host.edit("Invoices", here, currency="JPY")
    trading.sync()
    assert "rate_missing" == code_of(trading, here)

    trading.host.edit("Invoices", here, currency="USD")
    trading.sync()

    there = trading.in_xero("Invoices", here)
    assert ("USD", Decimal("1.25")) == (there["CurrencyCode"], there["CurrencyRate"])


# --- payments ---------------------------------------------------------------------------------


def test_a_payment_is_in_the_invoices_currency(trading: World) -> None:
    """Euros go to the account in pounds, and count as euros on the invoice."""
    here = made(trading, "EUR")
    payment(trading, here, "4")
    trading.sync()

    (paid,) = live(trading)
    assert Decimal(4) == paid["Amount"]
    assert Decimal(6) == trading.in_xero("Invoices", here)["AmountDue"]
    assert quiet(trading)


def test_an_account_of_a_third_currency_is_held(trading: World) -> None:
    """Dollars of a customer do not go to the account in euros."""
    here = made(trading, "USD")
    crm_id = payment(trading, here, account="092")
    trading.sync()

    assert "payment_account_currency" == code_of(trading, crm_id, "Payments")
    assert [] == live(trading)
