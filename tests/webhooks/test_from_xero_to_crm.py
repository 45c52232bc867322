"""What changes in Xero reaches the CRM by webhook: the sandbox sends over HTTP, a worker reads."""

from __future__ import annotations

import pytest

from tests.engine.test_first_link import contact
from tests.webhooks.conftest import Told


@pytest.mark.feature("F127")
def test_a_contact_made_in_xero_comes_into_the_crm(world: Told) -> None:
    """Two calls, the organisation and the contact by its id; nothing goes back."""
    contact(world, "Kea Ltd")

    spent = world.spent(world.hear)

    assert ["Kea Ltd"] == world.names()
    assert (2, []) == (spent, world.waiting())
    assert ["webhook"] == [run.trigger for run in world.xt.runs(1)]


def test_an_edit_in_xero_comes_into_the_crm(world: Told) -> None:
    """The link is kept and the CRM's field follows."""
    acme = world.host.create("Organizations", {"accountname": "Acme"})
    world.sync()
    world.hear()
    world.sandbox.edit("Contacts", world.xero_id("Organizations", acme), {"Name": "Acme Two"})

    spent = world.spent(world.hear)

    assert ["Acme Two"] == world.names()
    assert (2, 0) == (spent, world.actions())
