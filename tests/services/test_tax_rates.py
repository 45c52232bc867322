"""A tax that Xero does not know: the nearest rate is proposed, or the rate is made where it may."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import pytest
from flask.testing import FlaskClient

from tests.engine.plan.test_foreseen import _permit
from tests.stories.cures.telling import enter
from tests.stories.sync.people import invoice, line, organisation
from tests.world import REDIRECT, World, make_world
from xtiger.errors import MappingInvalid
from xtiger.sandbox.accounting.lists.countries import CountryName
from xtiger.services.tax_rates import NOT_HERE
from xtiger.web import blueprint

OWN = {"Sec-Fetch-Site": "same-origin"}
GST_PST = [
    {"name": "GST", "percent": Decimal(5)},
    {"name": "PST", "percent": Decimal(7), "compound": True},
]
#: 100.00 at 12.35 %.
TOTAL = Decimal("112.35")
#: Lines whose tax Xero does not know: label → line.
UNKNOWN: Mapping[str, dict[str, Any]] = {
    "GST 5 % + PST 7 %": line("100", taxes=GST_PST),
    "Levy 12.35 %": line("100", tax_name="Levy", tax_percent=Decimal("12.35")),
    "12.35 %": line("100", tax_percent=Decimal("12.35")),
}


@contextmanager
def _world(folder: Path, country: CountryName, currency: str) -> Iterator[World]:
    with make_world(folder, country=country, base_currency=currency) as made:
        made.connect()
        made.default_account()
        yield made


@pytest.fixture
def free(tmp_path: Path) -> Iterator[World]:
    """An organisation of Xero's global edition, which makes no tax return."""
    with _world(tmp_path, "GLOBAL", "EUR") as made:
        yield made


@pytest.fixture
def filing(tmp_path: Path) -> Iterator[World]:
    """An organisation with a tax return."""
    with _world(tmp_path, "UK", "GBP") as made:
        yield made


def _browser(world: World) -> FlaskClient:
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(
        blueprint(world.xt, may_configure=lambda: True, may_use=lambda _ref: True)
    )
    return app.test_client()


def _bill(world: World, number: str, tax: str, **values: Any) -> str:
    kea = organisation(world, f"Kea {number}")
    return invoice(world, number, kea, [UNKNOWN[tax]], total=TOTAL, **values)


def _asked_for(world: World) -> list[str]:
    """The permissions that connecting asks for now."""
    (asked,) = parse_qs(urlsplit(world.xt.connections.consent(REDIRECT).url).query)["scope"]
    return asked.split()


def _hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


def _rate_of(world: World, crm_id: str) -> tuple[str, Decimal]:
    there = world.in_xero("Invoices", crm_id)
    return there["LineItems"][0]["TaxType"], there["Total"]


@pytest.mark.feature("F098")
@pytest.mark.parametrize("tax", UNKNOWN)
def test_a_button_makes_the_rate_and_sends_what_waited(free: World, tax: str) -> None:
    """Where there is no tax return to reach; the next invoice of this tax waits for nobody."""
    first = _bill(free, "I1", tax)
    free.sync()
    browser = _browser(free)
    page = browser.get("/xt/needs").text
    assert "Create this rate in Xero" in page
    before = len(free.xero("TaxRates"))

    answer = browser.post("/xt/needs/rate", data=_hidden(page), headers=OWN)
    second = _bill(free, "I2", tax)
    free.sync()

    assert 303 == answer.status_code
    (made,) = [one for one in free.xero("TaxRates") if one["Name"] == tax]
    assert Decimal("12.35") == made["EffectiveRate"]
    assert [(made["TaxType"], TOTAL)] * 2 == [_rate_of(free, one) for one in (first, second)]
    assert before + 1 == len(free.xero("TaxRates"))
    assert (0, []) == (free.actions(), free.xt.proof.differences())


@pytest.mark.feature("F098")
@pytest.mark.parametrize("tax", UNKNOWN)
def test_a_command_makes_the_rate(free: World, tax: str) -> None:
    """As the button does; what waited goes next, and a word that nobody waits for is told."""
    crm_id = _bill(free, "I1", tax)
    free.sync()
    with pytest.raises(MappingInvalid, match=f"These are waited for: {re.escape(tax)}"):
        enter(free, "mapping", "make-rate", "Invoices", "Other 3 %")
    enter(free, "mapping", "make-rate", "Invoices", tax)
    free.sync()

    (made,) = [one for one in free.xero("TaxRates") if one["Name"] == tax]
    assert (made["TaxType"], TOTAL) == _rate_of(free, crm_id)
    assert {} == free.xt.tax_rates.wanted("Invoices")


def test_a_rate_that_somebody_made_meanwhile_is_taken(free: World) -> None:
    """Pressed twice, or made by a call whose answer was lost: there is one rate."""
    crm_id = _bill(free, "I1", "Levy 12.35 %")
    free.sync()
    parts = [["Levy", "12.35", False]]
    first = free.xt.tax_rates.make("Invoices", "Levy 12.35 %", parts)
    second = free.xt.tax_rates.make("Invoices", "Levy 12.35 %", parts)
    free.sync()

    assert first == second == _rate_of(free, crm_id)[0]
    assert 1 == len([one for one in free.xero("TaxRates") if one["Name"] == "Levy 12.35 %"])


@pytest.mark.feature("F097")
@pytest.mark.parametrize("tax", UNKNOWN)
def test_a_button_takes_the_nearest_rate(filing: World, tax: str) -> None:
    """With a tax return no rate is made from here, and the page says why; one press maps it."""
    crm_id = _bill(filing, "I1", tax)
    filing.host.edit("Invoices", crm_id, total=None)
    filing.sync()
    browser = _browser(filing)
    page = browser.get("/xt/needs").text
    assert "Create this rate in Xero" not in page
    assert NOT_HERE in page
    value, said = re.findall(r'name="nearest" value="([^"]+)"[^>]*>([^<]+)<', page)[0]
    assert ("RROUTPUT", "Use “5% (VAT on Income)”") == (value, said)

    browser.post("/xt/needs/option", data={**_hidden(page), "nearest": value}, headers=OWN)

    assert "RROUTPUT" == _rate_of(filing, crm_id)[0]
    assert [] == filing.xt.needs.all()


def test_none_is_made_where_it_may_not(filing: World) -> None:
    """Nor by a call, nor by a post that no page offered; Xero is not asked."""
    _bill(filing, "I1", "12.35 %")
    filing.sync()
    calls, rates = filing.calls(), len(filing.xero("TaxRates"))

    with pytest.raises(MappingInvalid, match="no tax return"):
        filing.xt.tax_rates.make("Invoices", "12.35 %", [["", "12.35", False]])
    browser = _browser(filing)
    page = browser.get("/xt/needs").text
    said = browser.post("/xt/needs/rate", data=_hidden(page), headers=OWN)
    odd = browser.post("/xt/needs/rate", data={**_hidden(page), "word": "odd"}, headers=OWN)

    assert (303, 404) == (said.status_code, odd.status_code)
    assert (calls, rates) == (filing.calls(), len(filing.xero("TaxRates")))


def test_none_is_made_of_what_is_no_tax(free: World) -> None:
    """A tax of nothing, as no cause names one."""
    with pytest.raises(MappingInvalid, match="No rate can be made"):
        free.xt.tax_rates.make("Invoices", "Odd", [["Odd", "0", False]])


def test_what_xero_refuses_is_said(free: World) -> None:
    """A name that is taken by another rate: in Xero's own words, and nothing is mapped."""
    parts = [{"Name": "Other", "Rate": Decimal(9)}]
    free.sandbox.add("TaxRates", {"Name": "Levy 12.35 %", "TaxComponents": parts})

    with pytest.raises(MappingInvalid) as refused:
        free.xt.tax_rates.make("Invoices", "Levy 12.35 %", [["Levy", "12.35", False]])

    assert "name" in " ".join(refused.value.problems).lower()
    mapping = free.xt.mappings.get("Invoices")
    assert mapping is not None
    assert not mapping.options.get("tax_map")


def test_a_permission_that_is_missing_is_asked_for_from_then_on(free: World) -> None:
    """Nothing is made; connecting again asks for the settings of the organisation, too."""
    _bill(free, "I1", "12.35 %")
    free.sync()
    for module in ("Products", "Services"):
        free.settings(module, direction="to_crm")
    _permit(free, "accounting.settings")
    assert "accounting.settings" not in _asked_for(free)
    browser = _browser(free)
    page = browser.get("/xt/needs").text

    browser.post("/xt/needs/rate", data=_hidden(page), headers=OWN)
    assert "onnect again" in browser.get("/xt/needs").text
    assert "accounting.settings" in _asked_for(free)
    free.connect()
    browser.post("/xt/needs/rate", data=_hidden(page), headers=OWN)

    assert [] == free.xt.needs.all()
