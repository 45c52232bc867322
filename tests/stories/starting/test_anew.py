"""Compared anew: what no feed told of is found, merged and never overwritten blindly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.stories.sync.people import organisation
from tests.web.test_plan import browser_of
from tests.web.test_real_site import OWN
from tests.world import World, connected_world
from xtiger.model import setting_keys
from xtiger.model.records import Ref


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A connected world whose saves wait for a sync."""
    with connected_world(tmp_path) as made:
        made.settings("Organizations", on_save=False)
        yield made


def _unnoticed(world: World, crm_id: str, email: str) -> None:
    """Somebody edits a contact in Xero, and its feed never tells."""
    xero_id = world.xero_id("Organizations", crm_id)
    world.sandbox.edit("Contacts", xero_id, {"EmailAddress": email})
    world.wait()
    cursor = setting_keys.xero_cursor("Contact")
    ahead = world.clock.now() + timedelta(seconds=1)
    world.xt.store.save_cursor(world.xt.connections.get().id, cursor, ahead.isoformat())
    world.wait()


def _emails(world: World, *ids: str) -> list[str]:
    return [world.in_crm("Organizations", one, "email1") for one in ids]


@pytest.mark.feature("F126")
def test_single_records_are_compared_anew(world: World) -> None:
    """One is named and comes; both sides' edits of it are kept; the others stay as they were."""
    one, two = (organisation(world, name, email1="a@b.example") for name in ("Kea", "Tui"))
    world.sync()
    for crm_id in (one, two):
        _unnoticed(world, crm_id, "new@b.example")
    world.host.edit("Organizations", one, phone="1")
    world.sync()
    unseen = _emails(world, one, two)

    world.wait()
    run = world.xt.sync.resync("Organizations", [one])

    assert ["a@b.example"] * 2 == unseen
    assert (["new@b.example", "a@b.example"], "done") == (_emails(world, one, two), run.state)
    assert "1" == world.in_xero("Organizations", one)["Phones"][0]["PhoneNumber"]


@pytest.mark.feature("F126")
def test_a_module_is_compared_anew_by_its_button(world: World) -> None:
    """All of it: an edit that nobody told of comes, and one of both sides is asked about."""
    one, two = (organisation(world, name, email1="a@b.example") for name in ("Kea", "Tui"))
    world.sync()
    for crm_id in (one, two):
        _unnoticed(world, crm_id, "new@b.example")
    world.host.edit("Organizations", two, email1="own@b.example")

    form = {"do": "plan", "module": "Organizations", "full": "1"}
    answer = browser_of(world).post("/xt/plan", data=form, headers=OWN, follow_redirects=True)

    assert "Compare Organizations anew" in answer.text
    assert ["new@b.example", "own@b.example"] == _emails(world, one, two)
    assert "new@b.example" == world.in_xero("Organizations", two)["EmailAddress"]
    assert [two] == [conflict.crm_id for conflict in world.xt.conflicts.all()]


@pytest.mark.feature("F126")
def test_records_are_compared_anew_by_the_buttons_of_panel_and_list(world: World) -> None:
    """Copy to Xero goes by the feed; Compare again finds what it never told, of one and of some."""
    ids = [organisation(world, name, email1="a@b.example") for name in ("Kea", "Tui", "Weka")]
    world.sync()
    for crm_id in ids:
        _unnoticed(world, crm_id, "new@b.example")
    browser, one, two, three = browser_of(world), *ids

    def pressed(address: str, **form: object) -> None:
        answer = browser.post(f"/modules/XTiger/{address}", data=form, headers=OWN)
        assert 303 == answer.status_code

    pressed("list/Organizations", action="copy", id=ids)
    by_feed = _emails(world, *ids)
    pressed(f"panel/Organizations/{one}", action="compare")
    single = _emails(world, *ids)
    pressed("list/Organizations", action="compare", id=[two])

    assert ["a@b.example"] * 3 == by_feed
    assert ["new@b.example", "a@b.example", "a@b.example"] == single
    assert ["new@b.example", "new@b.example", "a@b.example"] == _emails(world, one, two, three)


def test_what_has_to_wait_is_compared_anew_later(world: World) -> None:
    """A limit of Xero stops the press; the next look at what is due reads it by its id then."""
    kea = organisation(world, "Kea", email1="a@b.example")
    world.sync()
    _unnoticed(world, kea, "new@b.example")
    world.sandbox.fault("status", path="/api.xro", status=429, retry_after_seconds=40)

    said = world.xt.panels.press("compare", [Ref("Organizations", kea)])
    world.wait(60)
    world.xt.tick()

    assert "Kea" not in said
    assert ["new@b.example"] == _emails(world, kea)
