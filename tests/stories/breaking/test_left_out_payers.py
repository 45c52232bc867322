"""A new invoice of a customer who is left out of the sync and was archived in Xero."""

from __future__ import annotations

from tests.stories.sync.people import invoice, organisation
from tests.world import World


def test_it_waits_and_is_not_tried_again_and_again(world: World) -> None:
    """It is held in each run, and no call is spent on what Xero would refuse."""
    acme = organisation(world, "Acme")
    world.sync()
    world.host.edit("Organizations", acme, xero_sync=False)
    xero_id = world.xero_id("Organizations", acme)
    world.sandbox.edit("Contacts", xero_id, {"ContactStatus": "ARCHIVED"})
    world.sync()
    own = invoice(world, "I1", acme)

    for _ in range(2):
        assert 0 == world.actions()
        world.sync()

    cause = world.outcome("Invoices", own).cause
    assert cause is not None
    assert ("parent_left_out", "Acme") == (cause.code, cause.data["parent"])
    assert [] == world.xero("Invoices")
