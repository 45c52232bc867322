"""The page of extensions on the real module manager: upload, switch, remove, refuse."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from tests.extensions.making import Making
from tests.world import World, make_world
from xtiger import __version__
from xtiger.web import blueprint

OWN = {"Sec-Fetch-Site": "same-origin"}
LOYALTY = Making()
CARDS = Making(name="Cards", label="Cards", package="loyalty_cards", requires=("XTiger", "Loyalty"))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(sys, "path", [*sys.path])
    with make_world(tmp_path) as made:
        made.connect()
        yield made
    for name in [name for name in sys.modules if name.startswith("loyalty_")]:
        del sys.modules[name]


@pytest.fixture
def browser(world: World) -> FlaskClient:
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    # A CRM's own small limit must not stop an upload.
    app.config["MAX_CONTENT_LENGTH"] = 1_000
    app.register_blueprint(blueprint(world.xt, may_configure=lambda: True))
    return app.test_client()


def own_zip(version: str) -> Making:
    """XTiger's own zip of a version; its wheel is verified by its hash alone."""
    return Making(name="XTiger", label="XTiger", package="xtiger", version=version, requires=())


def upload(browser: FlaskClient, folder: Path, *makings: Making, on: bool = True) -> str:
    """Send the zips as the form does; returns what the page says."""
    files = [(io.BytesIO(one.write(folder).read_bytes()), f"{one.name}.zip") for one in makings]
    data: dict[str, object] = {"zips": files} | ({"enable": "1"} if on else {})
    answer = browser.post("/xt/extensions", data=data, headers=OWN, follow_redirects=True)
    assert 200 == answer.status_code
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def states(world: World) -> dict[str, str]:
    """Name → state of those that this file brings."""
    found = {one.name: one.state for one in world.xt.extensions.states()}
    return {name: found.get(name, "") for name in ("Loyalty", "Cards")}


def press(browser: FlaskClient, name: str, **form: str) -> str:
    """Press a button of an extension; returns the page."""
    answer = browser.post(f"/xt/extensions/{name}", data=form, headers=OWN, follow_redirects=True)
    return answer.text


def test_several_zips_at_once_are_on(browser: FlaskClient, world: World, tmp_path: Path) -> None:
    """XTiger's own of this version counts as there; one that needs another may come first."""
    page = upload(browser, tmp_path, own_zip(__version__), CARDS, LOYALTY)

    assert "Verified and installed: XTiger" in page
    assert {"Loyalty": "enabled", "Cards": "enabled"} == states(world)


def test_unticked_they_stay_off(browser: FlaskClient, world: World, tmp_path: Path) -> None:
    """Then on, off and removed by their buttons; removing asks for a tick first."""
    upload(browser, tmp_path, LOYALTY, on=False)
    seen = [states(world)["Loyalty"]]
    for form in ({"do": "on"}, {"do": "off"}, {"do": "remove"}, {"do": "remove", "sure": "1"}):
        press(browser, "Loyalty", **form)
        seen.append(states(world)["Loyalty"])

    assert ["installed", "enabled", "disabled", "disabled", "removed"] == seen


def test_one_bad_zip_stops_all(browser: FlaskClient, world: World, tmp_path: Path) -> None:
    """What cannot be verified is named, and nothing of the others is unpacked."""
    page = upload(browser, tmp_path, LOYALTY, Making(name="Cards", api=("2.0", "3.0")))

    assert "it needs interface 2.0 up to 3.0" in page
    assert {"Loyalty": "", "Cards": ""} == states(world)


def test_another_release_of_xtiger_says_what_to_do(
    browser: FlaskClient, world: World, tmp_path: Path
) -> None:
    """No process replaces the library that it runs; no command is named."""
    page = upload(browser, tmp_path, own_zip("99.0.0"), LOYALTY)

    assert "Ask your administrator to install that version and to restart the CRM." in page
    assert "" == states(world)["Loyalty"]


def test_what_is_needed_is_not_switched_off(
    browser: FlaskClient, world: World, tmp_path: Path
) -> None:
    """The reason stands on the page, without a command."""
    upload(browser, tmp_path, LOYALTY, CARDS)
    page = press(browser, "Loyalty", do="off")

    assert "Cards is on and needs it" in page
    assert "xtiger extensions" not in page
    assert "enabled" == states(world)["Loyalty"]


def test_nothing_chosen_and_unknown_buttons(browser: FlaskClient) -> None:
    """A sentence for an empty form, no page for a button that there is not."""
    page = browser.post("/xt/extensions", data={}, headers=OWN).text
    codes = [
        browser.post(f"/xt/extensions/{name}", data={"do": do}, headers=OWN).status_code
        for name, do in (("XTLog", "explode"), ("Nobody", "on"))
    ]

    assert "Choose one or more zips" in page
    assert [404, 404] == codes
