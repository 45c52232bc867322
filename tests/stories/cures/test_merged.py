"""Two customers whose contacts were merged in Xero: merged in the CRM, too, it is settled."""

from __future__ import annotations

from tests.stories.cures.telling import Seen, code_now
from tests.stories.sync.people import organisation
from tests.stories.sync.test_missing_sides import merged_into
from tests.world import World


def test_merging_both_in_the_crm_settles_it(world: World) -> None:
    """The second record is gone, nothing stands, and Xero keeps the one contact as it is."""
    acme, bell = organisation(world, "Acme"), organisation(world, "Bell")
    world.sync()
    survivor = world.xero_id("Organizations", acme)
    merged_into(world, world.xero_id("Organizations", bell), survivor)
    world.sync()
    assert "contacts_merged" == code_now(world, Seen("Organizations", bell))
    world.host.remove("Organizations", bell)

    world.sync()

    assert {} == world.codes()
    states = {raw["ContactID"]: raw["ContactStatus"] for raw in world.xero("Contacts")}
    assert "ACTIVE" == states[survivor]
