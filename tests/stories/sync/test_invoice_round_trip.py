"""A thousand invoices drawn at random, from each side to the other and back, to the cent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.stories.sync.people import invoice, organisation, product
from tests.world import World, make_world
from xtiger.mapping.lines_to_crm import crm_total
from xtiger.model.records import Currency

#: Invoices of one drawing; four drawings make a thousand.
BATCH = 250
#: Tax of the CRM → Xero's.
TAXES = {0: "NONE", 20: "OUTPUT2", 5: "RROUTPUT"}


def number(random: Random, highest: int, places: int) -> Decimal:
    """A number above zero with so many decimals."""
    return Decimal(random.randint(1, highest * 10**places)).scaleb(-places)


def lines(random: Random) -> list[dict[str, Any]]:
    """Up to four lines: any price, quantity, discount and tax."""
    return [
        {
            "text": random.choice(("Tea", "Work", "Zoë & Söhne")),
            "tax": random.choice(sorted(TAXES)),
            "quantity": number(random, 50, 3),
            "price": number(random, 9999, 4),
            "discount": random.choice((None, random.randint(1, 99))),
            "sold": random.choice((True, False)),
        }
        for _ in range(random.randint(1, 4))
    ]


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with one organisation, one product and two currencies."""
    home: Path = tmp_path_factory.mktemp("wide")
    with make_world(home, currencies=[Currency("GBP"), Currency("EUR")]) as made:
        made.connect()
        made.default_account()
        made.sandbox.add("Currencies", {"Code": "EUR"})
        organisation(made, "Acme")
        product(made, "P1", sales_account="200")
        made.sync()
        yield made


def crm_line(drawn: Mapping[str, Any]) -> dict[str, Any]:
    """A drawn line as the CRM has it."""
    return {
        "comment": drawn["text"],
        "quantity": drawn["quantity"],
        "listprice": drawn["price"],
        "discount_percent": drawn["discount"],
        "tax_percent": Decimal(drawn["tax"]),
        "product_id": "1" if drawn["sold"] else None,
    }


def xero_line(drawn: Mapping[str, Any]) -> dict[str, Any]:
    """A drawn line as Xero has it."""
    rate = {"DiscountRate": drawn["discount"]} if drawn["discount"] else {}
    return {
        "Description": drawn["text"],
        "Quantity": drawn["quantity"],
        "AccountCode": "200",
        "UnitAmount": drawn["price"],
        "TaxType": TAXES[drawn["tax"]],
        **rate,
        **({"ItemCode": "P1"} if drawn["sold"] else {}),
    }


@settings(
    max_examples=1_000 // BATCH,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(0, 2**32))
def test_a_thousand_invoices_agree_to_the_cent(wide: World, seed: int) -> None:
    """Half of them made here, half there: every total agrees, and a second plan is empty."""
    world, start = wide, len(wide.host.all("Invoices"))
    contact, random = world.xero_id("Organizations", "1"), Random(seed)
    for count in range(BATCH):
        some, currency = lines(random), random.choice(("GBP", "EUR"))
        if count % 2:
            element = {
                "Type": "ACCREC",
                "Contact": {"ContactID": contact},
                "Date": "2026-11-02",
                "DueDate": "2026-12-02",
                "CurrencyCode": currency,
                "Status": "AUTHORISED",
                "LineItems": [xero_line(one) for one in some],
            }
            world.sandbox.add("Invoices", element)
        else:
            invoice(
                world, f"C{start + count}", "1", [crm_line(one) for one in some], currency=currency
            )
    world.sync()

    module = next(m for m in world.host.modules() if m.name == "Invoices")
    there = {raw["InvoiceID"]: raw["Total"] for raw in world.xero("Invoices")}
    links = world.xt.store.links_by_crm(world.xt.connections.get().id, "Invoices")
    here = {
        links[record.ref.id].xero_id: crm_total(module, record.values, record.lines)
        for record in world.host.all("Invoices")
        if record.ref.id in links
    }
    assert start + BATCH == len(here)
    assert there == here
    assert 0 == world.actions()
