"""`xtiger wipe` on a real library: a plan, the typed name, the file, and the way back."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.cli.test_undo import Undo, typed, world
from tests.world import World

__all__ = ["typed", "world"]
NAME = "Empty Trading Ltd"


def there(world: World) -> list[str]:
    """The customers of the CRM."""
    return [
        str(one.values["accountname"]) for one in world.host.all("Organizations") if not one.deleted
    ]


@pytest.mark.feature("F038")
def test_it_is_shown_typed_done_and_undone(
    world: World, typed: Undo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another name does nothing; the right one deletes, and says where it is and how it is back."""
    world.sandbox.add("Contacts", {"Name": "Newcomer"})
    world.sync()
    shown = typed("wipe", "--plan")
    planned = json.loads(typed("wipe", "Organizations", "--plan", "--json").out)
    monkeypatch.setattr("sys.stdin", io.StringIO("Another\n"))
    wrong = typed("wipe")
    before = there(world)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{NAME}\n"))
    file = tmp_path / "gone.json"
    done = typed("wipe", "--export", str(file))

    assert (0, True) == (shown.code, "Organizations" in shown.out)
    assert {"Organizations": {"go": 1, "stay": 0}} == planned["modules"]
    assert (3, ["Newcomer"]) == (wrong.code, before)
    assert (0, True) == (done.code, f"Type {NAME} to confirm" in done.out)
    assert "Newcomer" == json.loads(file.read_text())["records"][0]["name"]
    assert 0o600 == file.stat().st_mode & 0o777
    (run,) = [one for one in world.xt.sync.runs(5) if one.trigger == "wipe"]
    assert f"xtiger undo {run.id}" in done.out
    assert [] == there(world)

    assert 0 == typed("undo", run.id, "--yes").code
    assert ["Newcomer"] == there(world)


def test_a_script_gives_the_name(world: World, typed: Undo) -> None:
    """Nobody is asked; without it nothing is done."""
    world.sandbox.add("Contacts", {"Name": "Newcomer"})
    world.sync()
    refused = typed("wipe", "--json")
    kept = there(world)
    done = typed("wipe", "--name", NAME, "--json")

    assert (2, ["Newcomer"]) == (refused.code, kept)
    assert (1, []) == (json.loads(done.out)["removed"], there(world))
