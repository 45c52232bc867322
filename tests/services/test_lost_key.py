"""The key that tokens were saved with is lost: everything works that leads to a new connection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet

from tests.world import REDIRECT, World
from xtiger.app import XTiger
from xtiger.demo.visitor import allow_access
from xtiger.errors import ConnectionEnded
from xtiger.model.secret import Secret
from xtiger.xero.health import connection_health


@pytest.fixture
def keyless(world: World) -> Iterator[XTiger]:
    """The library under another key."""
    settings = replace(world.xt.settings, secret_key=Secret(Fernet.generate_key().decode()))
    xt = XTiger(world.host, settings, world.clock)
    yield xt
    xt.close()


def test_a_sync_says_connect_again(keyless: XTiger) -> None:
    """Nothing is lost, and nothing is forgotten: the key may come back."""
    with pytest.raises(ConnectionEnded, match=r"key .* is missing.*Connect again"):
        keyless.sync.run()

    assert "active" == keyless.connections.get().state


def test_the_list_of_connections_shows_it(keyless: XTiger) -> None:
    """Without asking Xero."""
    found = connection_health(keyless.store, keyless.clock, keyless.connections.get())

    assert ("key_lost",) == found.alerts


def test_disconnecting_works(keyless: XTiger) -> None:
    """Here; at Xero it ends by itself, since nobody has its tokens."""
    keyless.connections.disconnect(keyless.connections.get().id)

    assert ["ended"] == [one.state for one in keyless.connections.all()]


def test_connecting_again_goes_on_as_before(world: World, keyless: XTiger) -> None:
    """The same connection with new tokens and all its links."""
    before = keyless.connections.get().id
    offered = keyless.connections.consent_answered(
        allow_access(keyless.connections.consent(REDIRECT).url, OWN)
    )
    made = keyless.connections.connect(next(o.organisation_id for o in offered if o.name == OWN))

    assert (before, "done") == (made.id, keyless.sync.run().state)


def test_the_panel_offers_to_connect_again(world: World, keyless: XTiger) -> None:
    """It says why nothing goes, and offers nothing that cannot work."""
    crm_id = world.host.create("Organizations", {"accountname": "Kea"})
    lost = keyless.panel("Organizations", crm_id)
    well = world.xt.panel("Organizations", crm_id)

    assert ("held", "key_lost") == (lost.state, lost.messages[0].code)
    assert ["xtiger.connect"] == [button.name for button in lost.actions]
    assert "xtiger.connect" not in [button.name for button in well.actions]


OWN = "Empty Trading Ltd"
