"""The overview and the page of a plan that the brake stopped, on the real library."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from tests.world import World, make_world
from xtiger.errors import TooManyChanges
from xtiger.web import blueprint


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Thirty customers, linked; all of them were changed in the CRM, and a sync was stopped."""
    with make_world(tmp_path) as found:
        found.connect()
        ids = [
            found.host.create("Organizations", {"accountname": f"Firm <{n:02}", "phone": "1"})
            for n in range(30)
        ]
        for n, crm_id in enumerate(ids):
            found.host.edit("Organizations", crm_id, accountname=f"Firm & {n:02}")
        found.sync()
        for crm_id in ids:
            found.host.edit("Organizations", crm_id, phone="2")
        with pytest.raises(TooManyChanges):
            found.sync()
        yield found


def browser_of(world: World, *, administrator: bool = True) -> FlaskClient:
    """A browser whose user may see the pages, and as administrator change them."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(
        blueprint(world.xt, may_use=lambda _ref: True, may_configure=lambda: administrator)
    )
    return app.test_client()


def phones(world: World) -> set[str]:
    """The telephone numbers in Xero."""
    return {contact["Phones"][0]["PhoneNumber"] for contact in world.xero("Contacts")}


def test_a_stopped_run_is_released_by_a_button(world: World) -> None:
    """The overview leads to what it would do; the button there lets exactly that go on."""
    browser = browser_of(world)
    overview = browser.get("/xt/").text
    (address,) = re.findall(r'href="(/xt/release/[^"]+)"', overview)
    page = browser.get(address).text
    token = re.findall(r'name="xt_csrf" value="([^"]+)"', page)[0]
    before = phones(world)
    answer = browser.post(address, data={"xt_csrf": token}, follow_redirects=True).text
    world.wait()
    world.xt.tick()

    assert "30 of 30 linked records of Organizations would be changed or removed" in overview
    assert "Firm &amp; 00" in page
    assert page.count("goes to Xero") == 2 * 30  # to see, and to be read aloud
    assert {"1"} == before
    assert "Exactly this plan is carried out" in answer
    assert ({"2"}, 404) == (phones(world), browser.get(address).status_code)
    assert "/xt/release/" not in browser.get("/xt/").text


def test_who_may_not_configure_may_look_but_not_release(world: World) -> None:
    """The page says who releases it, has no button, and refuses the post."""
    browser = browser_of(world, administrator=False)
    (plan,) = world.xt.sync.braked()
    page = browser.get(f"/xt/release/{plan.run_id}").text
    refused = browser.post(f"/xt/release/{plan.run_id}", headers={"Sec-Fetch-Site": "same-origin"})

    assert ("An administrator releases it." in page, "<button" in page) == (True, False)
    assert (403, ["waiting"]) == (
        refused.status_code,
        [one.state for one in world.xt.sync.braked()],
    )


def test_a_forged_release_is_refused(world: World) -> None:
    """A form of another site changes nothing."""
    (plan,) = world.xt.sync.braked()
    found = browser_of(world).post(
        f"/xt/release/{plan.run_id}", headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert (403, ["waiting"]) == (found.status_code, [one.state for one in world.xt.sync.braked()])


@pytest.mark.parametrize("page", ["0", "-1", "9" * 40, "x", "²"])
def test_any_page_number_is_a_page(world: World, page: str) -> None:
    """What is no number of a page shows the first or last one."""
    (plan,) = world.xt.sync.braked()

    assert 200 == browser_of(world).get(f"/xt/release/{plan.run_id}?p={page}").status_code


def test_a_number_that_never_was_is_not_there(world: World) -> None:
    """Nothing is told of it."""
    assert 404 == browser_of(world).get("/xt/release/abc").status_code
