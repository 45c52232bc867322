"""Two spellings of one letter, as one sign or as letter and accent, are one name."""

from __future__ import annotations

import pytest

from tests.stories.sync.people import organisation, product
from tests.world import World

COMPOSED, APART = "Caf\u00e9", "Cafe\u0301"


@pytest.mark.parametrize("names", [(COMPOSED, APART), (APART, COMPOSED)])
def test_the_second_spelling_of_a_name_is_held_and_never_planned(
    world: World, names: tuple[str, str]
) -> None:
    """A plan does not promise a contact that Xero would refuse, run after run."""
    organisation(world, names[0])
    twin = organisation(world, names[1])
    world.sync()

    assert (0, {("Organizations", twin): "crm_duplicate"}) == (world.actions(), world.codes())


def test_the_second_spelling_of_a_code_is_held_and_never_planned(world: World) -> None:
    """The same of an item's code."""
    product(world, COMPOSED)
    twin = product(world, APART)
    world.sync()

    assert (0, {("Products", twin): "code_taken"}) == (world.actions(), world.codes())


def test_a_contact_of_the_other_spelling_is_proposed(world: World) -> None:
    """Xero's contact of the same name is asked about, as any of the same name is."""
    world.sandbox.add("Contacts", {"Name": COMPOSED})
    own = organisation(world, APART)

    world.sync()

    outcome = world.outcome("Organizations", own)
    assert ("held", "contact_same_name") == (outcome.result, outcome.cause and outcome.cause.code)
