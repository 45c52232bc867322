"""Recovery at the start of a run: writes of a run that died are closed, never repeated blindly."""

from __future__ import annotations

from dataclasses import replace

from xtiger.engine.bench import Workbench


def close_open_batches(bench: Workbench) -> int:
    """Close batches that an earlier run left open; answers how many.

    Call it after the feeds were read: what arrived in Xero is then known as shadows, and the
    planner finds it by its natural key (ContactNumber, Code, InvoiceNumber with Url) and links
    it instead of creating it again. Xero itself refuses a second one of each key.
    """
    batches = bench.store.unfinished_batches(bench.connection_id)
    for batch in batches:
        intents = tuple(replace(intent, state="unknown") for intent in batch.intents)
        bench.store.save_batch(replace(batch, state="done", intents=intents))
    return len(batches)
