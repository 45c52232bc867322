"""The account ladder of a line: line, product, customer, module, each before the next."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.people import invoice, line, organisation, product
from tests.world import World


def accounts(world: World, crm_id: str) -> list[Any]:
    """The account of each line in Xero."""
    return [one["AccountCode"] for one in world.in_xero("Invoices", crm_id)["LineItems"]]


@pytest.mark.feature("F108")
def test_each_rung_of_the_ladder_goes_before_the_next(world: World) -> None:
    """The line's own, the product's, the customer's, and only then the module's."""
    sold = product(world, "P1", sales_account="270", unit_price=Decimal(10))
    lines = [line(product_id=sold, account="260"), line(product_id=sold), line()]
    of_customer = invoice(world, "I1", organisation(world, "Acme", sales_account="260"), lines)
    of_module = invoice(world, "I2", organisation(world, "Plain"))

    world.sync()

    assert ["260", "270", "260"] == accounts(world, of_customer)
    assert ["200"] == accounts(world, of_module)
    assert (0, []) == (world.actions(), world.xt.proof.differences())


def test_the_contacts_account_in_xero_counts_where_the_crm_says_none(world: World) -> None:
    """Set by a bookkeeper on the contact; invoices that are there already keep theirs."""
    customer = organisation(world, "Acme")
    before = invoice(world, "I1", customer)
    world.sync()
    there = world.xero_id("Organizations", customer)
    world.sandbox.edit("Contacts", there, {"SalesDefaultAccountCode": "260"})
    after = invoice(world, "I2", customer)

    world.sync()

    assert (["200"], ["260"]) == (accounts(world, before), accounts(world, after))
    assert (0, []) == (world.actions(), world.xt.proof.differences())
