"""Code of an extension that is not enabled: a sync never carries it out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.world import World
from xtiger.app import XTiger

PLUGIN = """
from pathlib import Path
from xtiger.hookspecs import ExtensionInfo
Path({ran!r}).touch()
EXTENSION = ExtensionInfo("Guest", "Guest", "guest_of_sync")
"""


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A guest that pip installed; the file is there once its code has run."""
    package, about = tmp_path / "guest_of_sync", tmp_path / "guest_of_sync-1.0.dist-info"
    package.mkdir()
    about.mkdir()
    ran = tmp_path / "ran"
    (package / "__init__.py").touch()
    (package / "plugin.py").write_text(PLUGIN.format(ran=str(ran)))
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: guest-of-sync\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[xtiger.extensions]\nguest = guest_of_sync.plugin\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("guest_of_sync", "guest_of_sync.plugin"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return ran


def test_a_sync_imports_what_is_enabled_only(world: World, ran: Path) -> None:
    """Opened and synced without it; listing the extensions is what imports it."""
    xt = XTiger(world.host, world.xt.settings, world.clock)
    xt.sync.run()
    before = ran.exists()
    listed = [state.name for state in xt.extensions.states()]
    xt.close()

    assert (False, True, True) == (before, ran.exists(), "Guest" in listed)


def test_what_another_process_enabled_is_taken_in(world: World, ran: Path) -> None:
    """A worker that runs on imports it with the next hook that it calls."""
    xt = XTiger(world.host, world.xt.settings, world.clock)
    world.xt.extensions.enable("Guest")
    ran.unlink()
    sys.modules.pop("guest_of_sync.plugin")
    world.wait(5)
    xt.sync.run()
    xt.close()

    assert ran.exists()
