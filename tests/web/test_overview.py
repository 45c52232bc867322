"""The overview on the real library: numbers that lead to their records, health, menu, roles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from tests.stories.sync.people import invoice, organisation
from tests.web.test_plan import text
from tests.web.test_real_site import OWN
from tests.world import World, connected_world
from xtiger.model.start_answers import StartAnswers
from xtiger.web import blueprint

EXTENSIONS = ("XTLog", "XTQueue", "XeroAccounts")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected_world(tmp_path) as made:
        for name in EXTENSIONS:
            made.xt.extensions.enable(name)
        yield made


def browser_of(world: World, role: str = "configure") -> FlaskClient:
    """A browser of somebody with one right: configure, release, read or use."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(
        blueprint(
            world.xt,
            may_configure=lambda: role == "configure",
            may_release=lambda: role == "release",
            may_read=lambda: role == "read",
            may_use=lambda _ref: role == "use",
            user=lambda: "Ada",
        )
    )
    return app.test_client()


def in_step_and_held(world: World) -> None:
    """Two organisations in step, one that is unticked, one invoice that needs somebody."""
    for name in ("Kea", "Moa"):
        organisation(world, name)
    organisation(world, "Weka", xero_sync=False)
    invoice(world, "INV-1", None)
    world.sync()
    world.sync()


def test_each_number_leads_to_its_records(world: World) -> None:
    """The list behind a number has as many rows, each with its name, and opens the panel."""
    in_step_and_held(world)
    browser = browser_of(world)
    page = browser.get("/xt/").text
    words = re.findall(r'<a href="([^"]+)"><strong>(\d+)</strong> ([^<]+)</a>', page)
    listed = {word: browser.get(unescape(address)).text for address, _number, word in words}

    assert {"In step": "2", "Waiting": "0", "Needs you": "1", "Left out": "1"} == {
        word: number for _address, number, word in words
    }
    assert all(name in listed["In step"] for name in ("Kea", "Moa"))
    assert "Allow XTiger Sync is off." in text(listed["Left out"])
    assert "INV-1" in listed["Needs you"]
    assert "No record." in listed["Waiting"]
    panel = re.findall(r'href="(/xt/record/[^"]+)"', listed["Left out"])[0]
    assert "Not selected for Xero" in browser.get(panel).text


def test_a_list_has_pages_and_a_module(world: World) -> None:
    """Fifty on one page; the module's link shows its own alone."""
    for number in range(51):
        organisation(world, f"Kea {number}", xero_sync=False)
    world.sync()
    browser = browser_of(world)
    first = browser.get("/xt/records/left_out").text
    second = browser.get("/xt/records/left_out?p=2").text
    other = browser.get("/xt/records/left_out?module=Products").text

    assert (50, 1) == (first.count('<th scope="row">'), second.count('<th scope="row">'))
    assert ("Next" in first, "Next" in second) == (True, False)
    assert "No record." in other
    assert 404 == browser.get("/xt/records/nothing").status_code


def test_the_menu_has_five_entries_and_the_number(world: World) -> None:
    """With the seeds' names, whatever page is open; what needs a person is counted beside it."""
    in_step_and_held(world)
    pages = [browser_of(world).get(address).text for address in ("/xt/", "/xt/log", "/xt/needs")]
    menus = [re.findall(r'<ul class="xt-menu">(.*?)</ul>', page, re.DOTALL)[0] for page in pages]

    assert ["XTiger Needs you 1 Xero Logs Xero Queue Xero Accounts"] * 3 == [
        text(menu) for menu in menus
    ]
    assert [1] * 3 == [menu.count('aria-current="page"') for menu in menus]


def test_whoever_may_not_read_has_no_menu(world: World) -> None:
    """A seller opens the panel of a record, and no page behind it."""
    kea = organisation(world, "Kea")
    seller = browser_of(world, "use")
    page = seller.get(f"/xt/record/Organizations/{kea}")

    assert (200, 403) == (page.status_code, seller.get("/xt/").status_code)
    assert "Xero Information" in page.text
    assert 'href="/xt/needs"' not in page.text


def test_an_unknown_record_has_an_empty_panel(world: World) -> None:
    """A sentence in place of an error; what is posted to it changes nothing."""
    browser = browser_of(world, "use")
    page = browser.get("/xt/record/Organizations/99")
    posted = browser.post(
        "/modules/XTiger/panel/Organizations/99", data={"action": "copy"}, headers=OWN
    )

    assert 200 == page.status_code
    assert "The CRM has no record 99 of Organizations." in page.text
    assert 404 == posted.status_code


def test_an_accountant_releases_approving(world: World) -> None:
    """Who may release has the button while drafts arrive, and is kept as who answered."""
    one = world.xt.connections.get().id
    world.xt.start.answer(StartAnswers(arrive="draft"), "a test")
    accountant, reader = browser_of(world, "release"), browser_of(world, "read")
    shown = ["Release approving" in who.get("/xt/").text for who in (accountant, reader)]
    refused = reader.post(f"/xt/approve/{one}", headers=OWN).status_code
    page = accountant.post(f"/xt/approve/{one}", headers=OWN, follow_redirects=True).text

    assert ([True, False], 403) == (shown, refused)
    assert ("as_crm", "Ada") == (
        world.xt.start.answers().arrive,
        world.xt.start.answers().answered_by,
    )
    assert "Approving is released" in page
    assert '<button class="xt-button xt-quiet" type="submit">Release approving' not in page


def test_health_times_and_the_last_proof(world: World) -> None:
    """Calls and permission, when it is synced and proven next, and when both sides agreed."""
    organisation(world, "Kea")
    world.sync()
    world.xt.proof.run()
    world.xt.timetable.set_usual(on=True)
    world.wait(120)

    shown = text(browser_of(world).get("/xt/").text)

    assert re.search(r"Last proof 2 min ago: Both sides agree: \d+ records?, 0 differences", shown)
    assert re.search(r"Next sync in 8 min", shown)
    assert re.search(r"Next proof in 1\d hr", shown)
    assert re.search(r"[\d,]+ of [\d,]+ calls left today", shown)
    assert re.search(r"permission for (59|60) days without a sync", shown)


def test_the_overview_asks_the_same_of_many_records(world: World) -> None:
    """As many statements with two records as with sixty."""
    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    browser = browser_of(world)
    found = []
    for number in (2, 58):
        for name in range(number):
            organisation(world, f"{number} {name}")
            invoice(world, f"{number} {name}", None)
        world.sync()
        world.sync()
        browser.get("/xt/")
        event.listen(world.xt.store.engine, "before_cursor_execute", note)
        asked.clear()
        assert 200 == browser.get("/xt/").status_code
        event.remove(world.xt.store.engine, "before_cursor_execute", note)
        found.append(len(asked))

    assert found[0] == found[1]


def test_who_releases_is_told_once_how_many_that_approves(world: World) -> None:
    """A first press tells the number and does nothing; one that tells fewer asks again."""
    one = world.xt.connections.get().id
    world.default_account()
    world.xt.start.answer(replace(world.xt.start.answers(), arrive="draft"), "Ada")
    kea = organisation(world, "Kea")
    for number in range(3):
        invoice(world, f"I{number}", kea)
    world.sync()
    browser = browser_of(world)
    told, fewer = (
        browser.post(f"/xt/approve/{one}", data=data, headers=OWN).text
        for data in ({}, {"shown": "2"})
    )
    before = world.xt.start.answers().arrive
    page = browser.post(
        f"/xt/approve/{one}", data={"shown": "3"}, headers=OWN, follow_redirects=True
    )
    world.sync()

    assert (True, True) == ("Approve 3 invoices" in told, "Approve 3 invoices" in fewer)
    assert 'name="shown" value="3"' in told
    assert ("draft", "as_crm") == (before, world.xt.start.answers().arrive)
    assert "Approving is released" in page.text
    assert {"AUTHORISED"} == {raw["Status"] for raw in world.xero("Invoices")}
