"""The pages on the real library: a CRM in memory, the sandbox over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import flask
import pytest
from cryptography.fernet import Fernet
from flask.testing import FlaskClient

from tests.world import World, make_world
from xtiger.app import XTiger
from xtiger.demo.visitor import allow_access
from xtiger.errors import ConsentRefused
from xtiger.model.secret import Secret
from xtiger.web import blueprint

OWN = {"Sec-Fetch-Site": "same-origin"}
ORGANISATION = "Empty Trading Ltd"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        yield made


@pytest.fixture
def browser(world: World) -> FlaskClient:
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(world.xt, local_only=True))
    return app.test_client()


def _connect(browser: FlaskClient, world: World) -> str:
    """Press Connect, allow access at Xero, come back; answers the page seen last."""
    consent = browser.get("/modules/XTiger/connect").location
    returned = allow_access(consent, ORGANISATION)
    return browser.get(returned, follow_redirects=True).text


def test_connect_through_the_pages(browser: FlaskClient, world: World) -> None:
    """From the button to a stored connection, with the code out of the address bar."""
    page = _connect(browser, world)

    assert "Connected: Empty Trading Ltd (GBP)." in page
    assert [ORGANISATION] == [one.name for one in world.xt.connections.all()]


def test_a_lost_key_is_cured_by_the_button(world: World) -> None:
    """The overview says so, names no command, and its button leads to a connection that syncs."""
    world.connect()
    settings = replace(world.xt.settings, secret_key=Secret(Fernet.generate_key().decode()))
    keyless = XTiger(world.host, settings, world.clock)
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(keyless, local_only=True))
    browser = app.test_client()
    before = browser.get("/xt/").text
    _connect(browser, world)
    after = browser.get("/xt/").text
    state = keyless.sync.run().state
    keyless.close()

    assert "The key of its tokens is lost." in before
    assert re.search(r'href="/modules/XTiger/connect">Connect again<', before)
    assert "xtiger connect" not in before
    assert ("done", False) == (state, "Connect again" in after)


def test_the_same_answer_counts_once(browser: FlaskClient, world: World) -> None:
    """Reloading the address with Xero's code is refused and changes nothing."""
    consent = browser.get("/modules/XTiger/connect").location
    returned = allow_access(consent, ORGANISATION)
    browser.get(returned)

    again = browser.get(returned)

    assert (409, 1) == (again.status_code, len(world.xt.connections.all()))
    assert ConsentRefused.code in again.text


def test_a_person_who_cancels_is_told(browser: FlaskClient, world: World) -> None:
    """Cancel on Xero's page leads to a clear page with the next step."""
    consent = browser.get("/modules/XTiger/connect").location
    state = re.findall(r"state=([^&]+)", consent)[0]

    page = browser.get(f"/modules/XTiger/callback?error=access_denied&state={state}")

    assert (409, []) == (page.status_code, world.xt.connections.all())


def test_set_up_by_buttons_alone(browser: FlaskClient, world: World) -> None:
    """Connect, accept, save the mapping: then the first plan works."""
    _connect(browser, world)
    browser.post("/xt/start/terms", data={"name": "Mele Fifita"}, headers=OWN)
    browser.post("/xt/start/mapping", headers=OWN)

    assert () == world.plan("Organizations").actions


def test_copy_to_xero_from_the_panel(browser: FlaskClient, world: World) -> None:
    """The button sends the record; the panel is then in step with Xero."""
    world.connect()
    record_id = world.host.create("Organizations", {"accountname": "Kererū Café"})
    address = f"/modules/XTiger/panel/Organizations/{record_id}"

    browser.post(address, data={"action": "copy"}, headers=OWN)

    assert ["Kererū Café"] == [contact["Name"] for contact in world.xero("Contacts")]
    assert "ok" == world.xt.panel("Organizations", record_id).state


def test_unticking_the_box_is_kept(browser: FlaskClient, world: World) -> None:
    """Allow XTiger Sync lands where the CRM keeps it, and the panel is off."""
    world.connect()
    record_id = world.host.create("Organizations", {"accountname": "Kererū Café"})
    address = f"/modules/XTiger/panel/Organizations/{record_id}"

    browser.post(address, data={"shown": "xtiger.allow_sync"}, headers=OWN)

    assert "off" == world.xt.panel("Organizations", record_id).state


def test_a_missing_record_is_a_clear_404(browser: FlaskClient, world: World) -> None:
    """The sentence names module and record."""
    world.connect()

    page = browser.post("/modules/XTiger/panel/Organizations/4711", headers=OWN)

    assert 404 == page.status_code
    assert "Organizations has no record 4711." in page.text


def test_pages_of_extensions_are_served(browser: FlaskClient, world: World) -> None:
    """The page of runs that XTiger itself brings is a table with its columns."""
    world.connect()
    world.sync()

    assert "Started (UTC)" in browser.get("/xt/runs").text
