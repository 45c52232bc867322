"""Looking at all records of a module again: both of its kinds in Xero, and the CRM's feed."""

from __future__ import annotations

from tests.world import World
from xtiger.engine.observe.look_again import look_again
from xtiger.hookspecs import SyncModule
from xtiger.model.links import Shadow
from xtiger.model.setting_keys import CursorKey

PEOPLE = SyncModule("Contacts", "contact", "Person", "Contacts", alone_kind="Contact")


def test_a_module_of_two_kinds_is_looked_at_whole(world: World) -> None:
    """The CRM's feed starts again, and each last seen copy of either kind is marked; no other."""
    store, connection, now = world.xt.store, world.xt.connections.get().id, world.clock.now()
    store.save_cursor(connection, CursorKey("crm:Contacts"), "somewhere")
    kinds = ("Contact", "Person", "Item")
    store.save_shadows(connection, [Shadow("xero", kind, f"{kind}-1", {}, now) for kind in kinds])

    look_again(store, connection, PEOPLE, now)

    assert store.cursor(connection, CursorKey("crm:Contacts")) is None
    marked = {kind: [key.id for key in store.dirty(connection, "xero", kind)] for kind in kinds}
    assert {"Contact": ["Contact-1"], "Person": ["Person-1"], "Item": []} == marked
