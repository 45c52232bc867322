"""All that keeps a run from writing: its first days, the brake, an undo, and a second person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from xtiger.engine.workbench.workbench import Workbench
from xtiger.model.brakes import BrakedPlan
from xtiger.model.plans import Plan
from xtiger.model.runs import Outcome, Run
from xtiger.model.undo.images import UndoRequest
from xtiger.services.releases.gate import gate
from xtiger.services.syncing.first_sync import FirstSync
from xtiger.services.syncing.releasing import Releasing
from xtiger.services.syncing.undoing import held


@contextmanager
def limited(
    releasing: Releasing,
    bench: Workbench,
    run: Run,
    plan: Plan,
    outcomes: list[Outcome],
    released: BrakedPlan | None,
    undoing: UndoRequest | None,
) -> Iterator[None]:
    """Let the run write only what may be written now; what a person undoes is held first."""
    first_sync = FirstSync(bench.store).restricted
    first = held(bench, plan, run, outcomes) if undoing else first_sync(bench, plan)
    large = gate(bench, run, plan, outcomes, undoes=undoing is not None)
    with releasing.restricted(bench, released), first, large:
        yield
