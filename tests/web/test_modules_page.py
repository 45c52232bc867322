"""The pages of the modules on the real library: what they show, save and refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from tests.world import World, make_world
from xtiger.mapping.module_settings import SETTINGS
from xtiger.web import blueprint

OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        made.connect()
        yield made


def browser_of(world: World, *, administrator: bool = True) -> FlaskClient:
    """A browser whose user reads the pages, and as administrator changes them."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(
        blueprint(world.xt, may_configure=lambda: administrator, may_read=lambda: True)
    )
    return app.test_client()


def sent(page: str) -> dict[str, str | list[str]]:
    """What a browser would post of the page's form."""
    form = page[page.index("<form") : page.index("</form>")]
    found: dict[str, str | list[str]] = {"shown": []}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = (re.findall(rf'{one}="([^"]*)"', tag) for one in ("name", "value"))
        if name == ["shown"]:
            found["shown"] = [*found["shown"], unescape(value[0])]
        elif "checkbox" not in tag or "checked" in tag:
            found[unescape(name[0])] = unescape(value[0])
    for name, inner in re.findall(r'<select[^>]*name="([^"]*)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.findall(r'value="([^"]*)" selected', inner)
        found[unescape(name)] = unescape((chosen or re.findall(r'value="([^"]*)"', inner))[0])
    return found


def test_every_setting_has_a_control(world: World) -> None:
    """The usual ones first, the rest under More; a new setting appears with the table."""
    page = browser_of(world).get("/xt/modules/Organizations").text
    usual, more = page[: page.index("<details")], page[page.index("<details") :]

    assert all(f'name="set.{one.name}"' in (usual if one.usual else more) for one in SETTINGS)
    assert 'name="opt.types_from_xero"' in more


def test_what_is_not_touched_stays(world: World) -> None:
    """The form as it was shown saves nothing: no record is looked at again for it."""
    browser = browser_of(world)
    for module in ("Organizations", "Contacts", "Products", "Services", "Invoices", "Payments"):
        settings = world.xt.modules.settings(module)
        mapping = world.xt.mappings.get(module)
        address = f"/xt/modules/{module}"
        answer = browser.post(address, data=sent(browser.get(address).text), headers=OWN)

        assert 303 == answer.status_code
        assert (settings, mapping) == (
            world.xt.modules.settings(module),
            world.xt.mappings.get(module),
        )


def test_settings_and_options_are_saved_together(world: World) -> None:
    """A box that was unticked, a choice and an option of the mapping, by one press."""
    browser = browser_of(world)
    form = sent(browser.get("/xt/modules/Organizations").text)
    form.pop("set.create_in_crm")
    form |= {"set.direction": "to_xero", "set.brake_share": "55", "opt.types_from_xero": "on"}
    page = browser.post(
        "/xt/modules/Organizations", data=form, headers=OWN, follow_redirects=True
    ).text
    saved = world.xt.modules.settings("Organizations")
    mapping = world.xt.mappings.get("Organizations")

    assert "Saved. The next sync looks at all its records again." in page
    assert ("to_xero", False, 55) == (saved.direction, saved.create_in_crm, saved.brake_share)
    assert mapping is not None
    assert mapping.options["types_from_xero"] is True


def test_a_mistake_stands_beside_its_field(world: World) -> None:
    """Nothing is saved, what was typed is kept, and More is open where the mistake is."""
    browser = browser_of(world)
    form = sent(browser.get("/xt/modules/Organizations").text)
    form |= {"set.brake_share": "101", "set.direction": "to_crm", "set.statuses": "Hot"}
    answer = browser.post("/xt/modules/Organizations", data=form, headers=OWN)
    (beside,) = re.findall(
        r'value="101" aria-invalid="true" aria-describedby="([^"]+)"', answer.text
    )

    assert f'id="{beside}">Choose a whole number from 0 to 100.' in answer.text
    assert "have no status in this CRM" in answer.text
    assert "<details open>" in answer.text
    assert "both" == world.xt.modules.settings("Organizations").direction


def test_a_stale_account_is_named_and_no_command(world: World) -> None:
    """An account that Xero does not have, as from an old tab."""
    browser = browser_of(world)
    form = sent(browser.get("/xt/modules/Invoices").text) | {"opt.sales_account": "nope"}
    page = browser.post("/xt/modules/Invoices", data=form, headers=OWN).text

    assert "nope" in page
    assert "aria-invalid" in page
    assert not re.search(r"\bxtiger [a-z]", page)


def test_the_fields_are_shown_both_ways(world: World) -> None:
    """Which field travels where, and which stay on each side."""
    page = unescape(browser_of(world).get("/xt/modules/Organizations").text)

    assert re.search(r">Organization Name</th>.*?Both ways</td><td>Name</td>", page, re.DOTALL)
    assert "Stay in Xero" in page


def test_the_list_leads_to_each_module(world: World) -> None:
    """Those that only list, too: their page has the one switch."""
    browser = browser_of(world)
    page = browser.get("/xt/modules").text
    listed = browser.get("/xt/modules/CreditNotes").text
    form = sent(listed) | {"set.enabled": "on"}
    browser.post("/xt/modules/CreditNotes", data=form, headers=OWN)

    assert {"Organizations", "Invoices", "CreditNotes"} <= set(
        re.findall(r"/xt/modules/(\w+)\?", page)
    )
    assert 1 == listed.count('name="set.')
    assert world.xt.modules.settings("CreditNotes").enabled


def test_a_reader_sees_and_changes_nothing(world: World) -> None:
    """No button, every control off, and a post is refused."""
    browser = browser_of(world, administrator=False)
    page = browser.get("/xt/modules/Invoices").text

    assert ("<button" in page, '<fieldset class="xt-form" disabled' in page) == (False, True)
    assert 403 == browser.post("/xt/modules/Invoices", headers=OWN).status_code


@pytest.mark.parametrize(("locale", "said"), [("de", "Speichern"), ("fr", "Enregistrer")])
def test_other_languages(tmp_path: Path, locale: str, said: str) -> None:
    """Headings, controls and choices are translated."""
    with make_world(tmp_path) as world:
        world.connect()
        object.__setattr__(world.xt.settings, "locale", locale)
        page = browser_of(world).get("/xt/modules/Organizations").text

    assert f">{said}</button>" in page
    assert "Both ways" not in page
