"""Recovery at the start of a run: writes of a run that died are closed, never repeated blindly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from xtiger.engine.bench import Workbench
from xtiger.engine.made import finish_creates
from xtiger.engine.remaking import link_payments
from xtiger.engine.remover import finish_crm_removals, finish_removals
from xtiger.links import Link, Shadow
from xtiger.plans import Batch, Intent


def close_open_batches(bench: Workbench) -> int:
    """Finish what an earlier run left open on both sides; answers how many batches it closed.

    Call it after the feeds were read: what arrived in Xero is then known as shadows, and the
    planner finds it by its natural key (ContactNumber, Code, InvoiceNumber with Url) and links
    it instead of creating it again. Xero itself refuses a second one of each key. An invoice of
    a CRM that gives no address is known by its intent alone, and linked here.
    """
    for scope in bench.scopes:
        for part in scope.parts:
            finish_creates(bench, part)
            finish_crm_removals(bench, part)
    # What was not read now proves nothing: a run of its module closes the batch.
    read = {part.kind for scope in bench.scopes for part in scope.parts}
    batches = [
        batch for batch in bench.store.unfinished_batches(bench.connection_id) if batch.kind in read
    ]
    for batch in batches:
        finish_removals(bench, batch)
        with bench.store.transaction():
            _link_invoices(bench, batch)
            link_payments(bench, batch)
            intents = tuple(replace(intent, state="unknown") for intent in batch.intents)
            bench.store.save_batch(replace(batch, state="done", intents=intents))
    return len(batches)


def _link_invoices(bench: Workbench, batch: Batch) -> None:
    """Link the invoices of this batch that arrived though no address in them proves it."""
    mine = [
        intent for intent in batch.intents
        if intent.verb == "create" and intent.crm_id and not intent.payload.get("Url")
    ]  # fmt: skip
    if batch.kind != "Invoice" or not mine:
        return
    store, connection_id = bench.store, bench.connection_id
    taken = store.links_by_xero(connection_id, batch.kind)
    by_number: dict[str, list[Shadow]] = {}
    for shadow in store.shadows(connection_id, "xero", batch.kind).values():
        by_number.setdefault(str(shadow.payload.get("InvoiceNumber")), []).append(shadow)
    for intent in mine:
        own = store.links_by_crm(connection_id, intent.module, [intent.crm_id or ""])
        found = [
            shadow for shadow in by_number.get(str(intent.payload.get("InvoiceNumber")), ())
            if shadow.id not in taken and _is_ours(intent, shadow.payload)
        ]  # fmt: skip
        if not own and len(found) == 1:
            store.add_link(Link(
                connection_id, batch.kind, found[0].id, intent.module, intent.crm_id or "",
                created_at=bench.clock.now(),
            ))  # fmt: skip


def _is_ours(intent: Intent, there: Mapping[str, Any]) -> bool:
    """Whether an invoice of our number has our contact and reference, too."""
    sent = intent.payload
    contact = (there.get("Contact") or {}).get("ContactID")
    same_contact = contact == (sent.get("Contact") or {}).get("ContactID")
    return same_contact and (there.get("Reference") or "") == (sent.get("Reference") or "")
