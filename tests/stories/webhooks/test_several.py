"""Webhooks of several organisations, for several tenants of one CRM, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.inprocess import routed
from tests.postgres import own_schema, require_postgres
from tests.stories.webhooks.conftest import Told, served
from tests.world import REDIRECT, MovingClock, let_all_go
from xtiger.app import XTiger
from xtiger.demo.visitor import allow_access
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules
from xtiger.sandbox import Sandbox, create_app
from xtiger.settings import Settings

FIRST, SECOND = "Empty Trading Ltd", "Second Ltd"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Told]:
    """Two tenants with an organisation each, synced once; one app, one key, one address."""
    if request.param == "sqlite":
        yield from tenants(tmp_path, f"sqlite:///{tmp_path / 'xtiger.db'}")
    else:
        with own_schema(require_postgres()) as url:
            yield from tenants(tmp_path, url)


def tenants(home: Path, database_url: str) -> Iterator[Told]:
    """The same on this database."""
    clock = MovingClock()
    with Sandbox(clock=clock.now) as sandbox, routed(create_app(sandbox)) as xero_url:
        sandbox.add_organisation(SECOND)
        host = MemoryHost(modules=standard_modules(), clock=clock, tenants=("north", "south"))
        settings = Settings(
            home,
            database_url,
            xero_url=xero_url,
            xero_client_id=sandbox.client_id,
            xero_client_secret=sandbox.client_secret,
            new_extensions_on=False,
        )
        world = Told(XTiger(host, settings, clock), host, sandbox, clock)
        for tenant, name in (("north", FIRST), ("south", SECOND)):
            xt = world.xt.for_tenant(tenant)
            xt.connections.accept_terms("a test")
            offered = xt.connections.consent_answered(
                allow_access(xt.connections.consent(REDIRECT).url, name)
            )
            let_all_go(
                xt,
                xt.connections.connect(
                    next(one.organisation_id for one in offered if one.name == name)
                ).id,
            )
            xt.mappings.save_defaults()
            xt.sync.run()
        with served(world) as world.url:
            world.subscribe()
            assert sandbox.webhooks.intent_to_receive(sandbox.client_id)
            yield world
        world.xt.close()
        host.close()


def names(world: Told, tenant: str) -> list[object]:
    """The organisations of a tenant."""
    with world.host.tenant(tenant):
        return [one.values["accountname"] for one in world.host.all("Organizations")]


def waiting(world: Told) -> list[int]:
    """Events that wait, of each tenant."""
    tenants = [world.xt.for_tenant(name) for name in ("north", "south")]
    return [state.waiting for xt in tenants for state in xt.webhooks.states()]


def test_each_tenant_hears_of_its_own_organisation(both: Told) -> None:
    """Sent in one message, repeated and turned round; read by two runs, each with its own ids."""
    both.sandbox.webhooks.trouble("repeat")
    both.sandbox.webhooks.trouble("reorder")
    for name in (FIRST, SECOND):
        both.sandbox.add("Contacts", {"Name": f"Customer of {name}"}, both.organisation(name))

    spent = both.spent(both.hear)

    assert [f"Customer of {FIRST}"] == names(both, "north")
    assert [f"Customer of {SECOND}"] == names(both, "south")
    assert (4, [0, 0]) == (spent, waiting(both))


def test_trouble_of_one_organisation_stops_no_other(both: Told) -> None:
    """The first was disconnected in Xero's own pages; the second goes on."""
    for name in (FIRST, SECOND):
        both.sandbox.add("Contacts", {"Name": f"Customer of {name}"}, both.organisation(name))
    both.deliver()
    both.sandbox.disconnect(both.organisation(FIRST))
    both.wait(3)
    both.xt.tick()

    assert ([], [f"Customer of {SECOND}"]) == (names(both, "north"), names(both, "south"))
    assert [1, 0] == waiting(both)


def test_a_gap_concerns_all(both: Told) -> None:
    """Numbers are the app's, so what was lost may be of either organisation."""
    both.sandbox.add("Contacts", {"Name": "Heard"}, both.organisation(FIRST))
    both.hear()
    both.sandbox.webhooks.trouble("lose")
    both.sandbox.add("Contacts", {"Name": "Lost"}, both.organisation(SECOND))
    both.deliver()
    both.sandbox.add("Contacts", {"Name": "Told of"}, both.organisation(FIRST))
    both.hear()

    assert (["Heard", "Told of"], ["Lost"]) == (names(both, "north"), names(both, "south"))
