"""An administrator with a browser on the page of connections, on a telephone and on a desk."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import flask
import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from tests.browser.chromium import follow, visit
from tests.services.test_routing import NORTH, SOUTH, two
from tests.stories.sync.people import organisation
from tests.world import World
from xtiger.rules.routing import Rule
from xtiger.web import blueprint

__all__ = ["two"]

pytestmark = pytest.mark.slow

_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@contextmanager
def served(world: World) -> Iterator[str]:
    """The address of a CRM whose user is an administrator."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(world.xt, may_configure=lambda: True, user=lambda: "Mele"))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()


def press(page: Page, label: str) -> None:
    """Press a button or link by its words; the page after it is no wider than the screen."""
    button = page.get_by_role("button", name=label)
    follow(page, button.or_(page.get_by_role("link", name=label)).first)
    assert 0 == page.evaluate(_WIDER)


@pytest.mark.parametrize("width", [390, 1440])
def test_routes_are_set_and_a_connection_begins_anew(
    browser: Browser, two: World, width: int
) -> None:
    """A rule is added and taken away, the default chosen; a name that is wrong forgets nothing."""
    organisation(two, "Kea Books")
    two.wait()
    two.xt.sync.run(("Organizations",), NORTH)
    south, north = two.xt.connections.get(SOUTH).id, two.xt.connections.get(NORTH).id
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    with served(two) as address:
        visit(page, f"{address}/xt/connections")
        page.get_by_label("Field").select_option("Invoices|branch")
        page.get_by_label("Value").fill("South")
        page.get_by_label("Organisation", exact=True).select_option(south)
        press(page, "Add the rule")
        added = two.xt.routing.routes().rules
        press(page, "Take away")
        page.get_by_label("Invoices and payments that no rule fits go to").select_option(south)
        press(page, "Save Invoices and payments that no rule fits go to")
        press(page, f"Begin anew… {NORTH}")
        page.get_by_label(f"Type {NORTH} to confirm").fill(SOUTH)
        press(page, f"Forget the links {NORTH}")
        wrong = page.get_by_text("This is another name. Nothing was done.").is_visible()
        kept = sum(two.xt.connections.remembered(north).links.values())
        page.get_by_label(f"Type {NORTH} to confirm").fill(NORTH)
        press(page, f"Forget the links {NORTH}")
        said = page.locator(".xt-said").inner_text()
    context.close()

    assert (Rule("Invoices", "branch", "South", south),) == added
    assert ((), south) == (two.xt.routing.routes().rules, two.xt.routing.routes().default)
    assert (True, f"{kept} links are forgotten.") == (wrong, said)
    assert {} == two.xt.connections.remembered(north).links
