"""The page of connections on the real library: two organisations, rules, webhooks, begin anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.services.test_routing import NORTH, SOUTH, connect, two
from tests.stories.sync.people import organisation
from tests.stories.webhooks.conftest import signed
from tests.world import World, make_world
from xtiger.demo.visitor import allow_access
from xtiger.errors import PlanNotSeen
from xtiger.hosts.memory import MemoryHost
from xtiger.i18n.failures import COMMANDS
from xtiger.rules.routing import Rule
from xtiger.web import blueprint

__all__ = ["two"]

OWN = {"Sec-Fetch-Site": "same-origin"}
PAGE = "/xt/connections"
KEY = "dGhlIGtleSBvZiB3ZWJob29rcw=="


@pytest.fixture
def one(tmp_path: Path) -> Iterator[World]:
    """A CRM with one organisation and two customers that are linked."""
    with make_world(tmp_path, seed="demo") as made:
        connect(made, NORTH)
        for name in ("Kea Books", "Tui Books"):
            organisation(made, name)
        made.sync("Organizations")
        yield made


def browser_of(world: World, **rights: object) -> FlaskClient:
    """The browser of somebody; an administrator called Mele when nothing else is said."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    given = rights or {"may_configure": lambda: True, "user": lambda: "Mele Fifita"}
    app.register_blueprint(blueprint(world.xt, **given))  # type: ignore[arg-type]
    return app.test_client()


def said(answer: TestResponse) -> str:
    """What a person reads on a page."""
    shown = re.sub(r"<option[^>]*>[^<]*</option>", " ", answer.text)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", shown)).split())


def send(browser: FlaskClient, address: str, **fields: str) -> TestResponse:
    """Press a button; answers the page after it."""
    return browser.post(f"{PAGE}{address}", data=fields, headers=OWN, follow_redirects=True)


def test_each_organisation_says_how_it_is(two: World) -> None:
    """Who connected it and when, its calls, its permission, its answers and its modules."""
    browser = browser_of(two)
    consent = browser.get("/modules/XTiger/connect").location
    browser.get(allow_access(consent, NORTH), follow_redirects=True)

    page = browser.get(PAGE)
    text = said(page)

    assert 200 == page.status_code
    assert re.search(
        rf"{NORTH} State connected Currency GBP Connected [^ ].*? by Mele Fifita", text
    )
    assert SOUTH in text
    assert re.search(r"Tier Starter: \d+ of 1,000 calls left today", text)
    assert "Permission ends in 60 days unless it is used" in text
    assert "From when on? All years" in text
    made = two.xt.connections.get(SOUTH)
    assert f"/xt/modules/Invoices?connection={made.id}" in page.text
    assert f"/xt/start?connection={made.id}&amp;step=questions" in page.text
    assert not COMMANDS.search(text)


def test_rules_are_made_and_taken_away(two: World) -> None:
    """The library has them, and the page shows them with the field as the CRM calls it."""
    browser, south = browser_of(two), two.xt.connections.get(SOUTH).id
    added = send(
        browser,
        "/routes",
        do="add",
        field="Invoices|branch",
        value=" South ",
        connection=south,
    )
    rules = two.xt.routing.routes().rules
    rule = {"module": "Invoices", "field": "branch", "value": "South"}
    dropped = [said(send(browser, "/routes", do="drop", **rule)) for _ in range(2)]

    assert f"Invoices with branch = South go to {SOUTH}." in said(added)
    assert (Rule("Invoices", "branch", "South", south),) == rules
    assert "The rule is taken away." in dropped[0]
    assert "There is no such rule." in dropped[1]
    assert () == two.xt.routing.routes().rules


def test_default_and_master_are_chosen(two: World) -> None:
    """What no rule fits, and whose customers come into the CRM."""
    browser, south = browser_of(two), two.xt.connections.get(SOUTH).id
    before = said(browser.get(PAGE))
    for what in ("default", "master"):
        send(browser, "/routes", do=what, connection=south)
    routes = two.xt.routing.routes()

    assert "None is chosen: invoices that no rule fits are held." in before
    assert (south, south) == (routes.default, routes.master)
    assert "None is chosen" not in said(browser.get(PAGE))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"do": "add", "field": "Invoices|branch", "connection": "nosuch"}, "organisations"),
        ({"do": "add", "field": "Invoices|nosuch"}, "Choose one of the fields."),
        ({"do": "add", "field": "Nosuch|branch"}, "Choose one of the fields."),
        ({"do": "default", "connection": ""}, "Choose one of the organisations."),
    ],
)
def test_a_wrong_rule_is_said_beside_the_form(
    two: World, fields: dict[str, str], sentence: str
) -> None:
    """Nothing is saved."""
    given = {"connection": two.xt.connections.get(SOUTH).id, "value": "x"} | fields
    page = send(browser_of(two), "/routes", **given)

    assert 422 == page.status_code
    assert sentence in said(page)
    assert ((), "") == (two.xt.routing.routes().rules, two.xt.routing.routes().default)


def test_one_organisation_needs_no_rules(one: World) -> None:
    """The part is shown once there are two."""
    assert "Which organisation gets what" not in said(browser_of(one).get(PAGE))


def test_beginning_anew_forgets_the_links_and_nothing_else(one: World) -> None:
    """It says how many first; then the plan is to be looked at, and finds the same pairs."""
    browser, made = browser_of(one), one.xt.connections.get()
    links = one.xt.connections.remembered(made.id).links["Organizations"]
    before = {crm_id: one.xero_id("Organizations", crm_id) for crm_id in ("1", "2")}
    asked = said(browser.get(f"{PAGE}/{made.id}/reset"))
    wrong = send(browser, f"/{made.id}/reset", name="another")
    kept = one.xt.connections.remembered(made.id).links
    done = send(browser, f"/{made.id}/reset", name=NORTH)

    assert f"{links} links: which record here is which record there." in asked
    assert (422, {"Organizations": links}) == (wrong.status_code, dict(kept))
    assert f"{links} links are forgotten." in said(done)
    assert {} == one.xt.connections.remembered(made.id).links
    assert one.xt.mappings.get("Organizations") is not None
    with pytest.raises(PlanNotSeen):
        one.sync("Organizations")
    items = one.plan("Organizations").items
    assert before == {one.crm_id: one.xero_id for one in items if one.crm_id in before}
    assert "create" not in {item.verb for item in items}


@pytest.mark.feature("F011")
def test_beginning_anew_is_taken_back(one: World) -> None:
    """By the file that it wrote, which the page hands out; pressed twice nothing is doubled."""
    browser, made = browser_of(one), one.xt.connections.get()
    links = one.xt.connections.remembered(made.id).links["Organizations"]
    send(browser, f"/{made.id}/reset", name=NORTH)
    page = browser.get(f"{PAGE}/{made.id}/reset")
    (file,) = re.findall(r'name="file" value="([^"]*)"', page.text)
    sheet = browser.get(f"{PAGE}/{made.id}/exports/{file}")
    backs = [said(send(browser, f"/{made.id}/reset/back", file=file)) for _ in range(2)]
    other = said(send(browser, f"/{made.id}/reset/back", file="other.json"))

    assert (200, True) == (sheet.status_code, b"Organizations" in sheet.data)
    assert f"{links} links are there again." in backs[0]
    assert f"{links} links stay as they are now" in backs[1]
    assert "There is no such file." in other
    assert {"Organizations": links} == one.xt.connections.remembered(made.id).links
    assert 0 == len(one.plan("Organizations").actions)


def test_a_disconnected_organisation_can_be_connected_again(one: World) -> None:
    """The page says what waits; its name ends it, and the page then offers the way back."""
    browser, made = browser_of(one), one.xt.connections.get()
    organisation(one, "Moa Books")
    one.xt.tick()
    address = f"/modules/XTiger/disconnect/{made.id}"
    asked = said(browser.get(address))
    browser.post(address, data={"name": NORTH}, headers=OWN)
    page = browser.get(PAGE)

    assert "links are kept" in asked
    assert "State ended : it was disconnected" in said(page)
    assert f'href="/modules/XTiger/connect">Connect again<span class="xt-hidden"> {NORTH}' in (
        page.text
    )


def test_a_key_of_webhooks_that_is_typed_is_the_one_that_counts(one: World) -> None:
    """It is kept encrypted, shown nowhere, and what it signs is taken at once."""
    browser = browser_of(one)
    body, signature = signed([], 1, KEY)
    address, header = "/modules/XTiger/webhook", {"x-xero-signature": signature}
    before = browser.post(address, data=body, headers=header).status_code
    empty = said(browser.get(PAGE))
    saved = send(browser, "/webhooks", key=f" {KEY} ")
    after = browser.post(address, data=body, headers=header).status_code
    file = (one.xt.settings.home / "xtiger.db").read_bytes()

    assert (401, 200) == (before, after)
    assert "No key is set" in empty
    assert 'value="http://localhost/modules/XTiger/webhook"' in saved.text
    assert "A key is saved" in said(saved)
    assert "by Mele Fifita" in said(saved)
    assert KEY not in saved.text
    assert KEY.encode() not in file


@pytest.mark.parametrize("typed", ["", " , ", "a key", "ключ"])
def test_what_is_no_key_is_refused_beside_the_field(one: World, typed: str) -> None:
    """Nothing is kept."""
    page = send(browser_of(one), "/webhooks", key=typed)

    assert 422 == page.status_code
    assert "The webhooks key is empty or holds something else." in said(page)
    assert "" == one.xt.webhooks.key().source


def test_a_reader_sees_it_and_changes_nothing(two: World) -> None:
    """No button, no field; the posts are refused."""
    browser = browser_of(two, may_read=lambda: True)
    page = browser.get(PAGE)
    posts = [
        browser.post(f"{PAGE}{address}", headers=OWN).status_code
        for address in ("/routes", "/webhooks", f"/{two.xt.connections.all()[0].id}/reset")
    ]

    assert (200, [403, 403, 403]) == (page.status_code, posts)
    assert "<form" not in page.text
    assert "<button" not in page.text
    assert f"New customers and items come into the CRM from: {NORTH}" in said(page)


def test_without_an_organisation_it_leads_to_xero(tmp_path: Path) -> None:
    """Nothing to show but the way to connect."""
    with make_world(tmp_path) as world:
        page = browser_of(world).get(PAGE)

    assert isinstance(world.host, MemoryHost)
    assert "No Xero organisation is connected yet." in said(page)
    assert "Connect to Xero" in said(page)
