"""Two CRMs on one Xero organisation count their records alike: neither takes the other's."""

from __future__ import annotations

from tests.engine.people import invoice, organisation
from tests.world import World


def test_the_contact_of_another_crm_with_our_key_is_only_proposed(world: World) -> None:
    """A stranger that bears the key of our first record gets no values, link or invoices."""
    values = {"Name": "Of Another CRM", "ContactNumber": "XT-1", "EmailAddress": "a@b.example"}
    world.sandbox.add("Contacts", values)
    own = organisation(world, "Zeta Ltd", phone="0113 1")
    invoice(world, "I1", own)

    world.sync()

    outcome = world.outcome("Organizations", own)
    assert ("held", "contact_near_name") == (outcome.result, outcome.cause and outcome.cause.code)
    assert world.in_crm("Organizations", own, "email1") is None
    assert [] == world.xero("Invoices")


def test_created_anyway_it_goes_without_the_taken_key(world: World) -> None:
    """A person says that both are different: ours is created, since Xero refuses a second key."""
    world.sandbox.add("Contacts", {"Name": "Of Another CRM", "ContactNumber": "XT-1"})
    own = organisation(world, "Zeta Ltd")
    world.sync()
    name = f"create_anyway:{world.xt.connection().id}:Organizations:{own}"
    world.xt.store.save_setting(name, True)
    world.host.edit("Organizations", own, phone="0113 1")

    world.sync()

    assert "created" == world.outcome("Organizations", own).result
    assert "Zeta Ltd" == world.in_xero("Organizations", own)["Name"]
