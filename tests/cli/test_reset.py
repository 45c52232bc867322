"""`xtiger reset` on a real library: a plan, the typed name, the file, and the way back."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.cli.test_undo import Undo, typed, world
from tests.stories.sync.people import organisation
from tests.world import World

__all__ = ["typed", "world"]
NAME = "Empty Trading Ltd"


@pytest.mark.feature("F011")
def test_it_is_shown_typed_done_and_taken_back(
    world: World, typed: Undo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another name does nothing; with --json the name is given."""
    acme = organisation(world, "Acme")
    world.sync()
    there = world.xero_id("Organizations", acme)
    shown = typed("reset", "--plan")
    planned = json.loads(typed("reset", "--plan", "--json").out)
    refused = typed("reset", "--json").code
    monkeypatch.setattr("sys.stdin", io.StringIO("Another\n"))
    wrong = typed("reset").code
    kept = world.xero_id("Organizations", acme)
    file = tmp_path / "links.json"
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{NAME}\n"))
    done = typed("reset", "--export", str(file))
    gone = dict(world.xt.connections.remembered(world.xt.connections.get().id).links)
    back = typed("reset", "--undo", str(file))

    assert (0, True) == (shown.code, "1 link would be forgotten." in shown.out)
    assert {"Organizations": 1} == planned["links"]
    assert ([2, 3], there) == ([refused, wrong], kept)
    assert (0, True, {}) == (done.code, "1 link is forgotten." in done.out, gone)
    assert (0, True) == (back.code, "1 link is there again." in back.out)
    assert there == world.xero_id("Organizations", acme)
    assert 0 == world.actions()
