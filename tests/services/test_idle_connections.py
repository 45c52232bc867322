"""A connection that nobody uses is kept alive by the tick."""

from __future__ import annotations

import pytest

from tests.world import World

DAY = 24 * 3_600


def _refreshes(world: World) -> int:
    return len([call for call in world.sandbox.calls() if call.path == "/connect/token"])


def _idle(world: World, days: int) -> None:
    """Nothing happens but ticks, one a day."""
    for _ in range(days):
        world.wait(DAY)
        world.xt.tick()


@pytest.mark.feature("F103")
def test_an_idle_connection_lives_longer_than_xero_keeps_it(world: World) -> None:
    """100 days without a sync: renewed three times, it works, and nobody had to be alerted."""
    before = _refreshes(world)
    _idle(world, 100)

    assert 3 == _refreshes(world) - before
    assert "done" == world.sync("Organizations").state


def test_a_connection_in_use_is_left_alone(world: World) -> None:
    """Before day 30 the tick asks nothing of Xero."""
    before = _refreshes(world)
    _idle(world, 29)

    assert before == _refreshes(world)


def test_a_refusal_does_not_stop_the_tick(world: World) -> None:
    """Xero's login is away on day 30: what was saved still goes its way, and it is tried again."""
    world.sandbox.fault("status", path="/connect/token", status=503, count=50)
    _idle(world, 31)
    world.sandbox.faults.clear()
    world.host.create("Organizations", {"accountname": "Kea"})
    world.wait(2 * 3_600)
    world.xt.tick()

    assert ["Kea"] == [raw["Name"] for raw in world.xero("Contacts")]
    assert "active" == world.xt.connections.get().state


def test_an_ended_connection_is_not_woken(world: World) -> None:
    """Disconnected stays disconnected."""
    world.xt.connections.disconnect(world.xt.connections.get().id)
    before = _refreshes(world)
    _idle(world, 40)

    assert before == _refreshes(world)
