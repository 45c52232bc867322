"""Who gets mails stands in the configuration, as page and command have it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.configuration.conftest import Config, connected
from tests.world import World
from xtiger.errors import ConfigurationInvalid
from xtiger.model.mailing.recipients import Recipient

HEAD = "format = 1\n[mails]\nrecipients = ["


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected(tmp_path / "crm") as made:
        yield made


@pytest.mark.feature("O16")
def test_who_gets_mails_goes_along(world: World, config: Config, tmp_path: Path) -> None:
    """Set by a command, exported, changed in the file, planned, applied; twice is once."""
    none = world.xt.configuration.text()
    config(world, "mail", "set", "boss@crm.example", "--when", "failures")
    name = world.xt.connections.get().name
    config(world, "--connection", name, "mail", "set", "buch@crm.example", "--language", "de")
    written = world.xt.configuration.text()
    kept = {(one.address, one.reported_until) for one in world.xt.mails.recipients()}
    world.wait()
    file = tmp_path / "xero.toml"
    file.write_text(
        written.replace('every = "weekly", when = "failures"', 'every = "daily", when = "failures"')
    )
    planned = config(world, "config", "apply", str(file), "--plan", "--json").json["changes"]
    config(world, "config", "apply", str(file))
    after = world.xt.configuration.text()
    again = config(world, "config", "apply", str(file), "--json").json["changes"]
    boss, buch = world.xt.mails.recipients()

    assert "[mails]" not in none
    assert [("mails", "boss@crm.example (all)")] == [(c["section"], c["name"]) for c in planned]
    assert ("daily", "failures", "") == (boss.every, boss.occasion, boss.connection_id)
    assert ("de", world.xt.connections.get().id) == (buch.language, buch.connection_id)
    assert file.read_text() == after
    assert [] == again
    assert kept == {(boss.address, boss.reported_until), (buch.address, buch.reported_until)}


def test_the_list_is_whole_and_what_is_left_out_stays(world: World) -> None:
    """Without [mails] nobody is touched; an address that is not in it gets none any more."""
    world.xt.mails.save(Recipient(address="boss@crm.example"))
    one = world.xt.connections.get()
    world.xt.mails.save(Recipient(address="boss@crm.example", connection_id=one.id))
    world.xt.configuration.apply("format = 1\n", "a test")
    stay = len(world.xt.mails.recipients())
    found = world.xt.configuration.apply(f'{HEAD}{{address = "anna@crm.example"}}]', "a test")

    assert 2 == stay
    assert [
        ("boss@crm.example (all)", ""),
        ("boss@crm.example (this)", ""),
        ("anna@crm.example (all)", "weekly, anything, alerts yes, en, UTC"),
    ] == [(change.name, change.after) for change in found]
    assert ["anna@crm.example"] == [made.address for made in world.xt.mails.recipients()]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('address = "nobody"', "is no mail address"),
        ('address = "a@b.example", every = "hourly"', "is no how often"),
        ('address = "a@b.example", about = "both"', "use one of: all, this"),
        ('address = "a@b.example", alerts = "perhaps"', "alerts must be true or false"),
        ('address = "a@b.example", colour = 1', "colour is not known"),
        ('address = "a@b.example"}, {address = "a@b.example"', "is there twice"),
    ],
)
def test_each_mistake_is_named_and_nothing_is_saved(world: World, row: str, said: str) -> None:
    """With its row."""
    with pytest.raises(ConfigurationInvalid) as caught:
        world.xt.configuration.apply(f"{HEAD}{{{row}}}]", "a test")

    assert any(said in one and "row" in one for one in caught.value.problems)
    assert [] == world.xt.mails.recipients()
