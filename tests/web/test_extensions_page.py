"""The page of extensions on the real module manager: upload, switch, remove, refuse."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import flask
import pytest
from flask.testing import FlaskClient

from tests.extensions.making import Making
from tests.services.test_routing import SOUTH, two
from tests.world import World, make_world
from xtiger import __version__
from xtiger.extensions import core_update
from xtiger.extensions.core_update import Environment
from xtiger.i18n.failures import COMMANDS
from xtiger.model.records import Ref
from xtiger.web import blueprint

__all__ = ["two"]

OWN = {"Sec-Fetch-Site": "same-origin"}
LOYALTY = Making()
CARDS = Making(name="Cards", label="Cards", package="loyalty_cards", requires=("XTiger", "Loyalty"))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(sys, "path", [*sys.path])
    own = Environment("python", tmp_path, has_pip=True, is_managed=False)
    monkeypatch.setattr(Environment, "own", lambda: own)
    with make_world(tmp_path) as made:
        made.connect()
        yield made
    for name in [name for name in sys.modules if name.startswith("loyalty_")]:
        del sys.modules[name]


@pytest.fixture
def browser(world: World) -> FlaskClient:
    return browser_of(world)


def browser_of(world: World) -> FlaskClient:
    """The browser of an administrator."""
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


@pytest.mark.feature("F012")
def test_removing_says_that_records_stay(
    browser: FlaskClient, world: World, tmp_path: Path
) -> None:
    """Before the press and after it."""
    upload(browser, tmp_path, LOYALTY)
    said = "The records of the CRM and its own data stay as they are."
    before = browser.get("/xt/extensions").text
    after = press(browser, "Loyalty", do="remove", sure="1")

    assert said in before
    assert f"Loyalty is removed. {said}" in after
    assert "removed" == states(world)["Loyalty"]


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


class Pip:
    """Stands in for the process that pip runs in; remembers what it was given."""

    TimeoutExpired = subprocess.TimeoutExpired

    def __init__(self, code: int = 0, said: str = "") -> None:
        self.wheels: list[str] = []
        self.code, self.said = code, said

    def run(self, command: Sequence[str], **_options: object) -> SimpleNamespace:
        """The wheel is there while it runs."""
        assert Path(command[-1]).is_file()
        self.wheels.append(Path(command[-1]).name)
        return SimpleNamespace(returncode=self.code, stderr=self.said, stdout="")


def answered(browser: FlaskClient, asked: str, do: str) -> str:
    """Press Yes or No on the page that asks; returns the page after it."""
    token = re.search(r'name="token" value="(\w+)"', asked)
    assert token is not None
    data = {"token": token.group(1), "do": do}
    return browser.post("/xt/update", data=data, headers=OWN, follow_redirects=True).text


def raw(browser: FlaskClient, folder: Path, *makings: Making) -> str:
    """Send the zips as the form does; returns the page with its forms."""
    files = [(io.BytesIO(one.write(folder).read_bytes()), f"{one.name}.zip") for one in makings]
    return browser.post("/xt/extensions", data={"zips": files}, headers=OWN).text


def test_a_newer_xtiger_is_installed_by_pip_after_a_yes(
    browser: FlaskClient, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First what was verified is listed; a No installs nothing; a Yes runs pip once."""
    pip = Pip()
    monkeypatch.setattr(core_update, "subprocess", pip)
    asked = raw(browser, tmp_path, own_zip("99.0.0"))
    refused = answered(browser, asked, "no")
    before = [*pip.wheels]
    agreed = answered(browser, raw(browser, tmp_path, own_zip("99.0.0")), "yes")
    again = answered(browser, asked, "yes")

    assert "Install XTiger 99.0.0?" in asked
    assert "every file is the one that it describes" in asked
    assert not COMMANDS.search(re.sub(r"<[^>]*>", " ", asked))
    assert ("Nothing was installed." in refused, before) == (True, [])
    assert "Restart the CRM and its workers now" in agreed
    assert "These zips are not here any more." in again
    assert ["xtiger-99.0.0-py3-none-any.whl"] == pip.wheels


def test_all_zips_of_a_newer_release_go_together(
    browser: FlaskClient, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An extension that needs the newer XTiger is judged by it, and loaded by its next start."""
    monkeypatch.setattr(core_update, "subprocess", Pip())
    newer = Making(metadata=("Requires-Dist: xtiger~=99.0.0",))
    alone = upload(browser, tmp_path, newer)
    page = answered(browser, raw(browser, tmp_path, own_zip("99.0.0"), newer), "yes")
    state = next(one for one in world.xt.extensions.states() if one.name == "Loyalty")

    assert "it needs xtiger ~=99.0.0" in alone
    assert "Verified and installed: XTiger 99.0.0, Loyalty points 1.0.0." in page
    assert ("blocked", "~=99.0.0") == (state.state, state.needs_release)
    assert "loyalty_points" not in sys.modules


def test_what_pip_cannot_do_is_said(
    browser: FlaskClient, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what pip said, and nothing else of the zips is installed."""
    monkeypatch.setattr(core_update, "subprocess", Pip(1, "ERROR: no room\n"))
    asked = raw(browser, tmp_path, own_zip("99.0.0"), LOYALTY)
    page = answered(browser, asked, "yes")

    assert "pip could not install it: ERROR: no room." in unescape(page)
    assert "" == states(world)["Loyalty"]


def test_an_older_xtiger_is_refused(browser: FlaskClient, world: World, tmp_path: Path) -> None:
    """Nothing else of the zips is installed."""
    page = upload(browser, tmp_path, own_zip("0.0.1"), LOYALTY)

    assert f"the zip holds version 0.0.1 of it, and the newer {__version__} runs here" in page
    assert "" == states(world)["Loyalty"]


def test_an_extension_is_off_for_one_organisation(two: World) -> None:
    """Each organisation has a switch of its own; the other stays as it is."""
    browser, xt = browser_of(two), two.xt
    xt.extensions.enable("XTQueue")
    other = xt.connections.get(SOUTH)
    page = press(browser, "XTQueue", do="off", connection=other.id)
    found = [xt.extensions.enabled("XTQueue", one.id) for one in xt.connections.all()]
    stranger = browser.post(
        "/xt/extensions/XTQueue", data={"do": "off", "connection": "nosuch"}, headers=OWN
    )

    assert "For each organisation…" in page
    assert ([True, False], 404) == (found, stranger.status_code)


def test_data_is_exported_before_it_is_removed(browser: FlaskClient, world: World) -> None:
    """Only with the name typed; the file is there to download, and holds what there was."""
    world.xt.extensions.enable("XTQueue")
    own = world.host.create("Organizations", {"accountname": "Kea Books"})
    world.xt.panels.press("queue", [Ref("Organizations", own)])
    address = "/xt/extensions/XTQueue/purge"
    asked = browser.get(address).text
    only = browser.post(address, data={"do": "export"}, headers=OWN, follow_redirects=True)
    wrong = browser.post(address, data={"name": "XTLog"}, headers=OWN)
    before = {one.name: one.state for one in world.xt.extensions.states()}["XTQueue"]
    done = browser.post(address, data={"name": "xtqueue"}, headers=OWN, follow_redirects=True).text
    after = {one.name: one.state for one in world.xt.extensions.states()}["XTQueue"]
    names = re.findall(r'href="/xt/exports/([^"]+)"', done)
    files = [browser.get(f"/xt/exports/{name}") for name in names]

    assert "Remove XTQueue with all its data?" in asked
    assert only.headers["Content-Disposition"].startswith("attachment; filename=XTQueue-")
    assert (422, "enabled", "removed") == (wrong.status_code, before, after)
    assert (2, {"XTQueue"}) == (len(files), {one.get_json()["extension"] for one in files})
    assert all(any(one.get_json()["tables"].values()) for one in files)
    assert 404 == browser.get("/xt/exports/..%2Fxtiger.db").status_code
    assert 404 == browser.get("/xt/exports/secret.key").status_code


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


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [("de", "Cards ist an und braucht es"), ("fr", "Cards est activée et en a besoin")],
)
def test_a_refusal_is_said_in_the_language_of_the_page(
    browser: FlaskClient, world: World, tmp_path: Path, locale: str, sentence: str
) -> None:
    """With its names, and no command in any language."""
    upload(browser, tmp_path, LOYALTY, CARDS)
    object.__setattr__(world.xt.settings, "locale", locale)
    page = press(browser, "Loyalty", do="off")

    assert sentence in page
    assert not COMMANDS.search(re.sub(r"<[^>]*>", " ", page))
