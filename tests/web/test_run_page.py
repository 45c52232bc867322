"""The page of a run: what it wrote, old and new, what an undo would do, and the undo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.sync.people import organisation
from tests.web.test_connections_page import OWN, browser_of, said
from tests.world import World, connected_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A connected world without a brake."""
    with connected_world(tmp_path) as made:
        made.settings("Organizations", brake_share=100)
        yield made


@pytest.mark.feature("O3")
def test_it_is_shown_looked_at_and_taken_back(world: World) -> None:
    """The overview leads there; what remains in Xero is said before the press."""
    browser = browser_of(world)
    acme = organisation(world, "Acme", phone="1")
    first = world.sync()
    world.host.edit("Organizations", acme, phone="2")
    second = world.sync()
    world.wait()

    shown = said(browser.get(f"/xt/run/{second.id}"))
    plan = said(browser.get(f"/xt/run/{first.id}?undo=1"))
    over = browser.get("/xt/").text
    done = browser.post(f"/xt/run/{second.id}/undo", headers=OWN, follow_redirects=True)

    assert "Organizations Acme changed Xero" in shown
    assert "1 2" in shown
    assert "Acme" in plan
    assert f"/xt/run/{first.id}" in over
    assert "Taken back: 1 updated. It stays so until it is released" in said(done)
    assert ["1"] == [
        one["PhoneNumber"]
        for one in world.in_xero("Organizations", acme)["Phones"]
        if one["PhoneNumber"]
    ]


def test_a_run_that_wrote_nothing_says_so(world: World) -> None:
    """It has no button; an unknown one has no page."""
    browser = browser_of(world)
    run = world.sync()
    page = browser.get(f"/xt/run/{run.id}")

    assert "Nothing, or nothing that is still kept" in said(page)
    assert "Undo" not in said(page)
    assert 404 == browser.get("/xt/run/nosuch").status_code


def test_a_reader_sees_it_and_takes_nothing_back(world: World) -> None:
    """The button is an administrator's."""
    organisation(world, "Acme")
    run = world.sync()
    reader = browser_of(world, may_read=lambda: True)
    page = reader.get(f"/xt/run/{run.id}?undo=1")
    refused = reader.post(f"/xt/run/{run.id}/undo", headers=OWN)

    assert (200, 403) == (page.status_code, refused.status_code)
    assert "Acme made in Xero" in said(page)
    assert "<button" not in page.text
    assert [] == world.xt.undo.holds()


def test_it_is_taken_back_in_the_background(world: World) -> None:
    """The page says how far it is, looks again, and then says what came of it; once."""
    browser = browser_of(world)
    acme = organisation(world, "Acme")
    run = world.sync()
    world.wait()
    world.xt.tick()

    asked = browser.post(f"/xt/run/{run.id}/undo", headers=OWN, follow_redirects=True)
    again = browser.post(f"/xt/run/{run.id}/undo", headers=OWN, follow_redirects=True)
    plan = said(browser.get("/xt/plan"))
    kept = world.in_xero("Organizations", acme)["ContactStatus"]
    world.xt.tick()
    done = browser.get(f"/xt/run/{run.id}")

    assert "It begins within seconds" in said(asked)
    assert ("2", "2", None) == tuple(page.headers.get("Refresh") for page in (asked, again, done))
    assert "Take back the sync of" in plan
    assert ("ACTIVE", "ARCHIVED") == (
        kept,
        world.in_xero("Organizations", acme)["ContactStatus"],
    )
    assert "Taken back: 1 removed. It stays so until it is released" in said(done)
    assert 1 == len([one for one in world.xt.sync.runs(9) if one.trigger == "undo"])


def test_one_that_cannot_go_on_says_why(world: World) -> None:
    """Cancelled before its turn, beside something else, and stopped by an error."""
    browser = browser_of(world)
    organisation(world, "Acme")
    run = world.sync()
    world.wait()
    world.xt.tick()
    address = f"/xt/run/{run.id}"
    one = world.xt.connections.get().id

    world.xt.sync.ask_plan("somebody")
    beside = browser.post(f"{address}/undo", headers=OWN, follow_redirects=True)
    world.xt.tick()
    browser.post(f"{address}/undo", headers=OWN)
    browser.post("/xt/plan/cancel", data={"connection": one}, headers=OWN)
    cancelled = browser.get(address)
    world.xt.store.drop_images(world.clock.now())
    browser.post(f"{address}/undo", headers=OWN)
    world.xt.tick()
    failed = browser.get(address)

    assert "Something else is under way" in said(beside)
    assert "cancelled. What was done before stands" in said(cancelled)
    assert "There is nothing to take back" in said(failed)
    assert "ACTIVE" == world.xero("Contacts")[0]["ContactStatus"]


def test_each_number_leads_to_its_entries(world: World) -> None:
    """On the page of the run and on the overview; without the log they are numbers alone."""
    browser = browser_of(world)
    organisation(world, "Acme")
    organisation(world, "Kea")
    run = world.sync()
    way = f"/xt/log?run={run.id}&amp;module=Organizations&amp;result=created"
    before = browser.get(f"/xt/run/{run.id}").text
    world.xt.extensions.enable("XTLog")
    page, over = browser.get(f"/xt/run/{run.id}").text, browser.get("/xt/").text
    entries = said(browser.get(f"/xt/log?run={run.id}&module=Organizations&result=created"))

    assert way not in before
    assert f'href="{way}">2</a>' in page
    assert f'href="/xt/log?run={run.id}&amp;result=created">2</a>' in over
    assert "Entries 1 to 2, newest first." in entries
