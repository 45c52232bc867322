"""What is kept of credit that was set against an invoice, so that undo can take it off again."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from xtiger.engine.workbench.workbench import Workbench
from xtiger.model.calls import Batch
from xtiger.model.undo.allocated import Allocated
from xtiger.model.undo.images import Image
from xtiger.model.values import as_decimal

#: How the path of a call ends that sets credit against invoices.
PATH = "/Allocations"


def keep_allocated(bench: Workbench, batch: Batch, answered: Mapping[str, Any]) -> None:
    """Keep an allocation of a record's own note as written by the run of its batch.

    `answered` is the allocation as Xero has it. Call it in the transaction that closes the batch.
    """
    intent = batch.intents[0]
    link = bench.store.links_by_crm(bench.connection_id, intent.module, [intent.crm_id or ""]).get(
        intent.crm_id or ""
    )
    note_id = str(intent.xero_id)
    if link is None:
        return
    invoice_id = str(intent.payload["Invoice"]["InvoiceID"])
    notes = bench.store.shadows(bench.connection_id, "xero", intent.kind, [note_id])
    invoices = bench.store.shadows(bench.connection_id, "xero", "Invoice", [invoice_id])
    name = next((one.payload.get("CreditNoteNumber") for one in notes.values()), None)
    number = next((one.payload.get("InvoiceNumber") for one in invoices.values()), None)
    made = Allocated(
        credit_id=note_id,
        invoice_id=invoice_id,
        invoice=str(number or ""),
        amount=as_decimal(intent.payload["Amount"]) or Decimal(0),
        allocation_id=str(answered.get("AllocationID") or ""),
    )
    image = Image(
        connection_id=bench.connection_id,
        run_id=batch.run_id,
        module=intent.module,
        kind=intent.kind,
        crm_id=link.crm_id,
        xero_id=note_id,
        name=str(name or ""),
        did="changed",
        link_id=link.id,
        allocated=(made,),
        at=bench.clock.now(),
    )
    bench.store.add_images([image])


def keep_arrived_allocation(bench: Workbench, batch: Batch) -> None:
    """Keep what a run set against an invoice before it died, where its note has it by now.

    A note that was made for a difference is finished, and kept, by the next run.
    """
    if not batch.path.endswith(PATH) or batch.intents[0].crm_id is None:
        return
    intent = batch.intents[0]
    note_id, invoice_id = str(intent.xero_id), intent.payload["Invoice"]["InvoiceID"]
    seen = bench.store.shadows(bench.connection_id, "xero", intent.kind, [note_id])
    used = [one for shadow in seen.values() for one in shadow.payload.get("Allocations") or ()]
    mine = [one for one in used if (one.get("Invoice") or {}).get("InvoiceID") == invoice_id]
    if len(mine) == 1 and as_decimal(mine[0].get("Amount")) == as_decimal(intent.payload["Amount"]):
        keep_allocated(bench, batch, mine[0])
