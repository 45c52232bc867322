"""What is left to pay, when money in Xero and lines in the CRM change before the same sync."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.stories.sync.money import due
from tests.stories.sync.people import invoice, line, organisation, payment, unpaid_in_xero
from tests.world import World


@pytest.mark.parametrize("switch", [True, False])
def test_the_balance_counts_the_lines_on_their_way(world: World, switch: bool) -> None:
    """A payment is deleted in Xero and a line is added here: all of the new total is to pay."""
    bill = invoice(world, "I1", organisation(world, "Acme"))
    paid = payment(world, bill, "4")
    world.sync()
    if switch:
        world.settings("Payments", delete_in_crm=True)
    unpaid_in_xero(world, world.xero_id("Payments", paid))
    world.host.edit_lines("Invoices", bill, [line(), line("7", name="More")])

    world.sync()

    assert (Decimal(17), Decimal(17)) == (due(world), world.in_crm("Invoices", bill, "balance"))
    assert Decimal(0) == world.in_crm("Invoices", bill, "received")
    assert (0, True) == (world.actions(), world.xt.proof.reconcile(modules=["Invoices"]).agrees)
