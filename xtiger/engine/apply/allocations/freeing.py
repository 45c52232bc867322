"""Taking credit off invoices again: each allocation is deleted by a call of its own, once.

The note says whether it is gone: it is read where no answer came, or Xero does not know it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xtiger.engine.apply.batches import under_way
from xtiger.engine.apply.booking import Booking
from xtiger.engine.apply.removals import XeroRemover
from xtiger.engine.observe.both_sides import save_elements
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import AnswerUnknown, XeroRejected
from xtiger.model.calls import Batch, Intent
from xtiger.model.customers.credited import Credited
from xtiger.model.plans import Item
from xtiger.model.setting_keys import credit_of_invoice
from xtiger.model.undo.allocated import Allocated
from xtiger.ports.xero import WriteRequest
from xtiger.rules.causes import cause_of
from xtiger.rules.kinds import traits

_KIND = "CreditNote"


class Freer:
    """Takes credit off invoices, and voids the notes that were made for it alone."""

    def __init__(self, bench: Workbench, booking: Booking) -> None:
        self.bench, self.booking = bench, booking

    def free(self, items: Sequence[Item]) -> None:
        """Of all of these; what Xero refuses is booked, and nothing else of its item is done."""
        for item in items:
            for made in item.freed:
                if made.allocation_id and self.booking.unsettled([item]):
                    self.bench.keep_alive()
                    self._delete(item, made, again=True)
                if made.note and self.booking.unsettled([item]):
                    self._void(item, made)

    def _delete(self, item: Item, made: Allocated, *, again: bool) -> None:
        batch = self._announce(item, made)
        try:
            with under_way(self.bench, batch):
                # Xero ignores the key on a DELETE, which can be repeated as it is.
                self.bench.xero.send(WriteRequest(batch.method, batch.path, b"", ""))
        except AnswerUnknown:
            self.bench.store.save_batch(replace(batch, state="unknown"))
            if self._is_gone(made):
                self._close(batch, made, good=True)
            elif again:
                self._close(batch, made, good=False)
                self._delete(item, made, again=False)
            else:
                self.booking.stop(item, cause_of("answer_unknown"), "failed")
        except XeroRejected as error:
            gone = error.http_status == 404 and self._is_gone(made)
            with self.booking.together([] if gone else [item]):
                self._close(batch, made, good=gone)
                if not gone:
                    said = error.problems or (f"HTTP {error.http_status}",)
                    self.booking.refused(item, said)
        else:
            self._close(batch, made, good=True)

    def _announce(self, item: Item, made: Allocated) -> Batch:
        """The call as a batch of its own, committed before it is sent."""
        bench = self.bench
        batch_id = bench.clock.new_id()
        intent = Intent(
            id=bench.clock.new_id(),
            position=0,
            module=item.module,
            kind=_KIND,
            crm_id=None,
            xero_id=None,
            verb="update",
            natural_key=None,
            payload={"AllocationID": made.allocation_id, "IsDeleted": True},
        )
        batch = Batch(
            id=batch_id,
            connection_id=bench.connection_id,
            run_id=self.booking.run.id,
            kind=_KIND,
            method="DELETE",
            path=f"{traits(_KIND).path}/{made.credit_id}/Allocations/{made.allocation_id}",
            body=b"",
            key=f"{bench.connection.organisation_id}-{batch_id}",
            intents=(intent,),
            state="sent",
            sent_at=bench.clock.now(),
        )
        bench.store.open_batch(batch)
        return batch

    def _is_gone(self, made: Allocated) -> bool:
        """Whether the note, read anew, no longer has it."""
        found = self.bench.xero.fetch(_KIND, [made.credit_id])
        save_elements(self.bench, _KIND, found, self.bench.clock.now(), mark="none")
        used = [one for note in found for one in note.get("Allocations") or ()]
        return made.allocation_id not in [one.get("AllocationID") for one in used]

    def _close(self, batch: Batch, made: Allocated, *, good: bool) -> None:
        if good:
            # What is due of the invoice comes in with the follow-up.
            self.bench.set_against.add(made.credit_id)
        self.bench.store.save_batch(batch.closed(["applied" if good else "failed"]))

    def _void(self, item: Item, made: Allocated) -> None:
        """Void a note that was made for a difference; the invoice counts without it from then."""
        bench = self.bench
        key = credit_of_invoice(bench.connection_id, item.module, item.crm_id or "")

        def done(_: Item) -> None:
            kept = Credited.of(bench.store.setting(key))
            left = kept.without(frozenset({made.credit_id}))
            bench.store.save_setting(key, left.plain())

        note = replace(
            item, kind=_KIND, xero_id=made.credit_id, verb="void", to_xero={"Status": "VOIDED"}
        )
        # Whatever comes of it is an outcome of the invoice.
        self.booking.ask(note, item)
        XeroRemover(bench, self.booking, _KIND).remove([note], done)
        bench.set_against.add(made.credit_id)
