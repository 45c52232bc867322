"""A process killed by the system at each named point: nothing twice, nothing missing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.people import invoice, line, organisation, product
from tests.engine.test_first_link import contact, item
from tests.kills.child import POINTS
from tests.kills.stage import Stage, duplicates, set_stage
from tests.postgres import own_schema, require_postgres
from tests.world import World

#: Kills per story: some in every test run, one at every call of the point in `make soak`.
KILLS = int(os.environ.get("XTIGER_KILLS", "2"))
#: Xero repeats an answer to the same key for six minutes; a run's lease lasts five.
WAITS = {"Xero still knows the key": 310, "seven minutes later": 420}


def fill(world: World) -> None:
    """Two of every kind on both sides, and an invoice that needs them."""
    for name in ("Acme", "Bolt"):
        acme = organisation(world, name, email1="a@b.example")
        goods = product(world, f"P-{name}")
        work = product(world, f"S-{name}", module="Services")
        contact(world, f"{name} of Xero", EmailAddress="x@y.example")
        item(world, f"X-{name}", Name="From Xero")
        invoice(world, f"I-{name}", acme, [line(product_id=goods), line(service_id=work)])


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A stage on either database, connected and filled, an hour later."""
    if request.param == "sqlite":
        with set_stage(tmp_path, f"sqlite:///{tmp_path / 'xtiger.db'}") as made:
            yield _filled(made)
        return
    with own_schema(require_postgres()) as url, set_stage(tmp_path, url) as made:
        yield _filled(made)


def _filled(stage: Stage) -> Stage:
    with stage.world() as world:
        world.connect()
        world.default_account()
        fill(world)
    # The access token is old, so that each first sync renews it.
    stage.clock.sleep(3_600)
    return stage


def assert_complete(world: World) -> None:
    """No twin on either side, everything linked, and nothing left to do."""
    assert {} == duplicates(world)
    assert 4 == len(world.xero("Contacts")) == len(world.host.all("Organizations"))
    assert 6 == len(world.xero("Items"))
    assert 6 == len(world.host.all("Products")) + len(world.host.all("Services"))
    assert 2 == len(world.xero("Invoices"))
    plan = world.plan()
    assert ([], []) == ([*plan.actions], [item for item in plan.items if item.cause])
    assert [] == world.xt.differences()


@pytest.mark.slow
@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point_and_started_again(stage: Stage, point: str, wait: str) -> None:
    """Killed at the first call of the point, started again, killed at the second, and so on."""
    kills = 0
    while kills < KILLS and stage.sync(point, passes=kills):
        kills += 1
        stage.clock.sleep(WAITS[wait])
    stage.sync()

    assert kills
    with stage.world() as world:
        assert_complete(world)
