"""Where the readers of a run are, when somebody sends them back while it is under way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import organisation
from tests.world import World, connected_world
from xtiger.engine.observe.look_again import look_again
from xtiger.model.setting_keys import crm_cursor
from xtiger.xero.organisations import XeroOrganisation


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected_world(tmp_path) as made:
        yield made


def test_who_is_sent_back_during_a_quiet_run_stays_sent_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting saved between the CRM's feed and Xero's: the next run reads the module whole."""
    organisation(world, "Kea")
    world.sync()
    connection, key = world.xt.connections.get(), crm_cursor("Organizations")
    (sync,) = [one for one in world.xt.modules.all() if one.name == "Organizations"]
    real = XeroOrganisation.read

    def read(door: XeroOrganisation, kind: str, **how: Any) -> Any:
        look_again(world.xt.store, connection.id, sync, world.clock.now())
        return real(door, kind, **how)

    before = world.xt.store.cursor(connection.id, key)
    with monkeypatch.context() as patch:
        patch.setattr(XeroOrganisation, "read", read)
        world.sync()
    during = world.xt.store.cursor(connection.id, key)
    world.sync()

    assert before is not None
    assert during is None
    assert world.xt.store.cursor(connection.id, key) is not None
