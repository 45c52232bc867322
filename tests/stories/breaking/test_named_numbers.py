"""A hold about a code or number names the code or number, not the record's name."""

from __future__ import annotations

from tests.stories.sync.people import organisation, product
from tests.world import World


def test_a_taken_code_is_named(world: World) -> None:
    """A service with the code of a linked product reads that code in its hold."""
    product(world, "C1")
    world.sync()
    twin = product(world, "C1", module="Services")

    world.sync()

    cause = world.outcome("Services", twin).cause
    assert cause is not None
    assert ("code_taken", "C1") == (cause.code, cause.data["code"])


def test_a_taken_number_is_named(world: World) -> None:
    """An organisation with the account number of another's contact reads that number."""
    own = organisation(world, "Acme", account_no="N1")
    world.sync()
    world.host.edit("Organizations", own, account_no="N2")
    twin = organisation(world, "Zeta", account_no="N1")

    world.sync("Organizations")

    cause = world.outcome("Organizations", twin).cause
    assert cause is not None
    assert ("number_shared", "N1") == (cause.code, cause.data["number"])


def test_a_code_that_xero_gave_to_another_item_is_named(world: World) -> None:
    """A new item of Xero with the code that a linked product still has here: the code is named."""
    own = product(world, "C1")
    world.sync()
    world.sandbox.edit("Items", world.xero_id("Products", own), {"Code": "C1X"})
    made = world.sandbox.add("Items", {"Code": "C1", "Name": "Another"})

    world.sync()

    (outcome,) = world.xt.sync.outcomes(module="Products", xero_id=made["ItemID"], limit=1)
    cause = outcome.cause
    assert cause is not None
    assert ("code_taken", "C1", "Thing C1") == (cause.code, cause.data["code"], cause.data["other"])
