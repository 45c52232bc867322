"""Codes of items: none may be empty, and one that Xero has already is taken over, never doubled."""

from __future__ import annotations

import pytest

from tests.stories.sync.people import product
from tests.stories.sync.test_first_link import code_of, item
from tests.world import World


@pytest.mark.feature("F051")
def test_a_code_that_is_empty_is_held_and_goes_once_it_is_there(world: World) -> None:
    """A product and a service, by either rule of names and numbers; Xero is not even called."""
    goods = product(world, "", productname="Hat")
    work = product(world, "  ", module="Services", servicename="Repair")
    world.sync("Products", "Services")
    held = [code_of(world, "Products", goods), code_of(world, "Services", work)]
    sent = [one for one in world.sandbox.calls() if one.method in ("PUT", "POST")]
    page_says = world.xt.needs.all()
    world.host.edit("Products", goods, productcode="HAT")
    world.host.edit("Services", work, servicecode="REP")
    world.sync()

    assert ["code_missing"] * 2 == held
    assert [] == [one.path for one in sent if "Items" in one.path]
    assert {"code_missing"} == {one.code for one in page_says}
    assert ["HAT", "REP"] == sorted(one["Code"] for one in world.xero("Items"))


@pytest.mark.feature("F100")
def test_a_code_in_use_binds_the_item_that_has_it(world: World) -> None:
    """Its own name is asked about; nobody gets a code with a suffix, and no second item is made."""
    there = item(world, "HAT", Name="A hat of Xero's")
    goods = product(world, "hat", productname="A hat of the CRM's")
    world.settings("Products", first_link="crm")

    world.sync()

    assert there == world.xero_id("Products", goods)
    assert ["A hat of the CRM's"] == [one["Name"] for one in world.xero("Items")]
    assert 0 == world.actions()
