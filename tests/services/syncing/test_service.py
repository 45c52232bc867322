"""The service: chosen on any face, with what it needs, and seen to run by what looks."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.commands import commands_on
from tests.web.test_modules_page import OWN, browser_of
from tests.world import World, make_world
from xtiger.errors import SettingInvalid
from xtiger.model.starting.service import ServiceState
from xtiger.services.syncing.service import set_up
from xtiger.services.worker import worker_of

Typed = Callable[..., str]
NAMES = ("process", "cron", "worker")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Connected, and nothing has looked at what is due yet."""
    with make_world(tmp_path) as made:
        made.connect()
        yield made


@pytest.fixture
def typed(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Typed:
    """Type a command on the library of the world; returns what it says."""
    commands = commands_on(world, monkeypatch, capsys)

    def call(*arguments: str) -> str:
        said = commands(*arguments)
        assert 0 == said.code
        return said.out

    return call


def _section(world: World) -> str:
    """What the page Connections says of the service."""
    page = browser_of(world).get("/xt/connections").text
    part = page[page.index('id="xt-service"') : page.index('id="xt-webhooks"')]
    return " ".join(unescape(re.sub("<[^>]*>", " ", part)).split())


@pytest.mark.feature("F015")
def test_cron_is_chosen_and_runs_once_its_line_is_there(world: World, typed: Typed) -> None:
    """The command shows the line; what it calls makes it run, and the choice is kept."""
    before = (world.xt.service.state(), typed("service"))
    chosen = typed("service", "set", "cron")
    (line,) = (one.strip() for one in chosen.splitlines() if one.strip().startswith("*"))
    idle = browser_of(world).get("/xt/").text
    typed(*line.split(" xtiger ")[1].split())
    after = json.loads(typed("service", "--json"))
    world.clock.sleep(3600)
    later = typed("service")

    assert ServiceState() == before[0]
    assert "Nothing is chosen yet. Choose one of: process, cron, worker" in before[1]
    assert line == f"* * * * * xtiger --home {world.xt.settings.home} tick"
    assert "Chosen to work in the background is cron, once a minute" in unescape(idle)
    assert ("cron", "cron", True) == (after["chosen"], after["last"], after["is_running"])
    assert "It does not run: the last look was 1 hr ago." in later
    assert line in later


@pytest.mark.feature("F015")
@pytest.mark.parametrize("name", NAMES)
def test_each_is_chosen_on_the_page_which_says_what_it_needs(world: World, name: str) -> None:
    """The choice is kept with who made it; a word that is none is refused."""
    browser = browser_of(world)
    form = {"service": name}

    saved = browser.post("/xt/connections/service", data=form, headers=OWN).status_code
    wrong = browser.post("/xt/connections/service", data={"service": "x"}, headers=OWN)
    state = world.xt.service.state()

    assert (303, 400) == (saved, wrong.status_code)
    assert (name, "web", world.clock.now()) == (state.chosen, state.by, state.at)
    assert (True, "") == (state.is_missing, state.last)
    assert "Nothing has worked in the background yet." in _section(world)
    assert "by web" in _section(world)


@pytest.mark.feature("F015")
def test_what_looks_is_named(world: World) -> None:
    """A thread of the CRM, a worker of its own, a timer: each is known when it looked last."""
    worker = worker_of(world.xt)
    worker.round()
    own = world.xt.service.state().last
    world.wait(61)
    worker.start()
    until = time.monotonic() + 20
    while world.xt.service.state().last != "process" and time.monotonic() < until:
        time.sleep(0.05)
    worker.stop()
    thread = world.xt.service.state()
    world.wait(61)
    world.xt.tick()

    assert ("worker", "process") == (own, thread.last)
    assert thread.is_running
    assert "It runs: the last look was" in _section(world)
    assert "by cron, once a minute." in _section(world)


def test_a_reader_and_a_wrong_name_choose_nothing(world: World) -> None:
    """Only an administrator chooses, and only one of the three."""
    reader = browser_of(world, administrator=False)
    world.xt.service.choose("worker", "a test")

    refused = reader.post("/xt/connections/service", data={"service": "cron"}, headers=OWN)
    with pytest.raises(SettingInvalid, match="Choose one of: process, cron, worker"):
        world.xt.service.choose("celery", "a test")

    assert (403, "worker") == (refused.status_code, world.xt.service.state().chosen)
    assert "Save the service" not in reader.get("/xt/connections").text
    assert "Who runs the CRM starts it beside the CRM" in reader.get("/xt/connections").text


def test_the_lines_that_set_it_up_name_home_and_host(world: World) -> None:
    """They can be copied as they are."""
    settings = world.xt.settings
    home = f"--home {settings.home}"

    assert "worker_of(xt).start()" == set_up("process", settings)[-1]
    assert f"* * * * * xtiger {home} tick" == set_up("cron", settings)[0]
    assert f"ExecStart=/usr/bin/env xtiger {home} worker" == set_up("worker", settings)[1]
