"""An invoice that Xero refuses for its archived contact names the customer, not itself."""

from __future__ import annotations

from tests.engine.people import invoice, organisation
from tests.world import World


def test_an_invoice_of_a_merged_customer_names_the_customer(world: World) -> None:
    """Two linked customers become one contact in Xero; a new invoice of the other one is held."""
    gone, kept = organisation(world, "Acme"), organisation(world, "Bell")
    world.sync()
    world.sandbox.merge(world.xero_id("Organizations", gone), world.xero_id("Organizations", kept))
    own = invoice(world, "I1", gone)

    world.sync()

    cause = world.outcome("Invoices", own).cause
    assert cause is not None
    assert ("archived_in_xero", "Acme") == (cause.code, cause.data["name"])
