"""The work per record stays the same however many records there are, counted and not timed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest

from tests.stories.sync.growing import Cost, GrownHttp, grew, grown
from tests.stories.sync.people import invoice, line, organisation, payment
from tests.world import World, make_world
from xtiger.engine.workbench.placeholder_ids import pending_crm
from xtiger.model.records import Record, XeroRef

#: Records of each kind in a first pull; 5,000 in `make soak`.
MANY = int(os.environ.get("XTIGER_GROWN", "1500"))
ALL = ("Contacts", "Items", "Invoices", "Payments")
Step = Callable[[World, GrownHttp], object]


def _pull(world: World, http: GrownHttp) -> object:
    run = world.xt.sync.run(())
    made = {results["created"] for results in run.counts.values() if results}
    assert {max(map(len, http.whole.values()))} == made
    return run


def _edited(world: World, http: GrownHttp) -> object:
    http.edit(b"Work ", b"Labour ")
    world.wait()
    run = world.xt.sync.run(())
    assert len(http.whole["Invoices"]) == run.counts["Invoices"]["updated"]
    return run


def _afresh(world: World, http: GrownHttp) -> object:
    http.changed = {}
    world.wait()
    return world.xt.sync.plan((), full=True)


def _proof(world: World, _http: GrownHttp) -> object:
    world.wait()
    return world.xt.proof.reconcile()


#: In this order: each goes on from what the one before left.
STEPS: dict[str, Step] = {
    "first pull": _pull,
    "edited in Xero": _edited,
    "plan afresh": _afresh,
    "reconcile": _proof,
}


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

    def counted(ref: XeroRef) -> str:
        asked["stand-in"] += 1
        return pending_crm(ref)

    with (
        monkeypatch.context() as patch,
        grown(home / str(size), size, ("Contacts", "Invoices")) as (world, http),
    ):
        patch.setattr("xtiger.engine.workbench.placeholder_ids.pending_crm", counted)
        found = Cost(world).of(partial(_pull, world, http), functions=False)
        return asked + found


@pytest.mark.slow
def test_a_first_pull_of_many_costs_as_much_for_each_as_one_of_a_tenth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Contacts and their invoices, from empty: as many look-ups and steps of SQLite per record."""
    few, many = (_look_ups(tmp_path, size, monkeypatch) for size in (MANY // 10, MANY))

    assert {} == grew(few, many, (MANY // 10, MANY))


def _reads_of_payments_entered_anew(home: Path, count: int) -> float:
    """Reads of the CRM per payment, where so many equal ones were deleted and entered again."""
    home.mkdir()
    with make_world(home) as world:
        world.connect()
        world.default_account()
        owner = organisation(world, "Kea Ltd")
        bill = invoice(world, "INV-1", owner, [line("1000")])
        first = [payment(world, bill) for _ in range(count)]
        world.sync()
        for crm_id in first:
            world.host.delete("Payments", [crm_id])
        for _ in range(count):
            payment(world, bill)
        asked: list[int] = []
        real = world.host.get

        def get(module: str, ids: Sequence[str]) -> Mapping[str, Record]:
            asked.append(len(ids))
            return real(module, ids)

        world.host.get = get  # type: ignore[method-assign]  # it is counted
        world.plan()
        return len(asked) / count


def test_payments_entered_anew_cost_the_same_each(tmp_path: Path) -> None:
    """Whose CRM record was deleted is asked for all at once, not for each other one."""
    few, many = (_reads_of_payments_entered_anew(tmp_path / str(n), n) for n in (5, 20))

    assert many <= few
