"""Crediting what an invoice of the CRM says less than Xero: the note, then set against it.

What is to be made is announced with the invoice before it is sent. A run that dies is finished by
the next one: the note is looked for by its number, and its own state tells whether it was set
against the invoice. Xero takes each number once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import simplejson

from xtiger.engine.apply.batches import key_protects, to_bytes, under_way
from xtiger.engine.apply.booking import CREDITED, Booking
from xtiger.engine.observe.both_sides import save_elements
from xtiger.engine.plan.invoice.allocating import may_set_against
from xtiger.engine.plan.invoice.credit_offer import today
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import AnswerUnknown, XeroRejected
from xtiger.mapping.xero_schema import parse_moment
from xtiger.model.calls import Batch, Intent
from xtiger.model.customers.credited import Credited, CreditOfInvoice
from xtiger.model.plans import Item
from xtiger.model.setting_keys import SettingKey, credit_of_invoice
from xtiger.model.undo.allocated import Allocated
from xtiger.model.values import Plain, as_decimal
from xtiger.model.verbs import Verb
from xtiger.ports.xero import WriteRequest
from xtiger.rules.causes import cause_of
from xtiger.rules.customers.crediting import request_lines
from xtiger.rules.gone import says_gone
from xtiger.rules.kinds import traits

_KIND = "CreditNote"
#: So many numbers are tried where others have taken one.
_NUMBERS = 20
#: What a call came to: its problems, none for a good one; None where no answer came.
Answer = Sequence[str] | None


class DifferencePusher:
    """Makes the credit notes for what invoices of one module say less."""

    def __init__(self, bench: Workbench, scope: Scope, booking: Booking) -> None:
        self.bench, self.scope, self.booking = bench, scope, booking

    def credit(self, item: Item, credit: CreditOfInvoice) -> None:
        """Make the note of one invoice, or finish it; books the item."""
        bench, invoice_id = self.bench, item.xero_id or ""
        bench.keep_alive()
        key = credit_of_invoice(bench.connection_id, item.module, item.crm_id or "")
        kept = Credited.of(bench.store.setting(key))
        invoice = self._fresh("Invoice", invoice_id)
        began = kept.sending is not None
        named, note = self._look_for(credit, invoice, any_number=not began)
        if note is None and began:
            # It never arrived. What the CRM says by now is another plan's to judge.
            bench.store.save_setting(key, replace(kept, sending=None).plain())
            self._again(item)
            return
        if note is None:
            element = self._element(named, invoice)
            announced = Credited(invoice_id, kept.asked, named, kept.made)
            answer, note = self._make(item, element, named, invoice, (key, announced))
            if note is None:
                self._unmade(item, key, announced, answer)
                return
        answer = self._set_against(item, note, invoice)
        if answer is None:
            self.booking.stop(item, cause_of("answer_unknown"), "failed")
            return
        if answer:
            self.booking.refused(item, answer)
            return
        self._book(
            item, key, replace(named, xero_id=str(note["CreditNoteID"])), _for_undo(note, invoice)
        )

    def _book(self, item: Item, key: SettingKey, made: CreditOfInvoice, own: Allocated) -> None:
        """Keep what was made with the outcome; the lines stay as they are on both sides."""
        bench = self.bench
        bench.set_against.add(made.xero_id)
        with self.booking.together([item]):
            kept = Credited.of(bench.store.setting(key))
            done = Credited(item.xero_id or "", made=(*kept.made, made))
            bench.store.save_setting(key, done.plain())
            self.booking.allocated(item, own)
            self.booking.agree(item, item.xero_id or "", item.crm_id or "", {}, {})
            # What else changed of the invoice in Xero, money above all, is still to come in.
            ids, now = [item.xero_id or ""], bench.clock.now()
            bench.store.mark(bench.connection_id, "xero", "Invoice", ids, CREDITED, now)

    def _again(self, item: Item) -> None:
        bench, ids = self.bench, [item.crm_id or ""]
        bench.store.mark(bench.connection_id, "crm", item.module, ids, "credit", bench.clock.now())
        self.booking.stop(item, cause_of("answer_unknown"), "failed")

    def _unmade(self, item: Item, key: SettingKey, kept: Credited, answer: Answer) -> None:
        """Refused: nothing is under way any more; without answer the next run looks for it."""
        if answer is None:
            self.booking.stop(item, cause_of("answer_unknown"), "failed")
            return
        with self.booking.together([item]):
            self.bench.store.save_setting(key, replace(kept, sending=None).plain())
            self.booking.refused(item, answer)

    # --- the note ---

    def _look_for(
        self, credit: CreditOfInvoice, invoice: Mapping[str, Any], *, any_number: bool
    ) -> tuple[CreditOfInvoice, Mapping[str, Any] | None]:
        """The credit by a number that is free or its own, and its note where that is there."""
        named, stem = credit, credit.number.rpartition("-CN")[0]
        first = int(credit.number.rpartition("-CN")[2])
        for place in range(first, first + (_NUMBERS if any_number else 1)):
            named = replace(credit, number=f"{stem}-CN{place}")
            found = self.bench.xero.look_up(_KIND, "CreditNoteNumber", named.number)
            mine = [one for one in found if _is_it(one, named, invoice)]
            if mine:
                save_elements(self.bench, _KIND, mine[:1], self.bench.clock.now(), mark="none")
                return named, mine[0]
            if not found:
                break
        return named, None

    def _element(self, credit: CreditOfInvoice, invoice: Mapping[str, Any]) -> dict[str, Any]:
        bench = self.bench
        lines = request_lines(credit.shares, self._rates(credit))
        element: dict[str, Any] = {
            "Type": "ACCRECCREDIT",
            "Contact": {"ContactID": (invoice.get("Contact") or {}).get("ContactID")},
            "CreditNoteNumber": credit.number,
            "Reference": str(invoice.get("InvoiceNumber") or ""),
            "Date": max(today(bench), _day(invoice)).isoformat(),
            "Status": "AUTHORISED",
            "LineAmountTypes": "Exclusive",
            "CurrencyCode": invoice.get("CurrencyCode"),
            "LineItems": lines,
        }
        if invoice.get("CurrencyCode") != bench.connection.base_currency:
            element["CurrencyRate"] = invoice.get("CurrencyRate")
        return element

    def _rates(self, credit: CreditOfInvoice) -> dict[str, Decimal]:
        """The percentages of the taxes that the note bears."""
        known = self.bench.store.tax_rates(self.bench.connection_id)
        rates = {one.tax_type: one.rate for one in known}
        return {one.tax_type: rates.get(one.tax_type, Decimal(0)) for one in credit.shares}

    def _make(
        self,
        item: Item,
        element: Mapping[str, Any],
        credit: CreditOfInvoice,
        invoice: Mapping[str, Any],
        announced: tuple[SettingKey, Credited],
    ) -> tuple[Answer, Mapping[str, Any] | None]:
        """Announce and send the note; what Xero said, and the note once it is there."""
        bench = self.bench
        batch = self._batch(item, element, traits(_KIND).path, to_bytes(_KIND, [element]), "create")
        key, kept = announced
        with bench.store.transaction():
            bench.store.save_setting(key, kept.plain())
            bench.store.open_batch(batch)
        answer, made = self._send(item, batch)
        if answer is None:
            note = self._look_for(credit, invoice, any_number=False)[1]
            if note is not None:
                self._close(batch, good=True)
                return (), note
            if made is not None:
                answer, made = self._send(item, batch)
        if answer is not None:
            self._close(batch, good=not answer)
        if answer == () and made:
            save_elements(bench, _KIND, [made], bench.clock.now(), mark="none")
            return answer, made
        return answer, None

    # --- set against its invoice ---

    def _set_against(
        self, item: Item, note: Mapping[str, Any], invoice: Mapping[str, Any]
    ) -> Answer:
        """Set it against the invoice as far as something is due; what is left is the customer's."""
        note = self._fresh(_KIND, str(note["CreditNoteID"]))
        amount = may_set_against(note, invoice)
        if not isinstance(amount, Decimal):
            return ()
        element = {
            "Amount": amount,
            "Date": max(_day(note), _day(invoice)).isoformat(),
            "Invoice": {"InvoiceID": str(invoice["InvoiceID"])},
        }
        path = f"{traits(_KIND).path}/{note['CreditNoteID']}/Allocations"
        body = simplejson.dumps({"Allocations": [element]}, use_decimal=True).encode()
        batch = self._batch(item, element, path, body, "update")
        self.bench.store.open_batch(batch)
        answer, again = self._send(item, batch)
        if answer is None:
            if self._fresh(_KIND, str(note["CreditNoteID"])).get("Allocations"):
                answer = ()
            elif again is not None:
                answer, _ = self._send(item, batch)
        if answer is not None:
            self._close(batch, good=not answer)
        return answer

    # --- calls ---

    def _send(self, item: Item, batch: Batch) -> tuple[Answer, Mapping[str, Any] | None]:
        """What Xero said, and the element; without answer a value where it may go once more."""
        bench = self.bench
        request = WriteRequest(
            batch.method, batch.path, batch.body, batch.key, {"summarizeErrors": "false"}
        )
        try:
            with under_way(bench, batch):
                (answer,) = bench.xero.send(request)
        except AnswerUnknown as error:
            bench.store.save_batch(replace(batch, state="unknown"))
            again = key_protects(batch, error.http_status, bench.clock.now())
            return None, {} if again else None
        except XeroRejected as error:
            self.booking.answered_by([item], error.correlation_id)
            return error.problems or (f"HTTP {error.http_status}",), None
        self.booking.answered_by([item], answer.correlation_id)
        return (() if answer.ok else tuple(answer.problems)), answer.element

    def _close(self, batch: Batch, *, good: bool) -> None:
        self.bench.store.save_batch(batch.closed(["applied" if good else "failed"]))

    def _batch(
        self, item: Item, element: Mapping[str, Plain], path: str, body: bytes, verb: Verb
    ) -> Batch:
        """One call as a batch of its own; its record is the invoice, which stays what it is."""
        bench = self.bench
        batch_id = bench.clock.new_id()
        intent = Intent(
            id=bench.clock.new_id(),
            position=0,
            module=item.module,
            kind=_KIND,
            crm_id=None,
            xero_id=None,
            verb=verb,
            natural_key=None,
            payload=element,
        )
        return Batch(
            id=batch_id,
            connection_id=bench.connection_id,
            run_id=self.booking.run.id,
            kind=_KIND,
            method="PUT",
            path=path,
            body=body,
            key=f"{bench.connection.organisation_id}-{batch_id}",
            intents=(intent,),
            state="sent",
            sent_at=bench.clock.now(),
        )

    def _fresh(self, kind: str, xero_id: str) -> Mapping[str, Any]:
        """An element as Xero has it now; one that is gone is empty."""
        found = self.bench.xero.fetch(kind, [xero_id])
        now = self.bench.clock.now()
        save_elements(self.bench, kind, found, now, mark="none" if kind == _KIND else "new")
        return next(iter(found), {})


def _is_it(note: Mapping[str, Any], credit: CreditOfInvoice, invoice: Mapping[str, Any]) -> bool:
    """Whether a note of this number is the one that was to be made."""
    contact, own = note.get("Contact") or {}, invoice.get("Contact") or {}
    return (
        note.get("Type") == "ACCRECCREDIT"
        and not says_gone(_KIND, note)
        and contact.get("ContactID") == own.get("ContactID")
        and note.get("Reference") == invoice.get("InvoiceNumber")
        and as_decimal(note.get("Total")) == credit.total
    )


def _day(element: Mapping[str, Any]) -> Any:
    return parse_moment(str(element["Date"])).date()


def _for_undo(note: Mapping[str, Any], invoice: Mapping[str, Any]) -> Allocated:
    """The note as undo takes it back, with whatever is set against its invoice."""
    return Allocated(
        credit_id=str(note["CreditNoteID"]),
        invoice_id=str(invoice["InvoiceID"]),
        invoice=str(invoice.get("InvoiceNumber") or ""),
        amount=Decimal(0),
        note=str(note.get("CreditNoteNumber") or ""),
        total=as_decimal(note.get("Total")) or Decimal(0),
    )
