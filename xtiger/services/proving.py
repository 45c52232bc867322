"""The proof as a run of its own: kept, told to extensions and shown beside the syncs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xtiger.model.plans import AGREED, DIFFERS, PROOF
from xtiger.model.runs import Run
from xtiger.rules.reconciliation import Reconciliation, pairs_apart
from xtiger.services.sync import silent

if TYPE_CHECKING:
    from datetime import datetime

    from xtiger.model.connections import Connection
    from xtiger.services.sync import Syncing


def prove(syncing: Syncing, connection: Connection, modules: Sequence[str]) -> Run:
    """Compare both sides afresh and book what came of it; raises what reconcile() raises."""
    started = syncing.clock.now()
    found = syncing.reconcile(connection, modules, None, silent)
    run = run_of(found, syncing.clock.new_id(), started, syncing.clock.now())
    syncing.store.save_run(run)
    syncing.finished(connection, run)
    return run


def run_of(found: Reconciliation, run_id: str, started: datetime, now: datetime) -> Run:
    """A proof as a run: per module how many pairs agree, and how many differences there are."""
    counts: dict[str, dict[str, int]] = {}
    for one in found.modules:
        own = [d for d in found.differences if d.module == one.module]
        agreed = one.crm.linked - len(pairs_apart(own))
        counts[one.module] = {AGREED: agreed, DIFFERS: len(own)}
    return Run(
        id=run_id,
        connection_id=found.connection_id,
        modules=tuple(counts),
        started_at=started,
        trigger=PROOF,
        finished_at=now,
        state=AGREED if found.agrees else DIFFERS,
        calls=found.calls,
        counts=counts,
        error=_said(found),
    )


def _said(found: Reconciliation) -> str:
    number = len(found.differences)
    if found.agrees:
        return ""
    if not number:
        return "The sums differ, though no single record does."
    return f"{number} difference{'' if number == 1 else 's'} between the CRM and Xero."
