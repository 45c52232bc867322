"""The follow-up of a run that changed payments or rates in Xero: invoices changed there with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from xtiger.engine.apply.booking import FOLLOWED
from xtiger.engine.apply.executor import Executor
from xtiger.engine.cycle.kind_parts import planned_kind, sent_kind
from xtiger.engine.observe.both_sides import read_xero
from xtiger.engine.plan.planner import Planner
from xtiger.engine.workbench.scope import Scope, make_scopes
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import RunBusy, XTigerError
from xtiger.model.links import DirtyKey
from xtiger.model.plans import Plan
from xtiger.model.runs import Outcome, Run
from xtiger.rules.kinds import nature, paid_by

#: The trigger of such a run.
FOLLOW_UP: Final = "follow-up"
_DONE = ("created", "updated", "removed")


def follow_up(bench: Workbench, run: Run, outcomes: Sequence[Outcome]) -> Run | None:
    """Carry what the payments and credits of this run changed, and the rates that Xero gave.

    None when nothing did. One call after payments: the feed of the invoices; after credits that of
    the credit notes, too. It is a run of its
    own, with its own outcomes; what stops it is booked there and never spoils the run before.
    """
    paid = any(nature(o.kind).pays and o.result in _DONE and o.flow != "to_crm" for o in outcomes)
    dirty = bench.store.dirty(bench.connection_id, "xero", "Invoice")
    again = any(key.reason in FOLLOWED for key in dirty)
    paid = paid or bool(bench.set_against)
    scopes = _invoices(bench) if paid or again else ()
    if not scopes:
        return None
    bench = replace(bench, scopes=scopes)
    names = tuple(scope.name for scope in scopes)
    second = Run(
        id=bench.clock.new_id(),
        connection_id=run.connection_id,
        modules=names,
        started_at=bench.clock.now(),
        trigger=FOLLOW_UP,
    )
    bench.store.save_run(second)
    try:
        done = Executor(bench, second, sent_kind).apply(_plan(bench, paid=paid))
    except RunBusy:
        return None  # another run has taken over, and closes this one's row
    except XTigerError as error:
        stored = next(r for r in bench.store.runs([run.connection_id], 5) if r.id == second.id)
        done = replace(
            stored,
            state="stopped",
            error=stored.error or str(error),
            finished_at=bench.clock.now(),
            calls=bench.xero.calls,
        )
    done = replace(done, calls=done.calls - run.calls)
    bench.store.save_run(done)
    return done


def _invoices(bench: Workbench) -> tuple[Scope, ...]:
    """The enabled modules of invoices that have a mapping, whatever the run itself was for."""
    described = {module.name for module in bench.host.modules()}
    found: list[Scope] = []
    for sync in bench.offered:
        if not paid_by(sync.kind) or sync.name not in described:
            continue
        settings = bench.store.module_settings(bench.connection_id, sync.name)
        if settings.enabled and bench.store.mapping(bench.connection_id, sync.name) is not None:
            found += make_scopes(
                bench.store,
                bench.host,
                bench.connection_id,
                bench.offered,
                [sync.name],
                bench.mark,
            )
    return tuple(found)


def _plan(bench: Workbench, *, paid: bool) -> Plan:
    """The plan of the invoices that changed in Xero; what stood before stands as it was."""
    before = {(key.id, key.generation) for key in _dirty(bench) if key.reason not in FOLLOWED}
    if paid:
        read_xero(bench, "Invoice")
    if bench.set_against:
        read_xero(bench, "CreditNote")
    changed = {(key.id, key.generation) for key in _dirty(bench)} - before
    plan = Planner(bench, planned_kind).plan()
    items = tuple(
        item
        for item in plan.items
        if any(side == "xero" and (id_, gen) in changed for side, _, id_, gen in item.keys)
    )
    return replace(plan, items=items)


def _dirty(bench: Workbench) -> Sequence[DirtyKey]:
    kinds = dict.fromkeys(part.kind for scope in bench.scopes for part in scope.parts)
    found = (bench.store.dirty(bench.connection_id, "xero", kind) for kind in kinds)
    return [key for keys in found for key in keys]
