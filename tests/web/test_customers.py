"""The buttons of an invoice's panel in a browser: online address, sending, opening."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from tests.stories.sync.people import invoice, organisation
from tests.world import World, connected_world
from xtiger.panels import ONLINE_ACTION, OPENED_ACTION, SEND_ACTION
from xtiger.web import blueprint

OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected_world(tmp_path) as made:
        yield made


def _browser(world: World, *, may: bool) -> FlaskClient:
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(world.xt, may_use=lambda ref: ref is None or may))
    return app.test_client()


def _press(browser: FlaskClient, bill: str, action: str, target: str = "") -> str:
    place = f"/modules/XTiger/panel/Invoices/{bill}?target={target}"
    data = {"action": action, "next": f"/xt/record/Invoices/{bill}"}
    return browser.post(place, data=data, headers=OWN, follow_redirects=True).text


def _sent(world: World) -> int:
    return len([one for one in world.sandbox.calls() if one.path.endswith("/Email")])


@pytest.mark.feature("F153")
def test_the_buttons_ask_xero_and_say_what_came_of_it(world: World) -> None:
    """Of a form that is posted twice the second is none any more; a stranger may press nothing."""
    bill = invoice(world, "I1", organisation(world, "Acme", email1="a@b.example"))
    world.sync()
    browser = _browser(world, may=True)

    assert "The customer opens it at https://in.xero.com/" in _press(browser, bill, ONLINE_ACTION)
    assert "1,000 e-mails a day" in _press(browser, bill, SEND_ACTION, "0")
    assert "It was sent already" in _press(browser, bill, SEND_ACTION, "0")
    assert 1 == _sent(world)
    assert "proves nothing" in _press(browser, bill, OPENED_ACTION)
    stranger = _browser(world, may=False)
    forbidden = stranger.post(
        f"/modules/XTiger/panel/Invoices/{bill}?target=1", data={"action": SEND_ACTION}, headers=OWN
    )
    assert (403, 1) == (forbidden.status_code, _sent(world))
