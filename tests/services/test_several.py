"""Several organisations, several tenants: each command says which one it means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.world import REDIRECT, World, let_all_go, make_world
from xtiger.demo.visitor import allow_access
from xtiger.errors import NeedsPerson, NotConnected
from xtiger.model.connections import Connection
from xtiger.model.records import Ref
from xtiger.services.find_connection import find_connection

AROHA, SECOND = "Aroha Trading Ltd", "Second Trading Ltd"


def _connect(world: World, name: str, tenant: str = "") -> Connection:
    xt = world.xt.for_tenant(tenant) if tenant else world.xt
    offered = xt.connections.consent_answered(
        allow_access(xt.connections.consent(REDIRECT).url, name)
    )
    wanted = next(one.organisation_id for one in offered if one.name == name)
    made = xt.connections.connect(wanted)
    let_all_go(xt, made.id)
    return made


@pytest.fixture
def two(tmp_path: Path) -> Iterator[World]:
    """Two connected organisations of one CRM."""
    with make_world(tmp_path, seed="demo") as found:
        _connect(found, AROHA)
        _connect(found, SECOND)
        yield found


@pytest.mark.feature("F008")
def test_several_organisations_can_be_connected(two: World) -> None:
    """Both are there, oldest first."""
    assert [AROHA, SECOND] == [one.name for one in two.xt.connections.all()]


def test_without_a_name_several_are_a_question(two: World) -> None:
    """The sentence lists them and the option that names one."""
    with pytest.raises(NeedsPerson, match=rf"{AROHA}, {SECOND}.*--connection"):
        two.xt.connections.get()


@pytest.mark.parametrize("field", ["id", "name", "organisation_id"])
def test_a_connection_is_found_by(two: World, field: str) -> None:
    """Its id, its name and Xero's id of the organisation."""
    wanted = two.xt.connections.all()[1]

    assert wanted == two.xt.connections.get(getattr(wanted, field))


def test_an_unknown_connection_lists_the_known(two: World) -> None:
    """And the command that shows them."""
    with pytest.raises(NeedsPerson, match=rf"'Nobody'.*{AROHA}.*See: xtiger connections"):
        two.xt.connections.get("Nobody")


def test_the_only_active_one_is_meant(two: World) -> None:
    """Once the other is disconnected no name is needed."""
    two.xt.connections.disconnect(two.xt.connections.get(AROHA).id)

    assert SECOND == two.xt.connections.get().name


def test_no_connection_says_how_to_make_one(bare: World) -> None:
    """The first thing that a new user meets."""
    with pytest.raises(NotConnected, match="Connect one: xtiger connect"):
        bare.xt.connections.get()


def test_a_name_that_two_have_is_told_apart_by_id(two: World) -> None:
    """The ids to choose from are named; those of another tenant are not."""
    first = two.xt.connections.get(AROHA)
    twin = _connect(two, AROHA, first.tenant)
    other = Connection("other", "", first.organisation_id, "x", AROHA, "GBP")
    two.xt.store.save_connection(other)
    two.xt.store.save_connection(replace(other, id="foreign", tenant="north"))

    with pytest.raises(NeedsPerson, match=f"Several connections .*{twin.id}, other[.]$"):
        find_connection(two.xt.store, AROHA, "")


# --- three tenants ---


@pytest.fixture
def tenants(tmp_path: Path) -> Iterator[World]:
    """Three tenants; two of them have an organisation each."""
    with make_world(tmp_path, seed="demo", tenants=("north", "south", "west")) as found:
        _connect(found, AROHA, "north")
        _connect(found, SECOND, "south")
        for name in ("north", "south"):
            found.xt.for_tenant(name).connections.accept_terms("a test")
            found.xt.for_tenant(name).mappings.save_defaults()
        yield found


def _create(world: World, tenant: str, name: str) -> str:
    with world.host.tenant(tenant):
        return world.host.create("Organizations", {"accountname": name})


def _names(world: World, organisation: str) -> list[str]:
    found = world.sandbox.table("Contacts", world.organisation(organisation))
    return [str(raw["Name"]) for raw in found]


def test_each_tenant_reaches_its_own_organisation(tenants: World) -> None:
    """The same id in three tenants is three records; one tick sends each where it belongs."""
    ids = {_create(tenants, name, f"Kea of the {name}") for name in ("north", "south", "west")}
    tenants.wait(3)
    tenants.xt.tick()

    assert 1 == len(ids)
    assert "Kea of the north" in _names(tenants, AROHA)
    assert ["Kea of the south"] == _names(tenants, SECOND)


def test_equal_ids_and_equal_names_do_not_cross(tenants: World) -> None:
    """Three records with one id and one name: each is edited where it belongs, on both sides."""
    for name in ("north", "south", "west"):
        _create(tenants, name, "Kea")
    tenants.wait(3)
    tenants.xt.tick()
    south = tenants.xt.for_tenant("south").connections.get(SECOND)
    link = tenants.xt.store.links_by_crm(south.id, "Organizations")["1"]
    tenants.sandbox.edit("Contacts", link.xero_id, {"EmailAddress": "south@example.test"})
    for name in ("north", "south"):
        tenants.wait()
        tenants.xt.for_tenant(name).sync.run(("Organizations",))
    mails = {}
    for name in ("north", "south", "west"):
        with tenants.host.tenant(name):
            mails[name] = tenants.host.record("Organizations", "1").values.get("email1")

    assert {"north": None, "south": "south@example.test", "west": None} == mails
    assert ["Kea"] == _names(tenants, SECOND)
    assert 1 == _names(tenants, AROHA).count("Kea")


def test_rules_of_a_tenant_are_its_own(tenants: World) -> None:
    """Another tenant's default says nothing here."""
    tenants.xt.for_tenant("north").routing.set_default(AROHA)

    assert ["", tenants.xt.for_tenant("north").connections.get(AROHA).id] == [
        tenants.xt.for_tenant(name).routing.routes().default for name in ("south", "north")
    ]


def test_changes_of_a_tenant_without_connection_wait(tenants: World) -> None:
    """They stay in the CRM's outbox until that tenant is connected."""
    _create(tenants, "west", "Kea")
    tenants.wait(3)
    tenants.xt.tick()
    with tenants.host.tenant("west"):
        rows = tenants.host.outbox(tenants.clock.now())

    assert ["west"] == [row.tenant for row in rows]


def test_the_panel_shows_the_tenants_own_record(tenants: World) -> None:
    """The same id, another tenant, another connection."""
    for name in ("north", "south"):
        _create(tenants, name, f"Kea of the {name}")
    tenants.wait(3)
    tenants.xt.tick()
    south = tenants.xt.panel("Organizations", "1", tenant="south")

    assert "ok" == south.state
    assert "none" == _west(tenants)


def _west(world: World) -> str:
    _create(world, "west", "Kea")
    return world.xt.panel("Organizations", "1", tenant="west").state


def test_a_button_acts_for_one_tenant_only(tenants: World) -> None:
    """Copy to Xero of the south's record leaves the north's record of the same id alone."""
    _create(tenants, "north", "Kea of the north")
    _create(tenants, "south", "Kea of the south")
    tenants.wait()
    said = tenants.xt.for_tenant("south").panels.press("copy", [Ref("Organizations", "1")])

    assert "1 created" == said
    assert "Kea of the north" not in _names(tenants, AROHA)


def test_a_tick_of_the_box_is_one_tenants_own(tenants: World) -> None:
    """Allow XTiger Sync of the south's record says nothing about the north's."""
    for name in ("north", "south"):
        _create(tenants, name, "Kea")
    south = tenants.xt.for_tenant("south")
    south.panels.set_value("Organizations", "1", "xtiger.allow_sync", False)
    states = [
        tenants.xt.panel("Organizations", "1", tenant=name).state for name in ("north", "south")
    ]

    assert ["none", "off"] == states


def test_several_tenants_need_a_name(tenants: World) -> None:
    """Nothing is guessed: another tenant's record could be shown."""
    with pytest.raises(NeedsPerson, match="none was named"):
        tenants.xt.panel("Organizations", "1")


def test_connecting_needs_the_tenants_name(tenants: World) -> None:
    """Nothing is stored for nobody."""
    with pytest.raises(NeedsPerson, match="none was named"):
        _connect(tenants, AROHA)
    assert ["north", "south"] == [one.tenant for one in tenants.xt.store.all_connections()]


def test_the_only_tenant_needs_no_name(tmp_path: Path) -> None:
    """Whatever the CRM calls it."""
    with make_world(tmp_path, tenants=("main",)) as world:
        world.connect()
        world.host.create("Organizations", {"accountname": "Kea"})
        world.sync("Organizations")

        assert ("main", 1) == (world.xt.connections.get().tenant, len(world.xero("Contacts")))


def test_a_removed_tenant_is_disconnected(tenants: World) -> None:
    """Its connection ends at Xero; the others go on."""
    tenants.xt.tenant_removed("north")

    assert [("north", "ended"), ("south", "active")] == [
        (one.tenant, one.state) for one in tenants.xt.store.all_connections()
    ]
