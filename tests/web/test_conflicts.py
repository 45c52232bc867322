"""The page of conflicts on the real library: values, buttons, tokens, and the panel's way there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from tests.engine.pair.test_aliases import twice
from tests.stories.sync.people import product
from tests.stories.sync.test_missing_sides import removed_from_the_sandbox
from tests.stories.sync.test_solving import email, quarrel
from tests.world import World, connected_world
from xtiger.model.records import Ref
from xtiger.panels import ALIAS_ACTION, SOLVE_ACTION
from xtiger.web import blueprint

OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected_world(tmp_path) as made:
        yield made


@pytest.fixture
def refused() -> set[str]:
    """CRM ids of the records that the user of the browser may not edit."""
    return set()


@pytest.fixture
def browser(world: World, refused: set[str]) -> FlaskClient:
    def may_use(ref: Ref | None) -> bool:
        return ref is None or ref.id not in refused

    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(world.xt, may_use=may_use))
    return app.test_client()


def forms(page: str) -> list[dict[str, str]]:
    """Every form of a page: its address, hidden fields and the button's value."""
    found = []
    for action, body in re.findall(
        r'<form method="post" action="([^"]+)">(.*?)</form>', page, re.DOTALL
    ):
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', body))
        found.append({"action": action, **fields})
    return found


def press(browser: FlaskClient, keep: str, field: str = "") -> str:
    """Press the button of a side and field on the page; answers the page seen next."""
    (form,) = [
        one
        for one in forms(browser.get("/xt/conflicts").text)
        if (one.get("keep"), one.get("field")) == (keep, field)
    ]
    action = form.pop("action")
    return browser.post(action, data=form, follow_redirects=True).text


@pytest.mark.feature("O2")
def test_the_page_shows_all_three_values(browser: FlaskClient, world: World) -> None:
    """Base, CRM and Xero of each field stand in the table, with who changed when."""
    quarrel(world)

    page = browser.get("/xt/conflicts").text

    assert all(v in page for v in ("a@b.example", "crm@b.example", "xero@b.example"))
    assert "Changed last" in page
    assert 6 == page.count("Keep CRM value") + page.count("Keep Xero value")


def test_the_page_leads_to_the_record_on_both_sides(browser: FlaskClient, world: World) -> None:
    """Before anybody decides: the CRM's own page, and Xero's in the right organisation."""
    crm_id = quarrel(world)
    connection = world.xt.connections.get()
    link = world.xt.store.links_by_crm(connection.id, "Organizations", [crm_id])[crm_id]

    addresses = re.findall(r'href="([^"]+)"', browser.get("/xt/conflicts").text)

    assert world.host.url(Ref("Organizations", crm_id)) in addresses
    assert (
        "https://go.xero.com/organisationlogin/default.aspx?shortcode="
        f"{connection.short_code}&amp;redirecturl=/Contacts/View/{link.xero_id}"
    ) in addresses


@pytest.mark.feature("O2")
def test_a_button_decides_one_field(browser: FlaskClient, world: World) -> None:
    """The record is sent by itself: both sides have the value, the other field still waits."""
    crm_id = quarrel(world)

    page = press(browser, "xero", "EmailAddress")

    assert "It is decided." in page
    assert "xero@b.example" not in page
    assert 2 == page.count("Keep CRM value") + page.count("Keep Xero value")
    assert ("xero@b.example",) * 2 == email(world, crm_id)


def test_a_button_decides_all_fields(browser: FlaskClient, world: World) -> None:
    """One press for the whole record, which is sent by itself; the page is empty then."""
    crm_id = quarrel(world)

    press(browser, "crm")

    assert ("crm@b.example",) * 2 == email(world, crm_id)
    assert "No conflicts" in browser.get("/xt/conflicts").text


def test_an_old_page_decides_nothing(browser: FlaskClient, world: World) -> None:
    """The values changed since the page was drawn: it says so and keeps both."""
    crm_id = quarrel(world)
    (form,) = [
        one
        for one in forms(browser.get("/xt/conflicts").text)
        if (one.get("keep"), one.get("field")) == ("crm", "EmailAddress")
    ]
    world.host.edit("Organizations", crm_id, email1="newer@b.example")
    world.sync()

    page = browser.post(form.pop("action"), data=form, follow_redirects=True).text

    assert "changed since it was shown" in page
    assert {} == world.xt.store.decisions(world.xt.connections.get().id, "Organizations")


def test_a_post_without_token_is_asked_first(browser: FlaskClient, world: World) -> None:
    """A foreign page cannot decide; the person may confirm."""
    crm_id = quarrel(world)
    address = f"/xt/conflicts/{world.xt.connections.get().id}/Organizations/{crm_id}"

    answer = browser.post(address, data={"keep": "crm"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert 403 == answer.status_code
    assert "Go on" in answer.text
    assert {} == world.xt.store.decisions(world.xt.connections.get().id, "Organizations")


def test_who_may_not_edit_the_record_may_not_decide(
    browser: FlaskClient, world: World, refused: set[str]
) -> None:
    """The host's rule is asked for the very record."""
    crm_id = quarrel(world)
    refused.add(crm_id)
    address = f"/xt/conflicts/{world.xt.connections.get().id}/Organizations/{crm_id}"

    answer = browser.post(address, data={"keep": "crm"}, headers=OWN)

    assert 403 == answer.status_code


def test_orphans_stand_apart(browser: FlaskClient, world: World) -> None:
    """What is gone in Xero can be made again or left, by a button."""
    crm_id = product(world, "P1")
    world.sync()
    removed_from_the_sandbox(world, "Items", world.xero_id("Products", crm_id))
    world.sync(full=True)
    page = browser.get("/xt/conflicts").text
    assert page.index("Gone on one side") < page.index("Create it in Xero again")

    press(browser, "crm")
    world.sync()

    assert ["P1"] == [raw["Code"] for raw in world.xero("Items")]


@pytest.mark.feature("F144")
def test_the_panel_leads_to_the_decision(browser: FlaskClient, world: World) -> None:
    """The button Decide goes to the record's place on the page."""
    crm_id = quarrel(world)
    assert SOLVE_ACTION in {a.name for a in world.xt.panel("Organizations", crm_id).actions}

    answer = browser.post(
        f"/modules/XTiger/panel/Organizations/{crm_id}", data={"action": SOLVE_ACTION}, headers=OWN
    )

    assert f"/xt/conflicts#Organizations-{crm_id}" == answer.location
    assert f'id="Organizations-{crm_id}"' in browser.get("/xt/conflicts").text


@pytest.mark.feature("F083")
def test_the_panel_offers_the_alias(browser: FlaskClient, world: World) -> None:
    """A duplicate becomes an alias by a button of its panel."""
    _, twin, xero_id = twice(world)
    world.sync()
    (button,) = [a for a in world.xt.panel("Organizations", twin).actions if a.name == ALIAS_ACTION]
    assert "Alias of Acme" == button.label

    address = button.address(f"/modules/XTiger/panel/Organizations/{twin}")
    browser.post(address, data={"action": button.name}, headers=OWN)

    links = world.xt.store.links_by_crm(world.xt.connections.get().id, "Organizations", [twin])
    assert ("alias", xero_id) == (links[twin].role, links[twin].xero_id)


def test_a_page_as_data_has_the_same_rows(world: World) -> None:
    """Hosts without Flask get the list from the hook, a row per field."""
    from xtiger.hookspecs import PageRequest

    quarrel(world)

    table = world.xt.page(PageRequest("conflicts", {}))

    assert [("Organizations", "Acme")] * 2 == [row[:2] for row in table.rows]
