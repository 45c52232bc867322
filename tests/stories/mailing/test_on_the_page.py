"""The page Mails with a real mail server: who gets which, a test, and one that is sent again."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.stories.mailing.conftest import BOSS, Postbox, opened_again
from tests.web.test_plan import browser_of, text
from tests.web.test_real_site import OWN
from tests.world import World
from xtiger.model.mailing.servers import MailSettings
from xtiger.model.secret import Secret

FORM = {
    "address": "books@crm.example",
    "connection": "",
    "every": "daily",
    "occasion": "failures",
    "alerts": "on",
    "language": "de",
    "zone": "Europe/Berlin",
}


@pytest.fixture
def browser(world: World) -> FlaskClient:
    """An administrator's browser."""
    return browser_of(world)


@pytest.mark.feature("F092")
def test_an_administrator_says_who_gets_which(browser: FlaskClient, world: World) -> None:
    """Added, changed, and taken away: page, command and library name the same."""
    world.xt.mails.post()
    browser.post("/xt/mails", data=FORM, headers=OWN)
    first = {one.address: one for one in world.xt.mails.recipients()}
    page = browser.get("/xt/mails").text
    without = {key: value for key, value in FORM.items() if key != "alerts"}
    browser.post("/xt/mails", data={**without, "every": "never"}, headers=OWN)
    changed = {one.address: one for one in world.xt.mails.recipients()}
    browser.post("/xt/mails/remove", data={"address": BOSS, "connection": ""}, headers=OWN)
    browser.post("/xt/mails/remove", data={"address": BOSS, "connection": ""}, headers=OWN)

    one = first["books@crm.example"]
    assert ("daily", "failures", True) == (one.every, one.occasion, one.alerts)
    assert ("de", "Europe/Berlin") == (one.language, one.zone)
    assert "Saved: books@crm.example. Next report: in" in text(page)
    assert f'value="{BOSS}"' in page
    assert ("never", False) == (changed[one.address].every, changed[one.address].alerts)
    assert ["books@crm.example"] == [found.address for found in world.xt.mails.recipients()]
    assert f"Nobody with the address '{BOSS}' gets such mails." in text(
        browser.get("/xt/mails").text.replace("&#39;", "'")
    )


def test_a_mistake_is_said_and_nothing_is_saved(browser: FlaskClient, world: World) -> None:
    """A zone that is none, an address that is none; what was typed stays in the form."""
    pages = [
        browser.post("/xt/mails", data={**FORM, name: value}, headers=OWN).text
        for name, value in (("zone", "Europe/Nowhere"), ("address", "nobody"))
    ]
    odd = [
        browser.post("/xt/mails", data={**FORM, name: "x"}, headers=OWN).status_code
        for name in ("every", "occasion", "connection")
    ]

    assert "There is no time zone" in pages[0]
    assert 'value="books@crm.example"' in pages[0]
    assert "is no mail address" in pages[1]
    assert [400] * 3 == odd
    assert "books@crm.example" not in {one.address for one in world.xt.mails.recipients()}


def test_a_test_mail_says_what_the_server_answered(
    browser: FlaskClient, world: World, postbox: Postbox
) -> None:
    """Refused in the server's own words, then sent again from the list, and arrived."""
    postbox.refusals = ["550 5.1.1 nobody of this name"]
    browser.post("/xt/mails/test", data={"address": BOSS}, headers=OWN)
    refused = browser.get("/xt/mails").text
    (number,) = re.findall(r'name="letter" value="(\d+)"', refused)
    browser.post("/xt/mails/again", data={"letter": number}, headers=OWN)
    sent = browser.get("/xt/mails").text

    assert f"{BOSS}: refused. 550" in text(refused)
    assert "nobody of this name" in refused
    assert ["Mails of XTiger arrive."] == postbox.subjects
    assert f"{BOSS}: sent." in text(sent)
    assert 'name="letter"' not in sent
    assert 404 == browser.post("/xt/mails/again", data={"letter": "x"}, headers=OWN).status_code


def test_what_it_would_say_is_read_before_it_comes(
    browser: FlaskClient, world: World, postbox: Postbox
) -> None:
    """The same text as by the library, and no mail."""
    world.xt.mails.post()
    asked = {"address": BOSS, "connection": ""}
    page = browser.post("/xt/mails/preview", data=asked, headers=OWN).text

    (boss,) = world.xt.mails.recipients()
    assert text(world.xt.mails.preview(boss).text) in text(page)
    assert [] == postbox.mails
    gone = browser.post("/xt/mails/preview", data={"address": "x", "connection": ""}, headers=OWN)
    assert 303 == gone.status_code


def test_the_password_is_on_no_page(world: World, postbox: Postbox) -> None:
    """The server by name and port; a server that is not there says so, without its password."""
    mail = MailSettings(
        Secret("smtp://clerk:pass-word-7@127.0.0.1:9"), "xero@crm.example", (BOSS,), ""
    )
    browser = browser_of(opened_again(world, mail=mail))
    browser.post("/xt/mails/test", data={"address": BOSS}, headers=OWN)
    page = browser.get("/xt/mails").text

    assert "Mails go by 127.0.0.1:9." in text(page)
    assert "waiting" in page
    assert "pass-word-7" not in page
    assert "clerk" not in page


def test_without_a_server_the_page_says_who_sets_one(world: World, tmp_path: Path) -> None:
    """No button for a test, and what to set."""
    none = replace(world.xt.settings.mail, server=Secret(""))
    browser = browser_of(opened_again(world, mail=none))
    page = browser.get("/xt/mails").text
    asked = browser.post("/xt/mails/test", data={"address": BOSS}, headers=OWN).text

    assert "No mail server is set, so nothing is sent." in page
    assert "Send a test mail" not in page
    assert "Nothing says how mails leave." in asked
