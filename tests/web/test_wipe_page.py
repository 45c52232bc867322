"""The page that takes what came from Xero out of the CRM: shown, typed, done and brought back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.stories.sync.people import invoice
from tests.web.test_connections_page import PAGE, browser_of, said, send
from tests.world import World, connected_world

NAME = "Empty Trading Ltd"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two customers came from Xero; somebody billed one of them."""
    with connected_world(tmp_path) as made:
        for number in range(2):
            made.sandbox.add("Contacts", {"Name": f"Newcomer {number}"})
        made.sync()
        ids = {one.values["accountname"]: one.ref.id for one in made.host.all("Organizations")}
        invoice(made, "I1", ids["Newcomer 1"])
        made.sync()
        yield made


def there(world: World) -> list[str]:
    """The customers of the CRM."""
    found = [one for one in world.host.all("Organizations") if not one.deleted]
    return sorted(str(one.values["accountname"]) for one in found)


def press(world: World, browser: FlaskClient, name: str, page: TestResponse) -> TestResponse:
    """Type a name on a page that was looked at, and press the button."""
    seen = re.search(r'name="seen" value="(\w+)"', page.text)
    world.wait()
    one = world.xt.connections.get().id
    return send(browser, f"/{one}/wipe", name=name, seen=seen[1] if seen else "")


@pytest.mark.feature("F038")
def test_it_is_looked_at_typed_done_and_brought_back(world: World) -> None:
    """The file is handed out; what stays is named with its reason."""
    browser, one = browser_of(world), world.xt.connections.get().id
    world.wait()
    page = browser.get(f"{PAGE}/{one}/wipe")
    wrong = press(world, browser, "Another", page)
    kept = there(world)
    done = press(world, browser, NAME, page)

    assert "Organizations 1 1" in said(page)
    assert "Newcomer 1: Records of Invoices that stay name it, so it stays." in said(page)
    assert (422, ["Newcomer 0", "Newcomer 1"]) == (wrong.status_code, kept)
    assert "1 record is deleted in the CRM" in said(done)
    assert ["Newcomer 1"] == there(world)
    (file,) = re.findall(r'href="([^"]*/exports/[^"]*)"', done.text)
    assert "Newcomer 0" == json.loads(browser.get(file).data)["records"][0]["name"]

    run = world.xt.wipe.before()[0].run_id
    back = [said(send(browser, f"/{one}/wipe/back", run=run)) for _ in range(2)]

    assert "It is in the CRM again" in back[0]
    assert "This is back already." in back[1]
    assert ["Newcomer 0", "Newcomer 1"] == there(world)


def test_it_goes_and_comes_back_in_the_background(world: World) -> None:
    """The page says how far it is, and looks again; nothing is planned anew meanwhile."""
    browser, one = browser_of(world), world.xt.connections.get().id
    world.wait()
    world.xt.tick()
    asked = press(world, browser, NAME, browser.get(f"{PAGE}/{one}/wipe"))
    kept = there(world)
    world.xt.tick()
    done = browser.get(f"{PAGE}/{one}/wipe")
    send(browser, f"/{one}/wipe/back", run=world.xt.wipe.before()[0].run_id)
    world.xt.tick()

    assert "Take what came from Empty Trading Ltd out of the CRM It begins within" in said(asked)
    assert (["Newcomer 0", "Newcomer 1"], "2") == (kept, asked.headers["Refresh"])
    assert 'name="seen"' not in asked.text
    assert "1 record is deleted in the CRM; no sync brings it back." in said(done)
    assert ["Newcomer 0", "Newcomer 1"] == there(world)


def test_what_changed_since_it_was_looked_at_is_shown_anew(world: World) -> None:
    """Pressed twice, or after another record came: nothing goes that nobody saw."""
    browser, one = browser_of(world), world.xt.connections.get().id
    world.wait()
    page = browser.get(f"{PAGE}/{one}/wipe")
    world.sandbox.add("Contacts", {"Name": "Newcomer 2"})
    world.sync()
    late = press(world, browser, NAME, page)

    assert (422, 3) == (late.status_code, len(there(world)))
    assert "has changed since it was looked at" in said(late)
    assert "Organizations 2 1" in said(late)


def test_only_administrators_see_it_and_its_files(world: World) -> None:
    """Nor is a file handed out of another folder or connection."""
    one = world.xt.connections.get().id
    world.wait()
    file = world.xt.wipe.run(NAME, "a test").file.name
    reader = browser_of(world, may_read=lambda: True)
    own = browser_of(world)

    assert [403, 403] == [
        reader.get(f"{PAGE}/{one}/{rest}").status_code for rest in ("wipe", f"exports/{file}")
    ]
    assert [404, 404, 200] == [
        own.get(f"{PAGE}/{rest}").status_code
        for rest in (f"{one}/exports/xtiger.db", f"other/exports/{file}", f"{one}/exports/{file}")
    ]
