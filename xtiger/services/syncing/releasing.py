"""The brake at work: it stops a run before its first write, and lets a released plan go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, NoReturn, Protocol

from xtiger.engine.apply.executor import Executor
from xtiger.engine.cycle.kind_parts import sent_kind
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import NothingToRelease, TooManyChanges
from xtiger.hookspecs import Hold
from xtiger.model import setting_keys
from xtiger.model.asked_sync import Direction
from xtiger.model.brakes import Brake, BrakedPlan, BrakedState
from xtiger.model.plans import Cause, Item, Plan
from xtiger.model.runs import Outcome, Run, Trigger
from xtiger.ports import Clock
from xtiger.ports.store import BrakeStore, RunStore, SettingStore
from xtiger.rules.braking import STREAMS, digest, looked_at, may_brake, touches, weigh
from xtiger.rules.causes import cause_of

#: What queued changes of so long count together.
WINDOW = timedelta(hours=1)
#: The trigger of a run that carries out a released plan.
RELEASE: Final = "release"


def _too_many(brake: Brake, run: Run) -> Cause:
    return cause_of(
        "too_many_changes",
        share=brake.share,
        module=brake.module,
        limit=brake.limit,
        run=run.id,
    )


def _braked(run: Run, plan: Plan, records: Sequence[str], brakes: Sequence[Brake]) -> BrakedPlan:
    return BrakedPlan(
        run.id,
        run.connection_id,
        plan.made_at,
        plan.modules,
        tuple(records),
        tuple(brakes),
        looked_at(plan.items),
    )


class ReleaseStore(BrakeStore, RunStore, SettingStore, Protocol):
    """What keeps plans that wait, the runs that they stopped, and what else was released."""


@dataclass(frozen=True, slots=True)
class Releasing:
    """Weighs plans, keeps those that wait, and hands out the one that a person released."""

    store: ReleaseStore
    clock: Clock

    def brakes(self, bench: Workbench, plan: Plan, trigger: Trigger) -> tuple[Brake, ...]:
        """The modules of which this plan would change too much; empty when it may go.

        What a person released by typing the organisation's name is not weighed.
        """
        if trigger == "wipe":
            return ()
        settings = {scope.name: scope.settings for scope in bench.scopes}
        in_stream = trigger in STREAMS and any(touches(item) for item in plan.items)
        if not in_stream and not may_brake(plan.items, settings):
            return ()
        connection_id = bench.connection_id
        released = self.store.braked_plans(connection_id, "released")
        since = self.clock.now() - WINDOW
        if in_stream:
            done = self.store.braked_plans(connection_id, "released", "done", limit=1)
            since = max([since, *(one.released_at for one in done if one.released_at)])
        return weigh(
            plan.items,
            settings,
            self.store.linked_counts(connection_id),
            self.store.changed_since(connection_id, since, STREAMS) if in_stream else {},
            frozenset().union(*(one.digests for one in released)),
            frozenset(self.store.setting(setting_keys.approving_released(connection_id)) or ()),
        )

    def stop(
        self,
        bench: Workbench,
        run: Run,
        plan: Plan,
        records: Sequence[str],
        brakes: Sequence[Brake],
        outcomes: list[Outcome],
    ) -> NoReturn:
        """Book the run as held and keep its plan; raises TooManyChanges.

        A plan that waits already is not kept twice, and its records are not booked again.
        """
        first = brakes[0]
        made = _braked(run, plan, records, brakes)
        waiting = self.store.braked_plans(run.connection_id, "waiting")
        same = next((one for one in waiting if one.digests == made.digests), None)
        error = TooManyChanges(
            same.run_id if same else run.id,
            first.module,
            changes=first.changes,
            linked=first.linked,
            limit=first.limit,
        )
        if same is not None:
            now, calls = self.clock.now(), bench.xero.calls
            again = replace(run, state="held", finished_at=now, calls=calls, error=str(error))
            self.store.save_run(again)
            raise error
        self._keep(made, waiting)
        if bench.direction:
            self.store.save_setting(setting_keys.stopped_one_way(run.id), bench.direction)
        Executor(bench, run, sent_kind, outcomes).hold(plan, _too_many(first, run), str(error))
        raise error

    def direction_of(self, braked: BrakedPlan) -> Direction:
        """The way that the stopped run was to go; "" for both."""
        return self.store.setting(setting_keys.stopped_one_way(braked.run_id)) or ""

    def _keep(self, made: BrakedPlan, waiting: Sequence[BrakedPlan]) -> None:
        """Let a plan wait in place of those that waited before."""
        with self.store.transaction():
            for one in waiting:
                self.store.save_braked_plan(replace(one, state="replaced"))
            self.store.save_braked_plan(made)

    @contextmanager
    def restricted(self, bench: Workbench, braked: BrakedPlan | None) -> Iterator[None]:
        """Let a run write only what stands in this plan; without one it writes everything."""
        before = bench.before_push
        if braked is not None:
            bench.before_push = _only(braked.digests, before)
        try:
            yield
        finally:
            bench.before_push = before

    def ended(self, run: Run) -> None:
        """Close what a finished run has carried out, or what it found to be no longer needed."""
        if run.state != "done" or run.trigger in STREAMS:
            return
        for one in self.store.braked_plans(run.connection_id, "waiting", "released"):
            if set(one.modules) <= set(run.modules):
                state: BrakedState = "done" if one.state == "released" else "replaced"
                self.store.save_braked_plan(replace(one, state=state))

    def waiting(self, connection_ids: Sequence[str]) -> list[BrakedPlan]:
        """The plans of these connections that wait for a person."""
        return [
            plan
            for connection_id in connection_ids
            for plan in self.store.braked_plans(connection_id, "waiting")
        ]

    def released(self, connection_ids: Sequence[str], run_id: str, by: str) -> BrakedPlan:
        """Mark the plan of this run (or the start of its id) as released by a person.

        Raises NothingToRelease, naming what waits. One that was released but not carried out
        yet is handed out again.
        """
        open_plans = [
            plan
            for connection_id in connection_ids
            for plan in self.store.braked_plans(connection_id, "waiting", "released")
        ]
        found = [plan for plan in open_plans if run_id and plan.run_id.startswith(run_id)]
        if len(found) != 1:
            waiting = [plan.run_id for plan in open_plans if plan.state == "waiting"]
            raise NothingToRelease(run_id, waiting)
        if found[0].state == "released":
            return found[0]
        done = replace(found[0], state="released", released_by=by, released_at=self.clock.now())
        self.store.save_braked_plan(done)
        return done


def _only(
    allowed: frozenset[str], before: Callable[[Item], Hold | None]
) -> Callable[[Item], Hold | None]:
    """Hold back every action that nobody looked at; the rest as before."""

    def decide(item: Item) -> Hold | None:
        if digest(item) not in allowed:
            return Hold(cause_of("not_released"))
        return before(item)

    return decide
