"""An empty record id, from a form or a hook, breaks nothing."""

from __future__ import annotations

from tests.stories.sync.people import organisation
from tests.world import World


def test_a_sync_after_an_empty_id_runs(world: World) -> None:
    """Records asked for by an empty id are none, and the runs after it do their work."""
    own = organisation(world, "Acme")
    world.wait()

    assert [] == world.xt.sync.records("Organizations", [""])

    world.sync()

    assert "created" == world.outcome("Organizations", own).result
