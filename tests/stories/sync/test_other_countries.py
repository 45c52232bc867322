"""CRMs of other countries: from signing up to the proof that both sides agree to the cent."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import contact, invoice, line, organisation, paid_in_xero, product
from tests.world import World, make_world
from xtiger.errors import NeedsPerson
from xtiger.sandbox.accounting.lists.countries import CountryName

#: Country, base currency, what an accountant adds, and the CRM's tax with its type in Xero.
HOMES: dict[str, tuple[CountryName, str, dict[str, Any] | None, tuple[str, str, str]]] = {
    "dollars": ("US", "USD", None, ("Tax on Sales", "8.25", "OUTPUT")),
    "rupees": (
        "GLOBAL",
        "INR",
        {
            "Name": "GST 18%",
            "TaxComponents": [{"Name": "CGST", "Rate": 9}, {"Name": "SGST", "Rate": 9}],
        },
        ("GST 18%", "18", "TAX001"),
    ),
    "Australian dollars": ("AU", "AUD", None, ("GST on Income", "10", "OUTPUT")),
}


def _begin(world: World, added: dict[str, Any] | None) -> None:
    if added is not None:
        world.sandbox.add("TaxRates", added)
    world.connect()
    world.default_account()


@pytest.mark.parametrize("home", HOMES)
def test_a_crm_of_another_country_comes_to_agree(tmp_path: Path, home: str) -> None:
    """Sign-up, chart, both directions, money and proof, in the CRM's own base currency."""
    country, currency, added, (tax, percent, tax_type) = HOMES[home]
    with make_world(tmp_path, country=country, base_currency=currency) as world:
        _begin(world, added)
        acme = organisation(world, "Acme", email1="office@acme.example")
        contact(world, "Ann", "Lee", acme, email="ann@acme.example")
        goods = product(world, "P1", sales_account="200")
        taxed = {"tax_name": tax, "tax_percent": Decimal(percent)}
        rows = [line("99.99", product_id=goods, **taxed), line("5.50")]
        crm_id = invoice(world, "I1", acme, rows)
        world.sync()
        there = world.in_xero("Invoices", crm_id)
        paid_in_xero(world, there["InvoiceID"], str(there["Total"]))
        world.sandbox.edit("Contacts", world.xero_id("Organizations", acme), {"Name": "Acme Two"})
        world.sync()
        found = world.xt.proof.reconcile()

        zero = "BASEXCLUDED" if country == "AU" else "NONE"
        assert (currency, "AUTHORISED") == (there["CurrencyCode"], there["Status"])
        assert [tax_type, zero] == [row["TaxType"] for row in there["LineItems"]]
        assert "Acme Two" == world.in_crm("Organizations", acme, "accountname")
        assert there["Total"] == world.in_crm("Invoices", crm_id, "received")
        assert found.agrees, found
        assert (0, {}) == (world.actions(), world.codes())


@pytest.mark.parametrize("home", HOMES)
def test_lines_of_another_country_come_back_as_they_went(tmp_path: Path, home: str) -> None:
    """An edit in Xero brings its price, and a line without tax stays one."""
    country, currency, added, (tax, percent, _) = HOMES[home]
    with make_world(tmp_path, country=country, base_currency=currency) as world:
        _begin(world, added)
        taxed = {"tax_name": tax, "tax_percent": Decimal(percent)}
        rows = [line("100", **taxed), line("5")]
        crm_id = invoice(world, "I1", organisation(world, "Acme"), rows)
        world.sync()
        there = world.in_xero("Invoices", crm_id)
        lines = [
            {"LineItemID": row["LineItemID"], "UnitAmount": price}
            for row, price in zip(there["LineItems"], ("200", "7"), strict=True)
        ]
        world.sandbox.edit("Invoices", there["InvoiceID"], {"LineItems": lines})
        world.sync()
        ours = world.host.record("Invoices", crm_id).lines

        assert [Decimal(200), Decimal(7)] == [row["listprice"] for row in ours]
        assert (tax, None) == (ours[0]["tax_name"], ours[1].get("tax_name"))
        assert 0 == world.actions()


def test_another_base_currency_is_refused_at_sign_up(tmp_path: Path) -> None:
    """A CRM in pounds and an organisation in rupees never meet."""
    with make_world(tmp_path) as world:
        world.sandbox.edit("Organisation", world.organisation(), {"BaseCurrency": "INR"})

        with pytest.raises(NeedsPerson, match="INR"):
            world.connect()
