"""The log holds what people began and what was scheduled, what went well and what did not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.commands import commands_on
from tests.stories.sync.people import organisation
from tests.web.test_modules_page import OWN, browser_of
from tests.world import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Connected, with log and queue, and saves that wait for a sync."""
    with make_world(tmp_path) as made:
        made.connect()
        for name in ("XTLog", "XTQueue"):
            made.xt.extensions.enable(name)
        made.settings("Organizations", on_save=False)
        yield made


def _refuse(world: World) -> None:
    """Xero refuses the next contact."""
    world.sandbox.fault("refused_element", path="/api.xro/2.0/Contacts", method="PUT", element=0)


def _pressed(world: World, name: str) -> None:
    """Somebody presses Sync now for what was just entered."""
    organisation(world, name)
    world.wait()
    form = {"do": "run", "module": "Organizations"}
    browser_of(world).post("/xt/plan", data=form, headers=OWN, follow_redirects=True)


def _scheduled(world: World, name: str) -> None:
    """What was entered goes with the schedule."""
    organisation(world, name)
    world.wait(16 * 60)
    world.xt.tick()


@pytest.mark.feature("F087")
def test_instant_and_scheduled_runs_are_logged_with_what_failed(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two of each, one of each refused: the page and the command have all four, newest first."""
    typed = commands_on(world, monkeypatch, capsys)

    _pressed(world, "Kea")
    _refuse(world)
    _pressed(world, "Moa")
    assert 0 == typed("queue", "schedule", "set", "Organizations", "15m").code
    world.xt.tick()
    _scheduled(world, "Tui")
    _refuse(world)
    _scheduled(world, "Weka")
    page = unescape(re.sub(r"<[^>]+>", " ", browser_of(world).get("/xt/log").text))
    rows = typed("log", "--json").json["entries"]
    made = [
        (row["trigger"], row["started_by"], row["record"], row["result"])
        for row in rows
        if row["action"] == "create"
    ]

    assert [
        ("schedule", "", "Weka", "failed"),
        ("schedule", "", "Tui", "created"),
        ("person", "web", "Moa", "failed"),
        ("person", "web", "Kea", "created"),
    ] == made
    assert all(name in page for name in ("Kea", "Moa", "Tui", "Weka"))
    assert "Xero refused it" in page
