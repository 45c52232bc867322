"""The item on a line is the one that the product is linked to, whatever its code is about to be."""

from __future__ import annotations

from tests.stories.sync.people import invoice, line, organisation, product
from tests.world import World


def sold(world: World, crm_id: str) -> list[str]:
    """The item codes on an invoice's lines in Xero."""
    return [str(row["ItemCode"]) for row in world.in_xero("Invoices", crm_id)["LineItems"]]


def test_a_code_that_is_another_items_does_not_move_lines_to_it(world: World) -> None:
    """A product renamed to another's code is held; a new invoice of it still sells its own item."""
    acme = organisation(world, "Acme")
    own = product(world, "P1")
    product(world, "P2")
    world.sync()
    world.host.edit("Products", own, productcode="P2")
    made = invoice(world, "I1", acme, [line(product_id=own)])

    world.sync()

    assert ["P1"] == sold(world, made)


def test_a_code_renamed_in_xero_reaches_invoices_of_the_same_run(world: World) -> None:
    """A new invoice carries the code that Xero's item has now, not the CRM's older one."""
    acme = organisation(world, "Acme")
    own = product(world, "P1")
    world.sync()
    world.wait()
    world.sandbox.edit("Items", world.xero_id("Products", own), {"Code": "P1X"})
    made = invoice(world, "I1", acme, [line(product_id=own)])

    world.sync()

    assert ["P1X"] == sold(world, made)


def test_a_code_renamed_in_the_crm_reaches_invoices_of_the_same_run(world: World) -> None:
    """A new code that this run sends is the one on the invoices sent after it."""
    acme = organisation(world, "Acme")
    own = product(world, "P1")
    world.sync()
    world.host.edit("Products", own, productcode="P9")
    made = invoice(world, "I1", acme, [line(product_id=own)])

    world.sync()

    assert ["P9"] == sold(world, made)


def test_a_new_code_of_an_unselected_product_stays_out_of_invoices(world: World) -> None:
    """A product that may not sync keeps its code in Xero, and its invoices use that one."""
    acme = organisation(world, "Acme")
    own = product(world, "P1")
    world.sync()
    world.host.edit("Products", own, productcode="P1Y", xero_sync=False)
    made = invoice(world, "I1", acme, [line(product_id=own)])

    world.sync()

    assert ["P1"] == sold(world, made)
