"""Templates of mappings: chosen by name, for all modules or one, and kept under own names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.test_routing import NORTH, SOUTH, connect
from tests.stories.configuration.conftest import Config, connected
from tests.stories.configuration.test_on_the_page import kept
from tests.stories.sync.people import invoice, organisation, product
from tests.web.test_modules_page import OWN, browser_of
from tests.world import World, make_world
from xtiger.errors import SettingInvalid

_PAGE = "/xt/configuration"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected(tmp_path / "crm") as made:
        made.default_account()
        yield made


def _on(world: World) -> list[str]:
    modules = world.xt.modules
    return [one.name for one in modules.all() if modules.settings(one.name).enabled]


@pytest.mark.feature("F045")
def test_only_contacts_travel_by_their_template(world: World, config: Config) -> None:
    """Planned first, then used; neither items nor invoices reach Xero, and options stay."""
    listed = config(world, "config", "templates", "--json").json["templates"]
    planned = config(world, "config", "use", "contacts", "--plan", "--json").json
    before = _on(world)
    used = config(world, "config", "use", "contacts")
    kea = organisation(world, "Kea")
    product(world, "P1")
    invoice(world, "I1", kea)
    world.sync()
    account = world.xt.mappings.get("Invoices")
    again = config(world, "config", "use", "contacts").out

    assert ["vtiger", "plain", "contacts", "invoices"] == [one["name"] for one in listed]
    off = [one["section"] for one in planned["changes"] if one["name"] == "enabled"]
    assert (False, 6, ["Products", "Services", "Invoices", "Payments"]) == (
        planned["applied"],
        len(before),
        off,
    )
    assert (0, ["Organizations", "Contacts"]) == (used.code, _on(world))
    assert ["Kea"] == [one["Name"] for one in world.xero("Contacts")]
    assert [] == [*world.xero("Items"), *world.xero("Invoices")]
    assert account is not None
    assert "200" == account.options["sales_account"]
    assert "Nothing differs." == again.strip()


@pytest.mark.feature("F045")
def test_a_template_of_one_module_is_picked_on_the_page(world: World) -> None:
    """Shown as changes first; the other modules keep their fields."""
    browser = browser_of(world)
    others = world.xt.mappings.get("Products")
    ask = {"template": "plain", "module": "Organizations"}
    looked = browser.post(_PAGE, data=ask, headers=OWN).text
    browser.post(f"{_PAGE}/apply", data={"text": kept(looked)}, headers=OWN)
    saved = world.xt.mappings.get("Organizations")
    kea = organisation(world, "Kea", email1="a@kea.test", phone="555")
    world.sync()
    strange = [
        browser.post(_PAGE, data=ask | one, headers=OWN).status_code
        for one in ({"template": "none"}, {"module": "CreditNotes"})
    ]

    assert "Phones.DEFAULT" in looked
    assert saved is not None
    assert ["Name", "AccountNumber", "EmailAddress"] == [row.xero for row in saved.rows]
    there = world.in_xero("Organizations", kea)
    assert "a@kea.test" == there["EmailAddress"]
    assert [] == [one for one in there["Phones"] if one.get("PhoneNumber")]
    assert others == world.xt.mappings.get("Products")
    assert [404, 404] == strange


@pytest.mark.feature("F045")
def test_an_own_template_is_kept_and_used_for_another_organisation(
    tmp_path: Path, config: Config
) -> None:
    """By name, with all that its modules have; forgotten, what was made of it stays."""
    with make_world(tmp_path, seed="demo") as two:
        connect(two, NORTH)
        connect(two, SOUTH)
        two.xt.mappings.unmap_field("Organizations", "Phones.FAX", NORTH)
        saved = config(two, "--connection", NORTH, "config", "keep", "Our  way")
        listed = config(two, "config", "templates").out
        used = config(two, "--connection", SOUTH, "config", "use", "Our way", "--json").json
        dropped = config(two, "config", "drop", "Our way")
        gone = config(two, "--connection", SOUTH, "config", "use", "Our way")
        then = config(two, "--connection", SOUTH, "config", "diff", "--with", NORTH).out

    assert (0, True, True) == (saved.code, "Kept as Our way." in saved.out, "Our way" in listed)
    assert ["Phones.FAX"] == [one["name"] for one in used["changes"]]
    assert (0, 3) == (dropped.code, gone.code)
    assert "Use one of: vtiger, plain, contacts, invoices." in gone.err
    assert "Nothing differs." == then.strip()


def test_an_own_template_is_kept_and_forgotten_on_the_page(world: World) -> None:
    """A name that XTiger's have is refused, on the page as by the library."""
    browser, address = browser_of(world), f"{_PAGE}/template"
    browser.post(address, data={"name": "Our way"}, headers=OWN)
    page = browser.get(_PAGE).text
    refused = browser.post(address, data={"name": "plain"}, headers=OWN).text
    browser.post(address, data={"name": "Our way", "do": "drop"}, headers=OWN)
    twice = browser.post(address, data={"name": "Our way", "do": "drop"}, headers=OWN).text

    assert '<option value="Our way">Our way</option>' in page
    assert "Choose a name of up to 60 characters that no template of XTiger has." in refused
    assert "Nothing was saved." in twice
    assert [False] * 4 == [one.is_own for one in world.xt.templates.all()]
    for name in ("", " ", "x" * 61, "vtiger", "a\x1bb"):
        with pytest.raises(SettingInvalid, match="cannot have this name"):
            world.xt.templates.keep(name, "a test")
