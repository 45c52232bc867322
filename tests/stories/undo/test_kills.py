"""An undo that is killed after Xero wrote and before that is booked goes on, and loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.sync.people import organisation
from tests.world import World, connected_world
from xtiger.engine.apply.push import Pusher
from xtiger.engine.apply.removals import XeroRemover


class Killed(BaseException):
    """Ends a process amid a run."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world whose deletes travel: a contact that is gone in Xero would leave the CRM, too."""
    with connected_world(tmp_path) as made:
        made.settings("Organizations", delete_in_crm=True, delete_in_xero=True)
        yield made


@pytest.mark.parametrize(("place", "created"), [(XeroRemover, True), (Pusher, False)])
def test_a_killed_undo_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, *, place: type, created: bool
) -> None:
    """Its records are held from before the first write; the same undo once more finishes it."""
    acme = organisation(world, "Acme")
    run = world.sync()
    if not created:
        world.host.edit("Organizations", acme, accountname="Acme Ltd")
        run = world.sync()

    def killed(*_: object) -> None:
        raise Killed

    world.wait()
    with monkeypatch.context() as patch:
        patch.setattr(place, "_settle", killed)
        with pytest.raises(Killed):
            world.xt.undo.run([run.id], "a test")
    world.sync()
    world.wait()
    world.xt.undo.run([run.id], "a test")
    world.sync()

    expected = ("Acme", "ARCHIVED") if created else ("Acme", "ACTIVE")
    now = world.in_xero("Organizations", acme)
    assert expected == (now["Name"], now["ContactStatus"])
    assert ("Acme" if created else "Acme Ltd") == world.in_crm("Organizations", acme, "accountname")
    assert "undone" == getattr(world.outcome("Organizations", acme).cause, "code", "")
    assert (0, 1) == (world.actions(), len(world.xt.undo.holds()))
