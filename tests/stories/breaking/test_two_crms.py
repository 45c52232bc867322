"""Two CRMs on one Xero organisation count their records alike: neither takes the other's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.breaking.crms import Projects, sandbox_for
from tests.world import World

#: Customers of each CRM, with the ids 1 to 42.
MANY = 42


@pytest.fixture
def projects(tmp_path: Path) -> Iterator[Projects]:
    with sandbox_for(tmp_path) as made:
        yield made


def contacts(world: World) -> dict[str, str]:
    """Name → ContactNumber of all contacts in Xero."""
    return {str(raw["Name"]): str(raw.get("ContactNumber") or "") for raw in world.xero("Contacts")}


def test_both_sync_all_their_customers(projects: Projects) -> None:
    """42 and 42 contacts, none held, none adopted, and each finds its own again."""
    first, second = projects.project("first"), projects.project("second")
    one, two = first.open(), second.open()
    for world, project, name in ((one, first, "North"), (two, second, "South")):
        world.connect()
        world.settings("Organizations", create_in_crm=False)
        project.add(*(f"{name} {number}" for number in range(1, MANY + 1)))

    one.sync()
    two.sync()
    one.sync()

    found = contacts(one)
    assert 2 * MANY == len(found) == len(set(found.values()))
    assert "South 42" == two.in_xero("Organizations", "42")["Name"]
    assert "North 42" == one.in_xero("Organizations", "42")["Name"]
    assert not [o for o in two.xt.sync.outcomes(limit=1000) if o.result in ("held", "conflict")]


def test_the_key_names_the_crm(projects: Projects) -> None:
    """XT, eight characters of the CRM's id, the record's id; an old key stands as it is."""
    project = projects.project("crm")
    world = project.open()
    world.connect()
    (crm_id,) = project.add("Acme Ltd")
    world.sync()
    identity = world.host.identity()
    project.rename(crm_id, "Acme Group Ltd")
    world.sync()

    assert identity is not None
    assert f"XT-{identity.id[:8]}-1" == contacts(world)["Acme Group Ltd"]
