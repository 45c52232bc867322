"""Recovery at the start of a run: writes of a run that died are closed, never repeated blindly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from xtiger.engine.apply.allocations.kept import keep_arrived_allocation
from xtiger.engine.apply.crm_creates import creates_key, finish_creates
from xtiger.engine.apply.payment_push import link_payments
from xtiger.engine.apply.removals import finish_crm_removals, finish_removals, removals_key
from xtiger.engine.apply.sent import keep_arrived
from xtiger.engine.apply.written import changes_key, finish_changes
from xtiger.engine.observe.person_lists import found_person
from xtiger.engine.pair.ours import made_by
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import AnswerUnknown
from xtiger.model.calls import Batch, Intent
from xtiger.model.links import Shadow
from xtiger.model.setting_keys import UnderWay
from xtiger.rules.kinds import nature

#: Xero ends a request of its own accord after a minute: until then it may still carry it out.
CARRIED_OUT_WITHIN = timedelta(seconds=65)


def open_batches(bench: Workbench) -> list[Batch]:
    """What an earlier run sent of the kinds of this one, and did not close.

    Raises AnswerUnknown while Xero may still be at one whose answer nobody waited for.
    """
    # What is not read now proves nothing: a run of its module closes the batch.
    read = {part.kind for scope in bench.scopes for part in scope.parts}
    found = [
        batch for batch in bench.store.unfinished_batches(bench.connection_id) if batch.kind in read
    ]
    for batch in found:
        if batch.state == "unknown" and batch.sent_at is not None:
            left = (batch.sent_at + CARRIED_OUT_WITHIN - bench.clock.now()).total_seconds()
            if left > 0:
                operation = f"{batch.method} {batch.path}"
                raise AnswerUnknown(operation, retry_after_seconds=left)
    return found


def writes_under_way(bench: Workbench) -> UnderWay:
    """What an earlier run announced for the CRM and did not close; one statement for all kinds."""
    if not bench.writes:
        return {}
    parts = [part for scope in bench.scopes for part in scope.parts]
    keys = (creates_key, changes_key, removals_key)
    return bench.store.settings([key(bench, part) for part in parts for key in keys])


def close_open_batches(bench: Workbench) -> int:
    """Finish what an earlier run left open on both sides; returns how many batches it closed.

    Call it after the feeds were read: what arrived in Xero is then known as shadows. A
    create is found by its natural key (ContactNumber, Code, InvoiceNumber) and linked
    here instead of sent again. Xero itself refuses a second one of each key. Of updates what Xero
    holds as it was sent is the base of the next comparison.
    """
    under_way = writes_under_way(bench)
    for scope in bench.scopes:
        for part in scope.parts:
            finish_creates(bench, part, under_way)
            finish_changes(bench, part, under_way)
            finish_crm_removals(bench, part, under_way)
    batches = open_batches(bench)
    for batch in batches:
        finish_removals(bench, batch)
        with bench.store.transaction():
            link_payments(bench, batch)
            keep_arrived(bench, batch, _Arrivals().find)
            keep_arrived_allocation(bench, batch)
            intents = tuple(replace(intent, state="unknown") for intent in batch.intents)
            bench.store.save_batch(replace(batch, state="done", intents=intents))
    return len(batches)


@dataclass(slots=True)
class _Arrivals:
    """The records of Xero that nobody is linked to, by the natural key of a create."""

    _free: dict[tuple[str, str], dict[str, list[Shadow]]] = field(default_factory=dict)

    def find(self, bench: Workbench, intent: Intent) -> Shadow | None:
        """The one record that this create made; None where that is not sure."""
        if nature(intent.kind).part_of:
            return found_person(bench, intent)
        name, value = intent.natural_key or ("", "")
        if not nature(intent.kind).natural_key or not value:
            return None
        free = self._of(bench, intent.kind, name).get(value, [])
        mine = [shadow for shadow in free if made_by(intent.kind, intent.payload, shadow.payload)]
        return mine[0] if len(mine) == 1 else None

    def _of(self, bench: Workbench, kind: str, name: str) -> Mapping[str, list[Shadow]]:
        if (kind, name) not in self._free:
            store, connection_id = bench.store, bench.connection_id
            taken = store.links_by_xero(connection_id, kind)
            found = self._free.setdefault((kind, name), {})
            for shadow in store.shadows(connection_id, "xero", kind).values():
                if shadow.id not in taken and not shadow.gone:
                    found.setdefault(str(shadow.payload.get(name)), []).append(shadow)
        return self._free[kind, name]
