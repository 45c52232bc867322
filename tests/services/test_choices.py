"""What an administrator chooses: terms, mappings, module settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.world import World
from xtiger.app import XTiger
from xtiger.errors import MappingInvalid, MappingMissing, TermsNotAccepted, UnknownModule
from xtiger.model.mappings import ModuleSettings, Row
from xtiger.model.setting_keys import TenantKey

MODULES = ("Organizations", "Products", "Services", "Invoices")


@pytest.mark.feature("F009")
def test_nothing_moves_before_the_terms_are_accepted(bare: World) -> None:
    """The sentence names the command; not one record is read at Xero."""
    bare.connect()
    bare.xt.store.forget_own_setting("", TenantKey("terms"))
    bare.host.create("Organizations", {"accountname": "Kea"})

    with pytest.raises(TermsNotAccepted, match="xtiger terms --accept"):
        bare.sync("Organizations")
    assert [] == [call.path for call in bare.sandbox.calls() if call.path.endswith("/Contacts")]


def test_who_accepted_the_terms_is_kept(bare: World) -> None:
    """With the moment."""
    bare.xt.connections.accept_terms("Ruth")

    assert bare.xt.connections.terms_accepted()
    assert {"by": "Ruth", "at": bare.clock.now()} == bare.xt.store.own_setting(
        "", TenantKey("terms")
    )


@pytest.mark.feature("F048")
def test_nothing_moves_before_a_mapping_is_saved(bare: World) -> None:
    """The sentence names the command that saves one."""
    bare.connect()
    connection = bare.xt.connections.get()
    other = replace(connection, id="unmapped")
    bare.xt.store.save_connection(other, bare.xt.store.tokens(connection.id))
    bare.host.create("Organizations", {"accountname": "Kea"})

    with pytest.raises(MappingMissing, match=r"xtiger --connection .* mapping save"):
        bare.xt.sync.run((), "unmapped")
    assert [] == bare.xero("Contacts")


@pytest.mark.feature("F046")
def test_the_default_mapping_of_every_module_can_be_saved(bare: World) -> None:
    """It has rows, and it is valid for a usual CRM."""
    bare.connect()
    saved = [bare.xt.mappings.get(name) for name in MODULES]

    assert [1, 1, 1, 1] == [one.version for one in saved if one is not None and one.rows]


def test_saving_the_defaults_again_changes_nothing(world: World) -> None:
    """What an administrator chose is not overwritten."""
    assert [] == world.xt.mappings.save_defaults()


def test_a_new_mapping_is_a_new_version(world: World) -> None:
    """And an equal one is the old version."""
    mapping = world.xt.mappings.get("Organizations")
    assert mapping is not None
    fewer = world.xt.mappings.save(replace(mapping, rows=mapping.rows[:1]))
    same = world.xt.mappings.save(replace(mapping, rows=mapping.rows[:1]))

    assert (2, 2) == (fewer.version, same.version)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (Row("accountname", "Nonsense"), "Xero's Contact has no field Nonsense"),
        (Row("nonsense", "EmailAddress"), "Organizations has no field nonsense"),
        (Row("organisation.name", "Name"), "Name is mapped twice"),
    ],
)
def test_a_mapping_with_a_wrong_row_is_refused(world: World, row: Row, sentence: str) -> None:
    """The row is named, and the version in force stays."""
    mapping = world.xt.mappings.get("Organizations")
    assert mapping is not None

    with pytest.raises(MappingInvalid, match=sentence):
        world.xt.mappings.save(replace(mapping, rows=(*mapping.rows, row)))
    assert mapping == world.xt.mappings.get("Organizations")


def test_all_problems_of_a_mapping_are_told_at_once(world: World) -> None:
    """One round of corrections is enough."""
    mapping = world.xt.mappings.get("Organizations")
    assert mapping is not None
    wrong = (Row("accountname", "One"), Row("accountname", "Two"))

    with pytest.raises(MappingInvalid) as caught:
        world.xt.mappings.save(replace(mapping, rows=wrong))
    assert 2 == len(caught.value.problems)


def test_a_new_mapping_makes_all_records_looked_at_again(world: World) -> None:
    """A field that is mapped later reaches Xero although nobody edits the record."""
    mapping = world.xt.mappings.get("Organizations")
    assert mapping is not None
    without = tuple(row for row in mapping.rows if row.xero != "EmailAddress")
    world.xt.mappings.save(replace(mapping, rows=without))
    values = {"accountname": "Kea", "email": "kea@example.com"}
    field = next(f.name for f in world.host.modules()[0].fields if f.role == "organisation.email")
    values = {"accountname": "Kea", field: "kea@example.com"}
    world.host.create("Organizations", values)
    world.sync("Organizations")
    before = world.xero("Contacts")[0].get("EmailAddress")
    world.xt.mappings.save(mapping)
    world.sync("Organizations")

    assert (None, "kea@example.com") == (
        before or None,
        world.xero("Contacts")[0]["EmailAddress"],
    )


@pytest.mark.parametrize(
    "ask",
    [
        lambda xt: xt.mappings.get("Cats"),
        lambda xt: xt.modules.save_settings(ModuleSettings("Cats")),
    ],
)
def test_an_unknown_module_lists_the_known(world: World, ask: Callable[[XTiger], object]) -> None:
    """Whatever is asked of it."""
    with pytest.raises(UnknownModule, match=r"'Cats'.*Organizations, Contacts"):
        ask(world.xt)


@pytest.mark.feature("F040")
def test_a_module_can_be_switched_off(world: World) -> None:
    """A sync of all leaves it out."""
    world.xt.modules.save_settings(ModuleSettings("Organizations", enabled=False))
    world.host.create("Organizations", {"accountname": "Kea"})
    run = world.sync()

    assert "Organizations" not in run.modules
    assert [] == world.xero("Contacts")


@pytest.mark.feature("F068")
@pytest.mark.feature("F069")
def test_only_ticked_records_travel(world: World) -> None:
    """With nothing ticked by default, the box of one record selects that one."""
    world.xt.modules.save_settings(ModuleSettings("Organizations", sync_by_default=False))
    kea = world.host.create("Organizations", {"accountname": "Kea"})
    world.host.create("Organizations", {"accountname": "Tui"})
    world.xt.panels.set_value("Organizations", kea, "xtiger.allow_sync", True)
    world.sync("Organizations")

    assert ["Kea"] == [raw["Name"] for raw in world.xero("Contacts")]


def test_all_records_travel_where_all_are_chosen(world: World) -> None:
    """The box does not matter then."""
    world.xt.modules.save_settings(
        ModuleSettings("Organizations", selection="all", sync_by_default=False)
    )
    world.host.create("Organizations", {"accountname": "Kea"})
    world.sync("Organizations")

    assert ["Kea"] == [raw["Name"] for raw in world.xero("Contacts")]


def test_new_settings_make_all_records_looked_at_again(world: World) -> None:
    """A record that was not selected goes once the setting lets it, unedited."""
    world.xt.modules.save_settings(ModuleSettings("Organizations", sync_by_default=False))
    world.host.create("Organizations", {"accountname": "Kea"})
    world.sync("Organizations")
    before = list(world.xero("Contacts"))
    world.xt.modules.save_settings(ModuleSettings("Organizations", sync_by_default=True))
    world.sync("Organizations")

    assert ([], 1) == (before, len(world.xero("Contacts")))


def test_settings_never_saved_are_the_defaults(world: World) -> None:
    """No row is needed for them."""
    assert ModuleSettings("Products") == world.xt.modules.settings("Products")
