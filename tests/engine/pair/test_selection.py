"""What is left out: by direction, switch, status, tick box, or a field that is missing."""

from __future__ import annotations

import pytest

from tests.stories.sync.people import invoice, organisation
from tests.stories.sync.test_first_link import code_of, contact, item
from tests.world import World


@pytest.mark.feature("F052")
def test_a_required_crm_field_without_value_holds(world: World) -> None:
    """An item without name cannot be a product: held, and said which field."""
    item(world, "NONAME")

    world.sync()

    (outcome,) = world.xt.sync.outcomes(module="Products", limit=1)
    assert outcome.cause is not None
    assert ("mandatory_missing", "Name") == (outcome.cause.code, outcome.cause.data["field"])


@pytest.mark.feature("F041")
def test_creating_can_be_switched_off_each_way(world: World) -> None:
    """With creates off nothing new is made on either side; linked records go on."""
    world.settings("Organizations", create_in_xero=False, create_in_crm=False)
    contact(world, "In Xero")
    crm_id = organisation(world, "In the CRM")

    world.sync()

    assert "create_off" == code_of(world, "Organizations", crm_id)
    assert (1, 1) == (len(world.xero("Contacts")), len(world.host.all("Organizations")))


@pytest.mark.feature("F041")
def test_creating_switched_on_later_takes_what_waited(world: World) -> None:
    """Records left out by a setting are looked at again when it changes."""
    world.settings("Organizations", create_in_xero=False, create_in_crm=False)
    contact(world, "In Xero")
    organisation(world, "In the CRM")
    world.sync()
    world.settings("Organizations", create_in_xero=True, create_in_crm=True)

    world.sync()

    assert (2, 2) == (len(world.xero("Contacts")), len(world.host.all("Organizations")))


@pytest.mark.feature("F039")
@pytest.mark.parametrize(("direction", "wanted"), [("to_xero", (2, 1)), ("to_crm", (1, 2))])
def test_a_direction_carries_one_way(world: World, direction: str, wanted: tuple[int, int]) -> None:
    """One direction: new records travel that way only."""
    world.settings("Organizations", direction=direction)
    contact(world, "In Xero")
    organisation(world, "In the CRM")

    world.sync()

    assert wanted == (len(world.xero("Contacts")), len(world.host.all("Organizations")))


@pytest.mark.feature("F070")
def test_a_status_filter_leaves_records_out(world: World) -> None:
    """Only invoices in the chosen statuses are sent."""
    world.settings("Invoices", statuses=("Sent",))
    crm_id = invoice(world, "I1", organisation(world, "Acme"))

    world.sync()

    assert "status_not_selected" == code_of(world, "Invoices", crm_id)
    assert [] == world.xero("Invoices")


@pytest.mark.feature("F068")
def test_all_records_can_be_selected(world: World) -> None:
    """With the selection All the tick box does not count."""
    world.settings("Organizations", selection="all")
    crm_id = organisation(world, "Acme", xero_sync=False)

    world.sync()

    assert "created" == world.outcome("Organizations", crm_id).result


def test_an_untouched_box_means_the_default(world: World) -> None:
    """With the default Off an organisation whose box nobody touched stays at home."""
    world.settings("Organizations", sync_by_default=False)
    crm_id = organisation(world, "Acme")

    world.sync()

    assert "not_selected" == code_of(world, "Organizations", crm_id)
