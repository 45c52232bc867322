"""A hold about a code or number names the code or number, not the record's name."""

from __future__ import annotations

from tests.engine.people import organisation, product
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
