"""Naming what is taken back or released: it is one, it is found, and many take few statements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.stories.sync.people import invoice, organisation, payment, product
from tests.world import World, connected_world
from xtiger.engine.apply.removals import CrmRemover
from xtiger.errors import UndoRefused
from xtiger.model.runs import Run


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A connected world without a brake."""
    with connected_world(tmp_path) as made:
        for module in ("Organizations", "Contacts", "Products", "Invoices", "Payments"):
            made.settings(module, brake_share=100)
        yield made


def undo(world: World, *runs: str) -> None:
    """Undo after a pause, and check what holds for every run."""
    world.wait()
    world.xt.undo.run(runs, "a test")
    world.check()


def status(world: World, kind: str) -> list[str]:
    """The statuses of a kind in the sandbox, sorted."""
    return sorted(str(one.get("ContactStatus") or one.get("Status")) for one in world.xero(kind))


def test_what_a_broken_off_undo_did_not_delete_is_not_made_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Released in place of being finished: the CRM has its record once."""
    world.sandbox.add("Contacts", {"Name": "Newcomer"})
    run = world.sync()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    world.wait()
    with monkeypatch.context() as patch:
        patch.setattr(CrmRemover, "remove", killed)
        with pytest.raises(KeyboardInterrupt):
            world.xt.undo.run([run.id], "a test")
    assert 1 == world.xt.undo.release()
    world.sync()
    world.sync()

    assert 1 == len(world.host.all("Organizations"))
    assert 0 == world.actions()


def test_a_run_is_named_so_that_it_is_one(world: World) -> None:
    """The beginning that every run has takes none of them back."""
    organisation(world, "Acme")
    run = world.sync()
    organisation(world, "Bell")
    world.sync()

    with pytest.raises(UndoRefused, match="Several runs begin with"):
        world.xt.undo.run([run.id[:8]], "a test")
    with pytest.raises(UndoRefused, match="nothing to take back"):
        world.xt.undo.run([""], "a test")

    assert ["ACTIVE", "ACTIVE"] == status(world, "Contacts")


def test_a_record_is_named_so_that_it_is_one(world: World) -> None:
    """Each module of a CRM has a record 1: which is meant is asked, and of holds, too."""
    acme = organisation(world, "Acme")
    thing = product(world, "P1", sales_account="200")
    run = world.sync()
    assert acme == thing

    with pytest.raises(UndoRefused, match="Organizations, Products"):
        world.xt.undo.run([run.id], "a test", record=acme)
    undo(world, run.id)
    with pytest.raises(UndoRefused, match="Use it with its module"):
        world.xt.undo.release(record=acme)

    assert (1, 0) == (
        world.xt.undo.release(module="Products", record=thing),
        world.xt.undo.release(module="Organizations", record=[]),
    )
    assert ["Organizations"] == [hold.module for hold in world.xt.undo.holds()]


def test_an_old_run_is_found_however_many_came_after_it(world: World) -> None:
    """Every ten minutes one: a week has a thousand."""
    organisation(world, "Acme")
    run = world.sync()
    with world.xt.store.transaction():
        for _ in range(1_001):
            idle = Run(world.clock.new_id(), run.connection_id, (), world.clock.now())
            world.xt.store.save_run(idle)

    undo(world, run.id)

    assert ["ARCHIVED"] == status(world, "Contacts")


def test_an_undo_that_was_followed_up_is_taken_back(world: World) -> None:
    """The invoice after its payment was read again: that is no other run that it is mixed with."""
    billed = invoice(world, "I1", organisation(world, "Acme"))
    payment(world, billed, "4")
    run = world.sync()
    world.wait()
    undone = world.xt.undo.run([run.id], "a test", module="Payments")
    assert "follow-up" == world.xt.sync.runs(1)[0].trigger

    undo(world, undone.id)

    assert ["AUTHORISED", "DELETED"] == status(world, "Payments")


def test_a_release_of_many_takes_few_statements(world: World) -> None:
    """As many for forty records as for four."""
    counts = []
    for number in (4, 40):
        made = [organisation(world, f"Firm {number} {one}") for one in range(number)]
        undo(world, world.sync().id)
        assert {*made} <= {hold.crm_id for hold in world.xt.undo.holds()}
        counts.append(_statements(world))

    assert counts[1] <= counts[0] + 3


def _statements(world: World) -> int:
    seen: list[str] = []
    engine = world.xt.store.engine

    def note(_c: object, _cu: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        world.xt.undo.release()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)
