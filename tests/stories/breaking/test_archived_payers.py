"""An invoice whose customer is archived in Xero waits for the customer, and names it."""

from __future__ import annotations

from tests.stories.sync.people import invoice, organisation
from tests.world import World
from xtiger.engine.apply.refusals import refused_cause
from xtiger.model.plans import Item, Needed
from xtiger.model.records import Ref


def test_an_invoice_of_a_merged_customer_names_the_customer(world: World) -> None:
    """Two linked customers become one contact in Xero; a new invoice of the other one waits."""
    gone, kept = organisation(world, "Acme"), organisation(world, "Bell")
    world.sync()
    world.sandbox.merge(world.xero_id("Organizations", gone), world.xero_id("Organizations", kept))
    own = invoice(world, "I1", gone)

    world.sync()

    cause = world.outcome("Invoices", own).cause
    assert cause is not None
    assert ("waits_for_parent", "Acme") == (cause.code, cause.data["parent"])
    assert [] == world.xero("Invoices")


def test_a_refusal_for_an_archived_contact_names_the_customer() -> None:
    """Xero may know it before we do: what is archived is the customer, not the invoice."""
    item = Item(
        "Invoices",
        "Invoice",
        "1",
        None,
        "I1",
        "create",
        "created",
        to_xero={"InvoiceNumber": "I1"},
        needs=(Needed(Ref("Organizations", "1"), "Acme"),),
    )
    said = "The contact has been archived. Invoices for archived contacts cannot be raised."

    cause, result = refused_cause(item, [said])

    assert ("archived_in_xero", "Acme", "held") == (cause.code, cause.data["name"], result)
