"""The CRM goes: its connections end at Xero and here, and every record stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_undo import Undo, typed
from tests.services.test_several import AROHA, SECOND, _connect
from tests.stories.sync.people import organisation
from tests.world import World, make_world
from xtiger.errors import XTigerError

__all__ = ["typed"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two customers of one CRM, each connected to an organisation."""
    with make_world(tmp_path, seed="demo", tenants=("north", "south")) as found:
        _connect(found, AROHA, "north")
        _connect(found, SECOND, "south")
        yield found


def ends(world: World) -> int:
    """How many connections were ended at Xero."""
    calls = [one for one in world.sandbox.calls() if one.path.startswith("/connections/")]
    return len([one for one in calls if one.method == "DELETE" and one.status == 204])


def states(world: World) -> list[str]:
    """The states of all connections."""
    return [one.state for one in world.xt.store.all_connections()]


@pytest.mark.feature("F013")
def test_every_connection_ends_and_every_record_stays(world: World) -> None:
    """At Xero and here, for all tenants; called twice it does nothing more."""
    with world.host.tenant("north"):
        kea = organisation(world, "Kea")
    before = [list(world.sandbox.table("Contacts", world.organisation(AROHA)))]

    ended = world.xt.undeployed()

    assert {AROHA, SECOND} == {*ended}
    assert (["ended", "ended"], 2) == (states(world), ends(world))
    assert [] == world.xt.undeployed()
    assert before == [list(world.sandbox.table("Contacts", world.organisation(AROHA)))]
    with world.host.tenant("north"):
        assert "Kea" == world.host.record("Organizations", kea).values["accountname"]


@pytest.mark.feature("F013")
def test_what_xero_does_not_answer_is_ended_by_the_next_call(world: World) -> None:
    """The others end all the same."""
    first = world.xt.store.all_connections()[0]
    path = f"/connections/{first.xero_connection_id}"
    world.sandbox.fault("status", status=503, method="DELETE", path=path, count=0)

    with pytest.raises(XTigerError):
        world.xt.undeployed()
    once = states(world)
    world.sandbox.faults.clear()
    world.xt.undeployed()

    assert ["active", "ended"] == once
    assert ["ended", "ended"] == states(world)


@pytest.mark.feature("F013")
def test_it_is_a_command(world: World, typed: Undo) -> None:
    """For the script that removes the CRM; with --json it needs --yes."""
    refused = typed("host", "undeployed", "--json").code
    kept = states(world)
    done = json.loads(typed("host", "undeployed", "--yes", "--json").out)

    assert (2, ["active", "active"]) == (refused, kept)
    assert [AROHA, SECOND] == sorted(done["ended"])
    assert "No organisation is connected." in typed("host", "undeployed", "--yes").out
