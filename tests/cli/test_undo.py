"""`xtiger undo` on a real library: a plan, the undo, the brake, and letting it go again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Ended
from tests.stories.sync.people import invoice, organisation
from tests.world import World, connected_world
from xtiger.cli.root import run

Undo = Callable[..., Ended]
#: More than the brake lets pass at once.
FIRMS = 12


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A connected world."""
    with connected_world(tmp_path) as made:
        yield made


@pytest.fixture
def typed(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Undo:
    """Run a command of `xtiger` on it."""
    # The command closes its library at the end; the test still looks at it.
    monkeypatch.setattr(world.xt, "close", lambda: None)
    environment = {
        "XTIGER_HOME": str(world.xt.settings.home),
        "XTIGER_SAFE_MODE": "1",
        "XTIGER_HOST": "tests.web.stand_in:StandInHost",
    }

    def call(*arguments: str) -> Ended:
        world.wait()
        code = run(arguments, environment, lambda _host, _settings: world.xt)
        output = capsys.readouterr()
        return Ended(code, output.out, output.err)

    return call


def test_a_run_is_shown_taken_back_and_let_go(world: World, typed: Undo) -> None:
    """What remains in Xero is named before anything is written."""
    acme = organisation(world, "Acme")
    invoice(world, "I1", acme)
    made = world.sync()

    shown = typed("undo", made.id, "--plan")
    planned = json.loads(typed("undo", made.id, "--plan", "--json").out)
    done = typed("undo", made.id, "--yes")

    assert (0, True) == (shown.code, "Archived in Xero" in " ".join(shown.out.split()))
    assert ["archive", "void"] == [one["verb"] for one in planned["actions"]]
    assert (0, True) == (done.code, "2 removed" in done.out)
    assert "ARCHIVED" == world.in_xero("Organizations", acme)["ContactStatus"]

    released = json.loads(typed("undo", "--release", "--json").out)

    assert {"released": 2} == released
    assert [] == world.xt.undo.holds()


def test_a_mistake_is_told(world: World, typed: Undo) -> None:
    """No run, an unknown one, two runs to release, and an undo that nobody was asked about."""
    organisation(world, "Acme")
    made = world.sync()

    found = [
        typed("undo").code,
        typed("undo", made.id, "--json").code,
        typed("undo", "nosuch", "--yes").code,
        typed("undo", "a", "b", "--release").code,
    ]

    assert [2, 2, 3, 2] == found
    assert {"ACTIVE"} == {one["ContactStatus"] for one in world.xero("Contacts")}


def test_the_brake_stops_it_and_its_release_carries_it_out(world: World, typed: Undo) -> None:
    """An undo that takes many records away waits for a person, as any run; then exactly it goes."""
    for number in range(FIRMS):
        organisation(world, f"Firm {number:02}")
    made = world.sync()

    braked = typed("undo", made.id, "--yes")
    (waiting,) = world.xt.sync.braked()
    before = world.xt.undo.holds(), {one["ContactStatus"] for one in world.xero("Contacts")}
    released = typed("sync", "--release", waiting.run_id)

    assert (3, ([], {"ACTIVE"})) == (braked.code, before)
    assert 0 == released.code
    assert {"ARCHIVED"} == {one["ContactStatus"] for one in world.xero("Contacts")}
    assert FIRMS == len(world.xt.undo.holds())
