"""Removals whose answer never came, or whose run died: looked up and finished, sent once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.removing import (
    CASES,
    allowed,
    kind_of,
    link_state,
    one_linked,
    sent,
    shown,
)
from tests.stories.sync.test_crashes import killed_sync
from tests.world import World, make_world
from xtiger.db.store import SqlStore
from xtiger.hosts.memory import MemoryHost
from xtiger.xero.organisations import XeroOrganisation


@pytest.mark.parametrize("fault", [0, 500])
@pytest.mark.parametrize(("module", "values", "verb", "status"), CASES)
def test_a_lost_answer_is_looked_up_not_repeated(
    world: World, module: str, values: dict[str, Any], verb: str, status: str | None, fault: int
) -> None:
    """The record's own state proves the removal; it is sent once."""
    crm_id, xero_id = one_linked(allowed(world), module, **values)
    world.host.remove(module, crm_id)
    world.sandbox.fault(
        "lost_answer",
        path=f"/api.xro/2.0/{kind_of(module)}",
        status=fault,
        method="DELETE" if module == "Products" else "POST",
    )
    before = len(sent(world))

    world.sync()

    assert "removed" == world.outcome(module, crm_id).result
    assert status == shown(world, module, xero_id)
    assert 1 == len(sent(world)) - before


POINTS = {
    "after the intents are committed": (XeroOrganisation, "send", True),
    "after Xero removed it": (XeroOrganisation, "send", False),
    "before it is booked": (SqlStore, "save_batch", True),
}


@pytest.mark.parametrize("wait", [60, 1_000])
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(("module", "values", "verb", "status"), CASES)
def test_killed_while_removing_in_xero(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    values: dict[str, Any],
    verb: str,
    status: str | None,
    point: str,
    wait: int,
) -> None:
    """The next run finds it gone, or removes it; either way it says so and nothing is left."""
    crm_id, xero_id = one_linked(allowed(world), module, **values)
    world.host.remove(module, crm_id)
    owner, name, before = POINTS[point]
    killed_sync(monkeypatch, world, owner, name, before=before)
    world.wait(wait)
    writes = len(sent(world))

    world.sync()

    assert "removed" == world.outcome(module, crm_id).result
    assert status == shown(world, module, xero_id)
    assert "removed" == link_state(world, module, crm_id)
    assert (point.startswith("after the intents")) == (len(sent(world)) > writes)
    assert (0, {}) == (world.actions(), world.codes())


@pytest.mark.parametrize("tombstones", [True, False])
@pytest.mark.parametrize("before", [True, False])
def test_killed_while_deleting_in_the_crm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tombstones: bool, before: bool
) -> None:
    """The announcement proves the delete also where the CRM forgets its dead."""
    with make_world(tmp_path, tombstones=tombstones) as world:
        world.connect()
        crm_id, xero_id = one_linked(allowed(world), "Organizations")
        world.sandbox.edit("Contacts", xero_id, {"ContactStatus": "ARCHIVED"})
        killed_sync(monkeypatch, world, MemoryHost, "delete", before=before)
        world.wait(1_000)

        world.sync()

        assert [] == list(world.host.all("Organizations"))
        assert "removed" == world.outcome("Organizations", crm_id).result
        assert (0, {}) == (world.actions(), world.codes())
