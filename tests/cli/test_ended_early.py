"""A sync that the CRM's adapter stops in the middle: what was done, and how it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.sync.people import organisation, product
from tests.stories.sync.test_first_link import item
from tests.world import World, connected_world
from xtiger.cli.root import run
from xtiger.hosts.memory import MemoryHost


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected_world(tmp_path) as made:
        yield made


def test_it_says_what_was_done_and_the_next_sync_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two organisations and a product arrived; the adapter breaks as Xero's item comes in."""
    for name in ("Acme", "Bolt"):
        organisation(world, name)
    product(world, "P1")
    item(world, "X1", Name="From Xero")
    world.wait()
    monkeypatch.setattr(world.xt, "close", lambda: None)
    environment = {
        "XTIGER_HOME": str(world.xt.settings.home),
        "XTIGER_SAFE_MODE": "1",
        "XTIGER_HOST": "tests.web.stand_in:StandInHost",
    }

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no room in the table")

    with monkeypatch.context() as patch:
        patch.setattr(MemoryHost, "save", broken)
        code = run(["sync"], environment, lambda _host, _settings: world.xt)
    said = capsys.readouterr().err

    assert 5 == code
    assert "calls. 3 created, " in said
    assert (
        "What is done stays, and nothing is sent twice. Go on with the rest: xtiger sync\n" in said
    )
    assert "Where xtiger host check finds nothing, xtiger --debug sync shows the place" in said
    world.wait(1_000)
    assert 0 == run(["sync"], environment, lambda _host, _settings: world.xt)
    assert (2, 2, 0) == (len(world.xero("Contacts")), len(world.xero("Items")), world.actions())
