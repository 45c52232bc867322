"""The work per record stays the same however many records there are, counted and not timed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.engine.growing import Cost, GrownHttp, grew, grown
from tests.world import World
from xtiger.engine.pending import pending_crm

ALL = ("Contacts", "Items", "Invoices", "Payments")
Step = Callable[[World, GrownHttp], object]


def _pull(world: World, http: GrownHttp) -> object:
    run = world.xt.sync(())
    made = {results["created"] for results in run.counts.values() if results}
    assert {max(map(len, http.whole.values()))} == made
    return run


def _edited(world: World, http: GrownHttp) -> object:
    http.edit(b"Work ", b"Labour ")
    world.wait()
    run = world.xt.sync(())
    assert len(http.whole["Invoices"]) == run.counts["Invoices"]["updated"]
    return run


def _afresh(world: World, http: GrownHttp) -> object:
    http.changed = {}
    world.wait()
    return world.xt.plan((), full=True)


def _proof(world: World, _http: GrownHttp) -> object:
    world.wait()
    return world.xt.reconcile()


#: In this order: each goes on from what the one before left.
STEPS: dict[str, Step] = {
    "first pull": _pull, "edited in Xero": _edited, "plan afresh": _afresh, "reconcile": _proof,
}  # fmt: skip


def _costs(
    home: Path, size: int, plurals: tuple[str, ...], steps: dict[str, Step]
) -> dict[str, Counter[str]]:
    """Step → how often each function is called in it."""
    with grown(home, size, plurals) as (world, http):
        cost = Cost(world)
        return {name: cost.of(partial(step, world, http)) for name, step in steps.items()}


def _growing(
    home: Path, sizes: tuple[int, int], plurals: tuple[str, ...], steps: dict[str, Step]
) -> dict[str, dict[str, float]]:
    """Step → what it does more often for each record among many than among few."""
    few, many = (_costs(home / str(size), size, plurals, steps) for size in sizes)
    found = {name: grew(few[name], many[name], sizes) for name in steps}
    return {name: more for name, more in found.items() if more}


def test_no_step_looks_at_all_records_for_each(tmp_path: Path) -> None:
    """Pull from empty, edits, plan and proof: each record costs the same among 40 and among 200."""
    assert {} == _growing(tmp_path, (40, 200), ALL, STEPS)


def _look_ups(home: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a first pull of so many asks for a stand-in, and what the database does."""
    asked: Counter[str] = Counter()

    def counted(kind: str, xero_id: str) -> str:
        asked["stand-in"] += 1
        return pending_crm(kind, xero_id)

    with (
        monkeypatch.context() as patch,
        grown(home / str(size), size, ("Contacts", "Invoices")) as (world, http),
    ):
        patch.setattr("xtiger.engine.pending.pending_crm", counted)
        found = Cost(world).of(partial(_pull, world, http), functions=False)
        return asked + found


@pytest.mark.slow
def test_a_first_pull_of_5000_costs_as_much_for_each_as_one_of_500(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Contacts and their invoices, from empty: as many look-ups and steps of SQLite per record."""
    few, many = (_look_ups(tmp_path, size, monkeypatch) for size in (500, 5_000))

    assert {} == grew(few, many, (500, 5_000))
