"""The executor: carries out a plan, one module after the other, and books every outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from xtiger.engine.apply.allocations.freeing import Freer
from xtiger.engine.apply.booking import Booking
from xtiger.engine.apply.pull import Puller
from xtiger.engine.apply.push import Pusher
from xtiger.engine.apply.removals import Remover
from xtiger.engine.apply.sharing import share
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import ConnectionEnded, XTigerError
from xtiger.model.plans import REMOVALS, Cause, Item, Plan
from xtiger.model.runs import Outcome, Run, RunState
from xtiger.rules.causes import cause_of
from xtiger.rules.kinds import nature


@dataclass(frozen=True, slots=True)
class SentKind:
    """The two parts that a kind has of its own when a plan is carried out."""

    sender: type[Pusher] = Pusher
    remover: type[Remover] = Remover


@dataclass(slots=True)
class Executor:
    """Applies one plan within one run; every item ends in exactly one outcome."""

    bench: Workbench
    run: Run
    #: What sends and removes records of a kind.
    kinds: Callable[[str], SentKind]
    outcomes: list[Outcome] = field(default_factory=list)

    def apply(self, plan: Plan) -> Run:
        """Carry out the plan; a stop (limit, lost connection) books the rest as held.

        Raises the error that stopped it after everything done is booked. A run whose outcomes
        do not add up to its items ends as failed.
        """
        booking = Booking(self.bench, self.run, self.outcomes)
        stop: XTigerError | None = None
        todo = [
            (part, [i for i in plan.items if (i.module, i.kind) == (part.name, part.kind)])
            for scope in self.bench.scopes
            for part in scope.parts
        ]
        freeing = [item for item in plan.items if item.freed]
        stop = self._unless(stop, booking, freeing, partial(self._free, todo, booking))
        for part, items in todo:
            kept = [item for item in items if not _taken_away(item)]
            stop = self._unless(stop, booking, kept, partial(self._module, part, kept, booking))
        # Children first: a payment goes before its invoice, an invoice before its contact.
        for part, items in reversed(todo):
            gone = [item for item in items if _taken_away(item)]
            stop = self._unless(stop, booking, gone, partial(self._removals, part, gone, booking))
        finished = self._finished(plan, stop)
        self.bench.store.save_run(finished)
        if stop is not None:
            raise stop
        return finished

    def hold(self, plan: Plan, cause: Cause, error: str) -> Run:
        """Book the plan without carrying it out: each action is held, the rest ends as judged."""
        booking = Booking(self.bench, self.run, self.outcomes)
        for scope in self.bench.scopes:
            for part in scope.parts:
                items = [i for i in plan.items if (i.module, i.kind) == (part.name, part.kind)]
                _held(booking, items, cause)
        held = replace(self._finished(plan, None), state="held", error=error)
        self.bench.store.save_run(held)
        return held

    def _unless(
        self,
        stop: XTigerError | None,
        booking: Booking,
        items: Sequence[Item],
        carry_out: Callable[[], None],
    ) -> XTigerError | None:
        """Carry out one part unless the run was stopped; returns what stopped it."""
        if stop is None:
            try:
                carry_out()
                return None
            except XTigerError as error:
                stop = error
        _stopped(booking, items, stop)
        return stop

    def _finished(self, plan: Plan, stop: XTigerError | None) -> Run:
        state: RunState = "stopped" if stop else "done"
        error = str(stop) if stop else ""
        if len(self.outcomes) != len(plan.items):
            state = "failed"
            error = (
                f"The run read {len(plan.items)} records and booked {len(self.outcomes)} outcomes. "
                "Report it; the next sync looks at the others again."
            )
        return replace(
            self.run,
            finished_at=self.bench.clock.now(),
            calls=self.bench.xero.calls,
            counts=self.bench.counts(self.outcomes),
            state=state,
            error=error,
        )

    def _free(self, todo: Sequence[tuple[Scope, Sequence[Item]]], booking: Booking) -> None:
        """Take credit off invoices before anything of them, or of its note, is written."""
        for part, items in todo:
            freeing = [item for item in items if item.freed]
            Pusher(self.bench, part, booking).held_back(freeing)
            Freer(self.bench, booking).free(booking.unsettled(freeing))

    def _module(self, scope: Scope, items: Sequence[Item], booking: Booking) -> None:
        quiet = [item for item in items if item.verb is None]
        sharing = [item for item in quiet if item.shares is not None or item.heir is not None]
        booking.settle_quiet([item for item in quiet if item not in sharing])
        pusher = self.kinds(scope.kind).sender(self.bench, scope, booking)
        puller = Puller(self.bench, scope, booking)
        todo = booking.unsettled([item for item in items if item.verb is not None])
        done_before = len(self.outcomes)
        try:
            pusher.held_back(todo)
            free = booking.unsettled(todo)
            pusher.push([item for item in free if _is_sent(item)])
            puller.pull([item for item in free if item.to_crm])
            booking.settle_links(
                [i for i in booking.unsettled(free) if not (_is_sent(i) or i.to_crm)]
            )
            share(self.bench, booking, sharing)
        finally:
            self.bench.progress(scope.name, len(self.outcomes) - done_before, len(todo))

    def _removals(self, scope: Scope, items: Sequence[Item], booking: Booking) -> None:
        """Everything that a run takes away passes here, where a brake can look at all of it."""
        items = booking.unsettled(items)
        Pusher(self.bench, scope, booking).held_back(items)
        remover = self.kinds(scope.kind).remover(self.bench, scope, booking)
        remover.remove(booking.unsettled(items))


def _is_sent(item: Item) -> bool:
    """Whether something of it goes to Xero."""
    return bool(item.to_xero or item.allocation or item.credit)


def _taken_away(item: Item) -> bool:
    """Whether a record goes away on a side.

    Persons leave Xero with the list that is sent without them; what is only marked as cancelled
    in the CRM stays there.
    """
    on_a_list = bool(nature(item.kind).part_of) and item.to_xero is not None
    leaves = item.to_xero is not None or not item.to_crm
    return item.verb in REMOVALS and not on_a_list and leaves


def _stopped(booking: Booking, items: Sequence[Item], error: XTigerError) -> None:
    """Book what was not reached: actions are held, the rest ends as judged."""
    if isinstance(error, ConnectionEnded):
        _held(booking, items, cause_of("reconnect_needed"))
    else:
        _held(booking, items, cause_of("stopped_before", reason=error.code))


def _held(booking: Booking, items: Sequence[Item], cause: Cause) -> None:
    booking.settle_quiet(booking.unsettled([item for item in items if item.verb is None]))
    left = booking.unsettled([item for item in items if item.verb is not None])
    with booking.together(left):
        for item in left:
            if item.result == "conflict" and item.cause is not None:
                # Its question can be answered, whatever keeps the rest of it back.
                both = Cause.of_all((*item.cause.each(), cause))
                booking.stop(replace(item, agreed=frozenset()), both, "conflict")
            else:
                booking.stop(item, cause, "held")
