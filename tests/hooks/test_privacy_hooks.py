"""The hooks by which extensions say what they keep of persons, and give it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.hooks.conftest import Install
from tests.stories.sync.people import organisation
from tests.world import World
from xtiger.hookspecs import hookimpl
from xtiger.model.privacy.kept import Kept
from xtiger.model.privacy.person import Person
from xtiger.model.values import Plain


@hookimpl
def kept_data() -> Sequence[Kept]:
    """One sort."""
    return [Kept("Points of loyalty", days=30)]


@hookimpl
def person_data(tenant: str, person: Person) -> Mapping[str, Sequence[Mapping[str, Plain]]]:
    """One row of each record of the CRM."""
    ids = [place.id for place in person.places if place.side == "crm"]
    return {"xt_points": [{"tenant": tenant, "of": one} for one in ids], "xt_none": []}


@hookimpl
def erase_person(person: Person) -> Mapping[str, int]:
    """One row."""
    return {"xt_points": len(person.places)}


def test_kept_data_stands_in_the_overview(world: World, install: Install) -> None:
    """Also while the extension is off: what it keeps stays there."""
    install(kept_data)
    world.xt.extensions.disable("Probe")

    assert Kept("Points of loyalty", days=30) in world.xt.privacy.kept()


def test_person_data_stands_in_the_export(world: World, install: Install, tmp_path: Path) -> None:
    """With the person's records in hand; a table without rows is left out."""
    install(person_data)
    world.connect()
    organisation(world, "Kea Ltd")
    world.sync()
    tables = world.xt.privacy.export("Kea").proof["tables"]

    assert [{"tenant": world.xt.tenant(), "of": "1"}] == tables["xt_points"]
    assert "xt_none" not in tables


def test_erase_person_is_called_when_one_is_erased(world: World, install: Install) -> None:
    """What it took away stands in the counts; also while the extension is off."""
    install(erase_person)
    world.connect()
    organisation(world, "Kea Ltd")
    world.sync()
    world.xt.extensions.disable("Probe")

    assert 2 == world.xt.privacy.erase("Kea Ltd", "Kea Ltd", "a test").counts["xt_points"]
