"""`xtiger route` on a real library with two connected organisations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Ended
from tests.services.test_routing import NORTH, SOUTH, connect
from tests.world import World, make_world
from xtiger.cli.root import run

Route = Callable[..., Ended]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two organisations of one CRM."""
    with make_world(tmp_path, seed="demo") as found:
        connect(found, NORTH)
        connect(found, SOUTH)
        yield found


@pytest.fixture
def route(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Route]:
    """Run `xtiger route …` on it."""
    # The command closes its library at the end; the test still looks at it.
    monkeypatch.setattr(world.xt, "close", lambda: None)
    environment = {
        "XTIGER_HOME": str(world.xt.settings.home),
        "XTIGER_SAFE_MODE": "1",
        "XTIGER_HOST": "tests.web.stand_in:StandInHost",
    }

    def call(*arguments: str) -> Ended:
        code = run(("route", *arguments), environment, lambda _host, _settings: world.xt)
        output = capsys.readouterr()
        return Ended(code, output.out, output.err)

    yield call
    monkeypatch.undo()


def test_at_first_there_is_no_rule(route: Route) -> None:
    """Invoices are held, and the oldest connection is the master."""
    out = route("show").out

    assert "Default: none: invoices that no rule fits are held" in out
    assert "New customers and items come from: the oldest connection" in out


def test_rules_are_set_shown_and_dropped(route: Route) -> None:
    """In plain words and as JSON."""
    said = route("set", "invoices", "subject = Boat", SOUTH).out
    route("default", NORTH)
    route("master", SOUTH)
    shown = route("show").out.splitlines()
    as_json = route("show", "--json").json["routes"][0]
    dropped = route("drop", "Invoices").out

    assert f"Invoices with subject = Boat go to {SOUTH}. The next sync looks at all again." == (
        said.strip()
    )
    assert [
        f"Invoices  subject = Boat  →  {SOUTH}",
        f"Default: {NORTH}",
        f"New customers and items come from: {SOUTH}",
    ] == shown
    assert (SOUTH, "Boat") == (as_json["rules"][0]["connection"], as_json["rules"][0]["value"])
    assert "1 rule taken away." == dropped.strip()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("set", "Invoices", "subject", NORTH), 2, "FIELD=VALUE"),
        (("set", "Invoices", "colour=red", NORTH), 3, "no field 'colour'"),
        (("set", "Cars", "a=b", NORTH), 3, "Cars"),
        (("default", "Nobody"), 3, "no connection 'Nobody'"),
        (("drop", "Invoices"), 3, "has no rule"),
    ],
)
def test_mistakes_are_told(route: Route, arguments: tuple[str, ...], code: int, said: str) -> None:
    """At once, with what to write."""
    found = route(*arguments)

    assert (code, True) == (found.code, said in found.err)
