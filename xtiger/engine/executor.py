"""The executor: carries out a plan, one module after the other, and books every outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from xtiger.engine.bench import Scope, Workbench, counted
from xtiger.engine.booking import Booking
from xtiger.engine.person_push import PersonPusher
from xtiger.engine.person_removals import delete_in_crm
from xtiger.engine.pull import Puller
from xtiger.engine.push import Pusher
from xtiger.errors import XTigerError
from xtiger.plans import Cause, Item, Outcome, Plan, Run


@dataclass(slots=True)
class Executor:
    """Applies one plan within one run; every item ends in exactly one outcome."""

    bench: Workbench
    run: Run
    outcomes: list[Outcome] = field(default_factory=list)

    def apply(self, plan: Plan) -> Run:
        """Carry out the plan; a stop (limit, lost connection) books the rest as held.

        Raises the error that stopped it after everything done is booked. A run whose outcomes
        do not add up to its items ends as failed.
        """
        booking = Booking(self.bench, self.run, self.outcomes)
        stop: XTigerError | None = None
        for scope in self.bench.scopes:
            for part in scope.parts:
                address = (part.name, part.kind)
                items = [item for item in plan.items if (item.module, item.kind) == address]
                if part is not scope and not items:
                    continue
                if stop is None:
                    stop = self._module(part, items, booking)
                else:
                    _stopped(booking, items, stop)
        finished = self._finished(plan, stop)
        self.bench.store.save_run(finished)
        if stop is not None:
            raise stop
        return finished

    def _finished(self, plan: Plan, stop: XTigerError | None) -> Run:
        state, error = ("stopped", str(stop)) if stop else ("done", "")
        if len(self.outcomes) != len(plan.items):
            state = "failed"
            error = (
                f"The run read {len(plan.items)} records and booked {len(self.outcomes)} outcomes. "
                "Report it; the next sync looks at the others again."
            )
        return replace(
            self.run, finished_at=self.bench.clock.now(), calls=self.bench.xero.calls,
            counts=counted(self.outcomes), state=state, error=error,
        )  # fmt: skip

    def _module(self, scope: Scope, items: Sequence[Item], booking: Booking) -> XTigerError | None:
        booking.settle_quiet([item for item in items if item.verb is None])
        makes = PersonPusher if scope.kind == "Person" else Pusher
        pusher, puller = makes(self.bench, scope, booking), Puller(self.bench, scope, booking)
        todo = [item for item in items if item.verb is not None]
        done_before = len(self.outcomes)
        try:
            pusher.held_back(todo)
            free = booking.unsettled(todo)
            pusher.push([item for item in free if item.to_xero])
            puller.pull([item for item in free if item.to_crm])
            deletes = [item for item in free if item.verb == "delete" and not item.to_xero]
            delete_in_crm(self.bench, scope, booking, deletes)
            free = booking.unsettled(free)
            booking.settle_links([item for item in free if not item.to_xero and not item.to_crm])
        except XTigerError as error:
            _stopped(booking, todo, error)
            return error
        finally:
            self.bench.progress(scope.name, len(self.outcomes) - done_before, len(todo))
        return None


def _stopped(booking: Booking, items: Sequence[Item], error: XTigerError) -> None:
    """Book what was not reached: actions are held, the rest ends as judged."""
    booking.settle_quiet([item for item in items if item.verb is None])
    cause = Cause("stopped_before", {"reason": error.code})
    left = booking.unsettled([item for item in items if item.verb is not None])
    with booking.together(left):
        for item in left:
            booking.stop(item, cause, "held")
