"""What a person has put right is asked for no longer, and what waited for it goes at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.world import World
from xtiger.errors import NeedsPerson
from xtiger.model.records import Ref
from xtiger.model.setting_keys import TenantKey


def _without_terms(world: World) -> None:
    world.xt.store.forget_own_setting("", TenantKey("terms"))


def _with_terms(world: World) -> None:
    world.xt.connections.accept_terms("Ruth")


def _broken_mapping(world: World) -> None:
    """A converter of an extension that left: saved while it was there."""
    mapping = world.xt.mappings.get("Organizations")
    assert mapping is not None
    first, *rest = mapping.rows
    rows = (replace(first, converter="of_an_extension_that_left"), *rest)
    connection = world.xt.connections.get()
    world.xt.store.save_mapping(connection.id, replace(mapping, rows=rows), world.clock.now())


def _whole_mapping(world: World) -> None:
    mapping = world.xt.mappings.get("Organizations")
    assert mapping is not None
    first, *rest = mapping.rows
    world.xt.mappings.save(replace(mapping, rows=(replace(first, converter=""), *rest)))


@pytest.mark.parametrize(
    ("stop", "lift"), [(_without_terms, _with_terms), (_broken_mapping, _whole_mapping)]
)
def test_the_panel_asks_nobody_and_the_next_look_sends_it(
    world: World, stop: Callable[[World], None], lift: Callable[[World], None]
) -> None:
    """Copy to Xero was refused; once that is put right, the record is on its way."""
    ref = Ref("Organizations", world.host.create("Organizations", {"accountname": "Kea"}))
    world.settings("Organizations", on_save=False)
    stop(world)
    with pytest.raises(NeedsPerson):
        world.xt.panels.press("copy", [ref])
    before = world.xt.panel(ref.module, ref.id)
    lift(world)
    after = world.xt.panel(ref.module, ref.id)
    for _ in range(2):
        world.wait(60)
        world.xt.tick()

    assert "your administrator" in before.messages[0].text
    assert ("waiting", False) == (after.state, "your administrator" in after.messages[0].text)
    assert ["Kea"] == [raw["Name"] for raw in world.xero("Contacts")]
    assert "ok" == world.xt.panel(ref.module, ref.id).state
