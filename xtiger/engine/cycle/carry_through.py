"""The order of one run: both sides are read, a plan is made, and an early end is booked."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import replace

from xtiger.engine.apply.recovery import close_open_batches, open_batches
from xtiger.engine.cycle.received_money import note_received
from xtiger.engine.cycle.rereading import plan_rereading
from xtiger.engine.observe.both_sides import observe, read_outbox, read_settings
from xtiger.engine.observe.crm_taxes import coming_taxes
from xtiger.engine.pair.selection import filter_of
from xtiger.engine.plan.parents import with_parents
from xtiger.engine.workbench.limits import Limits, Wanted
from xtiger.engine.workbench.workbench import Workbench, counted
from xtiger.errors import NeedsPerson, RetryLater, XTigerError
from xtiger.model.plans import Plan
from xtiger.model.records import Ref
from xtiger.model.runs import Outcome, Run, RunState
from xtiger.ports import Clock
from xtiger.ports.interrupts import Interrupted
from xtiger.ports.store import RunStore


def check_converters(bench: Workbench) -> None:
    """Raise NeedsPerson for a mapping row whose converter left with its extension."""
    for scope in bench.scopes:
        for row in scope.rows:
            name = row.row.converter
            if name and name not in bench.converters:
                raise NeedsPerson(
                    f"The mapping of {scope.name} uses the converter {name} for {row.label}, and "
                    "no enabled extension brings it. Enable its extension, or save the mapping "
                    "without it. See: xtiger extensions list"
                )


def check_filters(bench: Workbench) -> None:
    """Raise SettingInvalid for a filter whose field is gone from the CRM, before anything goes."""
    for scope in bench.scopes:
        filter_of(bench, scope)


def plan_changes(bench: Workbench, *, full: bool) -> Plan:
    """Read what changed on both sides, or with `full` all of them, and plan it."""
    open_batches(bench)  # sooner than anything is asked
    observe(bench, full=full)
    close_open_batches(bench)
    # Rates write in the CRM: what goes to Xero alone is judged by those that it has.
    bench.taxes_coming = () if bench.direction == "to_xero" else coming_taxes(bench)
    note_received(bench)
    limits: Limits = {scope.name: None for scope in bench.scopes}
    plan = plan_rereading(bench, with_parents(bench, limits))
    return replace(plan, taxes=bench.taxes_coming)


def plan_records(bench: Workbench, module: str, ids: Sequence[str], *, asked: bool = False) -> Plan:
    """Plan these and their missing parents; where a person asked, refused ones go again."""
    if open_batches(bench):
        # What was sent and is not known to have arrived is looked up before anything goes.
        observe(bench, full=False)
        close_open_batches(bench)
    read_settings(bench)
    read_outbox(bench)
    bench.store.mark(bench.connection_id, "crm", module, ids, "person", bench.clock.now())
    note_received(bench)
    limits = with_parents(bench, {module: Wanted(crm=tuple(ids))})
    if asked:
        bench.asked = frozenset(
            Ref(name, one) for name, wanted in limits.items() for one in (wanted or Wanted()).crm
        )
    return plan_rereading(bench, limits)


def book_failure(
    store: RunStore,
    clock: Clock,
    run: Run,
    error: BaseException,
    outcomes: Sequence[Outcome],
    calls: int,
) -> Run:
    """Book a run that ended early, unless the executor has booked it already."""
    stored = next((r for r in store.runs([run.connection_id], 5) if r.id == run.id), run)
    if stored.finished_at is not None:
        return stored
    # What a later run takes up again was stopped, as in the middle of its writes.
    state: RunState = "stopped" if isinstance(error, RetryLater | KeyboardInterrupt) else "failed"
    ended = replace(run, counts=counted(outcomes))
    return book_early_end(store, clock, ended, _sentence(error), calls, state)


def book_early_end(
    store: RunStore, clock: Clock, run: Run, said: str, calls: int = 0, state: RunState = "failed"
) -> Run:
    """Book that a run ended before its plan did, with the sentence that says why."""
    ended = replace(run, state=state, finished_at=clock.now(), error=said, calls=calls or run.calls)
    store.save_run(ended)
    return ended


def _sentence(error: BaseException) -> str:
    """What a run's row says of the error that ended it."""
    if isinstance(error, Interrupted) and error.number != signal.SIGINT:
        return f"its process was asked to end ({signal.Signals(error.number).name})"
    if isinstance(error, KeyboardInterrupt):
        return "it was stopped by hand"
    if isinstance(error, XTigerError):
        return str(error)
    # Not the text of a foreign error: it may quote the data of a record.
    return f"a mistake in XTiger ({type(error).__name__})"
