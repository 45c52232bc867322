"""Sending credit notes, and setting them against their invoices by a second call for each.

A note is set against an invoice once: its own state in Xero tells, and it is read before the call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import simplejson

from xtiger.engine.apply.allocations.kept import keep_allocated
from xtiger.engine.apply.batches import key_protects, under_way
from xtiger.engine.apply.document_push import DocumentPusher
from xtiger.engine.observe.both_sides import save_elements
from xtiger.engine.plan.invoice.allocating import may_set_against
from xtiger.errors import AnswerUnknown, XeroRejected
from xtiger.model.calls import Batch, Intent
from xtiger.model.plans import Item
from xtiger.ports.xero import WriteRequest
from xtiger.rules.causes import cause_of
from xtiger.rules.kinds import traits


class CreditPusher(DocumentPusher):
    """Sends the credit notes of one module to Xero."""

    def push(self, items: Sequence[Item]) -> None:
        """As usual; then each that gives an invoice back is set against it."""
        super().push([item for item in items if item.to_xero])
        for item in items:
            if item.allocation is not None:
                self.bench.keep_alive()
                self._set_against(item, str(self._resolve(item.allocation.invoice)))

    def _set_against(self, item: Item, invoice_id: str) -> None:
        bench, kind = self.bench, self.scope.kind
        link = bench.store.links_by_crm(bench.connection_id, item.module, [item.crm_id or ""])
        if item.crm_id not in link:
            return  # Xero did not take the note
        note_id = link[item.crm_id or ""].xero_id
        note, invoice = self._fresh(kind, note_id), self._fresh("Invoice", invoice_id)
        amount = may_set_against(note, invoice)
        if isinstance(amount, Decimal):
            self._send_one(self._announce(item, note_id, invoice_id, amount), item, again=True)
        else:
            if amount != "used":
                self._look_again(item)  # the next plan says why not
            self._book(item)

    def _look_again(self, item: Item) -> None:
        bench, ids = self.bench, [item.crm_id or ""]
        bench.store.mark(bench.connection_id, "crm", item.module, ids, "credit", bench.clock.now())

    def _fresh(self, kind: str, xero_id: str) -> Mapping[str, Any]:
        """An element as Xero has it now; one that is gone is empty."""
        bench = self.bench
        found = bench.xero.fetch(kind, [xero_id]) if xero_id else ()
        save_elements(bench, kind, found, bench.clock.now(), mark="new")
        return next(iter(found), {})

    def _announce(self, item: Item, note_id: str, invoice_id: str, amount: Decimal) -> Batch:
        """The call as a batch of its own, committed before it is sent."""
        bench = self.bench
        batch_id, allocation = bench.clock.new_id(), item.allocation
        assert allocation is not None  # the caller's branch
        element = {
            "Amount": amount,
            "Date": allocation.day.isoformat(),
            "Invoice": {"InvoiceID": invoice_id},
        }
        batch = Batch(
            id=batch_id,
            connection_id=bench.connection_id,
            run_id=self.booking.run.id,
            kind=self.scope.kind,
            method="PUT",
            path=f"{traits(self.scope.kind).path}/{note_id}/Allocations",
            body=simplejson.dumps({"Allocations": [element]}, use_decimal=True).encode(),
            key=f"{bench.connection.organisation_id}-{batch_id}",
            intents=(
                Intent(
                    id=bench.clock.new_id(),
                    position=0,
                    module=item.module,
                    kind=self.scope.kind,
                    crm_id=item.crm_id,
                    xero_id=note_id,
                    verb="update",
                    natural_key=None,
                    payload=element,
                ),
            ),
        )
        batch = replace(batch, state="sent", sent_at=bench.clock.now())
        bench.store.open_batch(batch)
        return batch

    def _send_one(self, batch: Batch, item: Item, *, again: bool) -> None:
        bench = self.bench
        query = {"summarizeErrors": "false"}
        request = WriteRequest(batch.method, batch.path, batch.body, batch.key, query)
        try:
            with under_way(bench, batch):
                (answer,) = bench.xero.send(request)
        except AnswerUnknown as error:
            self._look(batch, item, error.http_status, again=again)
        except XeroRejected as error:
            self.booking.answered_by([item], error.correlation_id)
            self._end(batch, item, error.problems or (f"HTTP {error.http_status}",))
        else:
            self.booking.answered_by([item], answer.correlation_id)
            self._end(batch, item, () if answer.ok else answer.problems, answer.element)

    def _look(self, batch: Batch, item: Item, http_status: int | None, *, again: bool) -> None:
        """No answer came: the note itself says whether it arrived; else once more, as it was."""
        self.bench.store.save_batch(replace(batch, state="unknown"))
        note = self._fresh(batch.kind, str(batch.intents[0].xero_id))
        if note.get("Allocations"):
            self._end(batch, item, (), _mine(note, batch.intents[0].payload))
        elif again and key_protects(batch, http_status, self.bench.clock.now()):
            self.bench.store.save_batch(replace(batch, state="sent"))
            self._send_one(batch, item, again=False)
        elif not self.booking.unsettled([item]):
            return  # its own outcome is booked; the next run looks at the batch first
        else:
            self.booking.stop(item, cause_of("answer_unknown"), "failed")

    def _end(
        self,
        batch: Batch,
        item: Item,
        problems: Sequence[str],
        answered: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Close the call, and book it where nothing else of the note moved."""
        bench, open_ = self.bench, bool(self.booking.unsettled([item]))
        if not problems:
            bench.set_against.add(str(batch.intents[0].xero_id))
        with self.booking.together([item] if open_ else []):
            bench.store.save_batch(batch.closed(["failed" if problems else "applied"]))
            if not problems:
                keep_allocated(bench, batch, answered)
            if problems and open_:
                self.booking.refused(item, problems)
            elif problems:
                # The note itself is there: the next plan tries again, and says why it cannot be.
                self._look_again(item)
            elif open_:
                self._book(item)

    def _book(self, item: Item) -> None:
        """Book an item of which nothing else moves; what goes to the CRM is booked there."""
        if item.to_xero or item.to_crm or not self.booking.unsettled([item]):
            return
        self.booking.agree(
            item, item.xero_id or "", item.crm_id or "", item.crm_values, item.xero_values
        )


def _mine(note: Mapping[str, Any], element: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the note has of that invoice; empty where somebody set it against another meanwhile."""
    wanted = element["Invoice"]["InvoiceID"]
    used = note.get("Allocations") or ()
    return next((one for one in used if (one.get("Invoice") or {}).get("InvoiceID") == wanted), {})
