"""Judges payments in a plan: what may be sent, what comes in, and what looks like a double."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from xtiger.engine.pair.left_behind import left_behind
from xtiger.engine.pair.pair import Pairing
from xtiger.engine.pair.same_payment import Same, known_payments, same_of
from xtiger.engine.plan.field_merge import Merged, merge_fields, new_in_crm, new_in_xero
from xtiger.engine.plan.invoice.merge import lock_date
from xtiger.engine.plan.invoice.said import role_day
from xtiger.engine.plan.item_builder import (
    create_item,
    crm_create_item,
    item_of,
    merged_item,
    shown_name,
    stopped,
)
from xtiger.engine.plan.kind_judge import JudgeParts
from xtiger.engine.plan.payment.paid_invoices import PaidInvoice, PaidInvoices
from xtiger.engine.plan.removals import payment_lock, period_cause
from xtiger.mapping.convert import crm_value
from xtiger.mapping.role_values import RoleValues
from xtiger.model.chart_of_accounts import Account
from xtiger.model.links import Link
from xtiger.model.plans import Cause, Item, Needed, Proposal
from xtiger.model.records import Record, Ref, XeroRef
from xtiger.model.values import Plain, as_decimal
from xtiger.rules.accounts import find_paid_to, takes_payments
from xtiger.rules.causes import cause_of
from xtiger.rules.gone import is_gone
from xtiger.rules.invoice_status import meaning_of
from xtiger.rules.kinds import DocumentType, nature, payment_of
from xtiger.rules.money import cents
from xtiger.rules.starting import before_start
from xtiger.rules.status_words import is_among

#: CRM statuses of a payment that has arrived; the option received_statuses names others.
RECEIVED = ("Received",)
#: CRM statuses of a payment that left for a supplier, besides these.
PAID_OUT = ("Paid",)
ACCOUNT = "Account.AccountID"
#: In the values of a payment that is given up: what its successor keeps of it.
KEPT = "kept"
#: How codes of an account begin: one that is named and cannot be taken is not missing.
_OF_ACCOUNT = ("account_", "payment_account_")
#: Payments of one invoice in the CRM that are looked through for a double.
_TWINS = 200


@dataclass(slots=True)
class PaymentJudge(JudgeParts):
    """Judges the payments of one plan."""

    #: Invoice → what this plan pays of it.
    _claimed: dict[str, Decimal] = field(default_factory=dict)
    #: What Xero's payments are known by → (PaymentID, Reference).
    _there: dict[Same, list[tuple[str, str]]] | None = None
    _own_links: Mapping[str, Link] | None = None
    #: CRM invoice id → the CRM's payments of it.
    _twins: dict[str, Sequence[Record]] = field(default_factory=dict)
    _paid: PaidInvoices | None = None

    def prepare(self, pairings: Sequence[Pairing]) -> None:
        """Read the invoices of these payments in a few calls."""
        self._invoices().read(self.bench, [p.record for p in pairings if p.record is not None])

    def _invoices(self) -> PaidInvoices:
        if self._paid is None:
            self._paid = PaidInvoices(self.state, self.scope, self.bench.connection.base_currency)
        return self._paid

    def _values(self, record: Record) -> RoleValues:
        return RoleValues(self.scope.module, record.values)

    def _received(self, record: Record) -> bool:
        if self.scope.module.by_role("payment.status") is None:
            return True
        words = self.scope.option("received_statuses", RECEIVED)
        document = self._invoices().document(record)
        if document is not None and not document.sells:
            words = (*words, *PAID_OUT)
        return is_among(self._status(record), words)

    def _status(self, record: Record) -> str:
        """The payment's status in the CRM; "" for none."""
        return self._values(record).text("payment.status") or ""

    def before_start(self, pairing: Pairing) -> Cause | None:
        """By its own day, or since its invoice stays out."""
        start = self.scope.start
        if start.from_day is None:
            return None
        if pairing.record is not None:
            day: Plain = role_day(self.scope, pairing.record, "date")
            paid = self._invoices()
            invoice = paid.id_of(pairing.record)
            parent = self.state.reason(Ref(paid.module, invoice)) if invoice else None
        elif pairing.xero is not None:
            day = pairing.xero.values.get("Date")
            key = XeroRef("Invoice", str(pairing.xero.values.get("Invoice.InvoiceID") or ""))
            planned = self.state.planned_xero.get(key)
            parent = planned.cause if planned is not None else None
        else:
            return None
        if parent is not None and parent.code == "before_start":
            return parent
        return before_start(start, day, is_open=parent is None)

    # --- to Xero ---

    def new(self, pairing: Pairing, record: Record) -> Item:
        """The item of a payment that Xero does not have."""
        merged, stop = self._outgoing(pairing, record, back=None)
        if stop is not None:
            return stop
        item = create_item(pairing, self.scope, merged)
        return self._sending(item, record, merged)

    def again(self, pairing: Pairing, record: Record) -> Item:
        """A payment that an earlier run deleted in Xero and did not make anew: it is finished."""
        merged, stop = self._outgoing(pairing, record, back=None)
        if stop is not None:
            return stop
        item = item_of(
            pairing,
            self.scope,
            verb="update",
            result="updated",
            to_xero=merged.to_xero,
            differences=tuple(merged.differences),
            agreed=frozenset(merged.agreed),
            crm_values=merged.crm,
        )
        return self._sending(item, record, merged)

    def both(self, pairing: Pairing, *, linking: bool) -> Item:
        """Merged field by field; what changes in Xero is deleted and made anew there."""
        assert pairing.record is not None  # the caller's branch
        record = pairing.record
        if not self._received(record):
            cause = cause_of("payment_taken_back", status=self._status(record))
            return self.stop(pairing, cause)
        merged = merge_fields(pairing, self.scope, self.state.lookups())
        if merged.causes:
            return self.stop(pairing, Cause.of_all(merged.causes))
        if merged.conflicts:
            merged.to_xero.clear()
            merged.to_crm.clear()
        item = merged_item(pairing, self.scope, merged, linking=linking)
        return item if item.to_xero is None else self._changed(pairing, record, item)

    def _changed(self, pairing: Pairing, record: Record, planned: Item) -> Item:
        """The item that deletes the old payment and makes one with the new values."""
        assert pairing.xero is not None  # the caller's branch
        organisation = self.bench.connection.organisation
        locked = payment_lock(pairing.xero) or period_cause(pairing.xero, organisation)
        if locked is not None:
            return self.stop(pairing, locked)
        merged, stop = self._outgoing(pairing, record, back=_given_up(pairing, planned))
        if stop is not None:
            return stop
        item = replace(
            planned, to_xero=merged.to_xero, agreed=frozenset(merged.agreed), crm_values=merged.crm
        )
        return self._sending(item, record, merged)

    def _outgoing(
        self, pairing: Pairing, record: Record, *, back: Mapping[str, Plain] | None
    ) -> tuple[Merged, Item | None]:
        """The values to send, and the item that stops them; `back` is the payment given up."""
        merged = new_in_xero(record, self.scope, self.state.lookups())
        kept = (back or {}).get(KEPT) or {}
        merged.to_xero.update(kept)
        cause = self._refusal(record, merged, back)
        if cause is not None:
            return merged, self.stop(pairing, cause)
        return merged, self._double(pairing, merged)

    def _refusal(
        self, record: Record, merged: Merged, back: Mapping[str, Plain] | None
    ) -> Cause | None:
        """All that stops the payment; what its invoice decides is added once that is known."""
        paid = self._invoices()
        if nature(self.state.kind_of(Ref(paid.module, paid.id_of(record) or ""))).is_money:
            return cause_of("payment_of_receipt")
        if not self._received(record):
            return cause_of("payment_not_received", status=self._status(record))
        invoice, waits = self._invoice_cause(record)
        own = [cause for cause in merged.causes if cause.code != "waits_for_parent"]
        rules = [self._day_cause(merged)]
        if not any(cause.code.startswith(_OF_ACCOUNT) for cause in own):
            rules.insert(0, self._account_cause(merged, invoice))
        if not own:
            rules.append(self._amount_cause(merged, None if waits else invoice, back))
        found: list[Cause] = []
        for cause in (*own, *rules, waits):
            found += [cause] if cause is not None and cause not in found else []
        return Cause.of_all(found) if found else None

    def _invoice_cause(self, record: Record) -> tuple[PaidInvoice | None, Cause | None]:
        """The invoice as far as it is known, and why the payment waits for it."""
        invoices = self._invoices()
        crm_id = invoices.id_of(record)
        if not crm_id:
            return None, cause_of("mandatory_missing", field=self._label("payment.invoice"))
        number, approved = invoices.number(crm_id), invoices.text(crm_id, "invoice.status")
        invoice = invoices.of(record)
        if approved is not None and not self._is_payable(approved):
            return invoice, cause_of("payment_needs_approval", number=number)
        if invoice is None:
            return None, cause_of(
                "waits_for_parent", parent=number, module=invoices.module, id=crm_id
            )
        if invoice.status not in ("AUTHORISED", "PAID"):
            if invoice.status == "DRAFT" and self.scope.start.arrive == "draft":
                return invoice, cause_of("waits_for_approving", number=number)
            return invoice, cause_of("payment_needs_approval", number=number)
        return invoice, None

    def _is_payable(self, status: str) -> bool:
        """Whether an invoice of this CRM status may be paid: by the option, or approved by it."""
        chosen = self.scope.option("payable_statuses")
        if chosen is not None:
            return is_among(status, chosen)
        invoices = self.bench.store.mapping(self.bench.connection_id, self._invoices().module)
        words = (invoices.options.get("status_map") if invoices is not None else None) or {}
        return meaning_of(status, words) == "AUTHORISED"

    def _label(self, role: str) -> str:
        """What people call the field of a role."""
        described = self.scope.module.by_role(role)
        return described.label if described is not None else role

    def _account_cause(self, merged: Merged, invoice: PaidInvoice | None) -> Cause | None:
        lookups = self.state.lookups()
        account = lookups.accounts_by_id.get(str(merged.to_xero.get(ACCOUNT) or ""))
        if account is None:
            text = str(self.scope.option("payment_account") or "")
            if not text:
                return cause_of("payment_account_missing")
            account = find_paid_to(text, lookups.accounts, lookups.accounts_by_id)
            if account is None or not takes_payments(account):
                return cause_of("payment_account_invalid", account=text)
            merged.to_xero[ACCOUNT] = account.account_id
        return self._currency_cause(account, invoice) if invoice is not None else None

    def _currency_cause(self, account: Account, invoice: PaidInvoice) -> Cause | None:
        """A bank account in a foreign currency takes invoices of that currency only."""
        base = self.bench.connection.base_currency
        if account.currency in ("", base, invoice.currency):
            return None
        shown = account.code or account.name
        return cause_of(
            "payment_account_currency",
            account=shown,
            currency=account.currency,
            other=invoice.currency,
        )

    def _day_cause(self, merged: Merged) -> Cause | None:
        locked = lock_date(self.bench.connection.organisation)
        day = merged.to_xero.get("Date")
        if locked is None or not isinstance(day, date) or day > locked:
            return None
        return cause_of("period_locked", date=str(day), lock=str(locked))

    def _amount_cause(
        self, merged: Merged, invoice: PaidInvoice | None, back: Mapping[str, Plain] | None
    ) -> Cause | None:
        amount = as_decimal(merged.to_xero.get("Amount")) or Decimal(0)
        if amount <= 0 or amount != cents(amount):
            return cause_of("payment_amount_invalid", amount=str(amount))
        if invoice is None:
            return None
        due = invoice.due - self._claimed.get(invoice.key, Decimal(0))
        if back is not None and back.get("Invoice.InvoiceID") == invoice.key:
            due += as_decimal(back.get("Amount")) or Decimal(0)
        if amount > due:
            return cause_of(
                "payment_too_high",
                amount=str(cents(amount)),
                due=str(cents(due)),
                number=invoice.number,
            )
        return None

    def _double(self, pairing: Pairing, merged: Merged) -> Item | None:
        """Held while Xero has an equal payment that nobody has: it may be this money."""
        free, left = self._equal(same_of(merged.to_xero), pairing)
        merged.known_equal = tuple(free)
        equal = [*free, *left]
        if not equal or self.pairer.created_anyway(pairing):
            return None
        own = shown_name(pairing, self.scope)
        proposals = tuple(
            Proposal("link", xero_id=one, crm_id=pairing.crm_id, name=own) for one in equal
        )
        cause = cause_of("payment_looks_same" if len(equal) == 1 else "payment_ambiguous")
        return stopped(pairing, self.scope, cause, "held", proposals)

    def _equal(self, same: Same | None, pairing: Pairing) -> tuple[list[str], list[str]]:
        """Equal payments in Xero: those of nobody, and those whose CRM payment was deleted."""
        bench = self.bench
        if self._there is None:
            self._there = known_payments(bench)
        ids = [one for one, _ in self._there.get(same, ())] if same is not None else []
        if not ids:
            return [], []
        linked = bench.store.links_by_xero(bench.connection_id, "Payment", ids)
        others = [one for one in ids if one in linked and one != pairing.xero_id]
        return [one for one in ids if one not in linked], left_behind(bench, "Payment", others)

    def _sending(self, item: Item, record: Record, merged: Merged) -> Item:
        """The item with its invoice as parent; what it pays is not due any more."""
        invoice = self._invoices().of(record)
        assert invoice is not None  # the refusals have seen to it
        amount = as_decimal(merged.to_xero.get("Amount")) or Decimal(0)
        self._claimed[invoice.key] = self._claimed.get(invoice.key, Decimal(0)) + amount
        return replace(
            item,
            needs=(Needed(Ref(invoice.module, invoice.crm_id), invoice.number),),
            known_equal=merged.known_equal,
        )

    # --- from Xero ---

    def incoming(self, pairing: Pairing) -> Item:
        """The item of a payment in Xero that the CRM does not have."""
        assert pairing.xero is not None  # the caller's branch
        values = pairing.xero.values
        kind = str(values.get("PaymentType") or "unknown")
        invoice_id = str(values.get("Invoice.InvoiceID") or "")
        crm_invoice = self.state.crm_id_of(XeroRef("Invoice", invoice_id))
        document = payment_of(kind)
        if document is None or (crm_invoice is None and not document.sells):
            return self.stop(pairing, cause_of("payment_of_other", type=kind))
        if crm_invoice is None:
            return self.stop(pairing, self._without_invoice(invoice_id, values))
        twin = self._twin(pairing, crm_invoice)
        if twin is not None:
            return twin
        lookups = self.state.lookups()
        merged = new_in_crm(pairing, self.scope, lookups, self._received_text(document))
        if merged.causes:
            return self.stop(pairing, Cause.of_all(merged.causes))
        return crm_create_item(pairing, self.scope, merged)

    def _without_invoice(self, invoice_id: str, values: Mapping[str, Plain]) -> Cause:
        """It waits where the invoice is on its way, and is left out where that is not synced."""
        number = str(values.get("Invoice.InvoiceNumber") or invoice_id)
        planned = self.state.planned_xero.get(XeroRef("Invoice", invoice_id))
        waits = planned is not None and planned.result not in ("excluded", "skipped")
        return cause_of(
            "payment_waits_for_invoice" if waits else "payment_of_unsynced", number=number
        )

    def _received_text(self, document: DocumentType) -> dict[str, Plain]:
        """What says in the CRM that the money is there, or that it went to a supplier."""
        described = self.scope.module.by_role("payment.status")
        if described is None or not described.writable:
            return {}
        known = [choice.value for choice in described.choices]
        paid = next((word for word in known if is_among(word, PAID_OUT)), None)
        if not document.sells and paid is not None:
            return {described.name: paid}
        return {described.name: next(iter(self.scope.option("received_statuses", RECEIVED)), "")}

    def _twin(self, pairing: Pairing, crm_invoice: str) -> Item | None:
        """Held while the CRM has a payment of this day and amount that is linked to nothing.

        One that has not arrived by its status, or is not selected, may be the same money, too; so
        is one whose payment in Xero was deleted, and entered there anew.
        """
        assert pairing.xero is not None  # the caller's branch
        day, amount = pairing.xero.values.get("Date"), pairing.xero.values.get("Amount")
        found = [
            record.ref.id
            for record in self._loose_in_crm(crm_invoice)
            if self._day_and_amount(record) == (day, amount)
        ]
        if not found:
            return None
        name = shown_name(pairing, self.scope)
        proposals = tuple(
            Proposal("link", xero_id=pairing.xero_id, crm_id=one, name=name) for one in found
        )
        return stopped(pairing, self.scope, cause_of("payment_looks_same"), "held", proposals)

    def _day_and_amount(self, record: Record) -> tuple[Plain, Plain]:
        found: list[Plain] = []
        for role in ("payment.date", "payment.amount"):
            described = self.scope.module.by_role(role)
            try:
                found.append(crm_value(record, described) if described else None)
            except ValueError:
                found.append(None)
        return found[0], found[1]

    def _loose_in_crm(self, crm_invoice: str) -> Sequence[Record]:
        """The CRM's payments of the invoice that no payment in Xero stands for."""
        bench, field_ = self.bench, self.scope.module.by_role("payment.invoice")
        if self._own_links is None:
            self._own_links = bench.store.links_by_crm(bench.connection_id, self.scope.name)
        if field_ is None:
            return ()
        if crm_invoice not in self._twins:
            self._twins[crm_invoice] = bench.host.find(
                self.scope.name, field_.name, crm_invoice, _TWINS
            )
        live = [record for record in self._twins[crm_invoice] if not record.deleted]
        links = {r.ref.id: self._own_links[r.ref.id] for r in live if r.ref.id in self._own_links}
        # One that is on its way to a new payment in Xero is not lost.
        staying = {key: link for key, link in links.items() if link.state != "remaking"}
        if not links:
            return live
        there = bench.store.shadows(
            bench.connection_id, "xero", "Payment", [link.xero_id for link in staying.values()]
        )
        lost = {key for key, seen in there.items() if is_gone(seen)}
        return [r for r in live if r.ref.id not in links or links[r.ref.id].xero_id in lost]

    # --- gone ---

    def stranger(self, pairing: Pairing, record: Record) -> Cause | None:
        """Never: payments have no number to be found by."""
        return None

    def settled_gone(self, pairing: Pairing) -> bool:
        """Whether the CRM says, too, that the money did not arrive."""
        return pairing.record is not None and not self._received(pairing.record)


def _given_up(pairing: Pairing, planned: Item) -> dict[str, Plain]:
    """The old payment; what the CRM did not change of it stays as Xero has it."""
    assert pairing.xero is not None  # the caller's branch
    there, changed = pairing.xero.values, planned.to_xero or {}
    paths = ("Invoice.InvoiceID", "Date", "Amount", ACCOUNT, "Reference")
    kept = {path: there[path] for path in paths if path not in changed and there.get(path)}
    return {**there, KEPT: kept}
