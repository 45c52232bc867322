"""Noting money received in a CRM without payments: each growth becomes one payment to send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xtiger.engine.plan.invoice.figures import received_counts
from xtiger.engine.plan.invoice.inward import MONEY
from xtiger.engine.plan.payment.received import MoneyDecision, MoneyState, decide_received
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import UnreadableAnswer
from xtiger.mapping.convert import crm_value
from xtiger.model.links import Base, Link, Pair, Shadow
from xtiger.model.records import Field, Module, ReceivedPayment, Record
from xtiger.model.runs import Outcome
from xtiger.model.values import Plain, as_decimal
from xtiger.rules.gone import is_gone
from xtiger.rules.kinds import nature, paid_by


def note_received(bench: Workbench) -> None:
    """Keep a payment for each growth that a CRM shows, before anything is planned.

    Call it after the feeds were read, and what an earlier run left open was closed. The payment
    and what the invoice agreed on are kept in one transaction: no growth is noted twice.
    """
    if not received_counts(bench):
        return
    for scope in bench.scopes:
        received = scope.module.by_role("invoice.received")
        if paid_by(scope.kind) and received is not None:
            _Noting.of(bench, scope, received).note()


@dataclass(slots=True)
class _Noting:
    """The invoices of one module that are looked at, and their payments."""

    bench: Workbench
    scope: Scope
    received: Field
    #: The module of payments.
    payments: Module

    @classmethod
    def of(cls, bench: Workbench, scope: Scope, received: Field) -> _Noting:
        """The module of payments is the one that the library describes for such a CRM."""
        named = next(sync.name for sync in bench.offered if nature(sync.kind).pays)
        described = next(module for module in bench.host.modules() if module.name == named)
        return cls(bench, scope, received, described)

    def note(self) -> None:
        """Look at each invoice that may differ."""
        bench = self.bench
        links = self._links()
        ids = [link.crm_id for link in links]
        records = bench.host.get(self.scope.name, ids) if ids else {}
        bases = bench.store.bases([link.id for link in links if link.id is not None])
        xero_ids = [link.xero_id for link in links]
        seen = bench.store.shadows(bench.connection_id, "xero", self.scope.kind, xero_ids)
        rows = bench.store.received_for(bench.connection.tenant, ids)
        waiting, lost = self._waiting([row for some in rows.values() for row in some])
        underway = self._underway()
        with bench.store.transaction():
            self._take_back(lost, "deleted")
            for link in links:
                record, there = records.get(link.crm_id), seen.get(link.xero_id)
                mine = [row for row in rows.get(link.crm_id, ()) if row.id in waiting]
                if underway.intersection(row.id for row in mine):
                    continue  # what was sent and not answered is looked up first
                if record is not None and there is not None and link.id is not None:
                    self._note_one(link, bases.get(link.id), record, there, mine)

    def _links(self) -> list[Link]:
        """The live links of the invoices that changed on one side."""
        bench, scope = self.bench, self.scope
        store, connection_id = bench.store, bench.connection_id
        ours = {key.id for key in store.dirty(connection_id, "crm", scope.name)}
        theirs = {key.id for key in store.dirty(connection_id, "xero", scope.kind)}
        found = {
            link.crm_id: link
            for link in store.links_by_xero(connection_id, scope.kind, theirs).values()
        }
        found |= store.links_by_crm(connection_id, scope.name, ours)
        return [
            link
            for link in found.values()
            if (link.role, link.state, link.kind) == ("primary", "live", scope.kind)
        ]

    def _waiting(self, rows: Sequence[ReceivedPayment]) -> tuple[set[str], set[str]]:
        """Ids of those that Xero does not have yet, and of those that it has no longer."""
        store, connection_id = self.bench.store, self.bench.connection_id
        links = store.links_by_crm(connection_id, self.payments.name, [row.id for row in rows])
        waiting = {row.id for row in rows if row.grown and row.id not in links}
        by_xero = {link.xero_id: link.crm_id for link in links.values()}
        kinds = {link.kind for link in links.values()}
        seen = [
            shadow
            for kind in kinds
            for shadow in store.shadows(connection_id, "xero", kind, by_xero).values()
        ]
        return waiting, {by_xero[shadow.id] for shadow in seen if is_gone(shadow)}

    def _underway(self) -> set[str]:
        """Ids of the payments that were sent and whose answer is not known."""
        open_ = self.bench.store.unfinished_batches(self.bench.connection_id)
        return {
            intent.crm_id or ""
            for batch in open_
            for intent in batch.intents
            if intent.module == self.payments.name
        }

    def _note_one(
        self,
        link: Link,
        base: Base | None,
        record: Record,
        there: Shadow,
        waiting: Sequence[ReceivedPayment],
    ) -> None:
        state = self._state(base, record, there, waiting)
        if state is None or link.id is None:
            return
        decided = decide_received(state)
        self._change(waiting, decided)
        if decided.grown:
            self._add(link.crm_id, decided.grown)
        known = Pair(state.base_crm, state.base_xero)
        pair = Pair(decided.base_crm, decided.base_xero)
        if pair != known:
            old = base or Base(link.id, {}, self.scope.mapping.version)
            pairs = {**old.pairs, MONEY: pair}
            self.bench.store.save_bases([Base(link.id, pairs, old.mapping_version, old.lines)])

    def _state(
        self,
        base: Base | None,
        record: Record,
        there: Shadow,
        waiting: Sequence[ReceivedPayment],
    ) -> MoneyState | None:
        """The amounts on both sides; None where one cannot be read, or the invoice is void."""
        try:
            crm = as_decimal(crm_value(record, self.received)) or Decimal(0)
            seen = self.bench.reader(self.scope.kind).seen(there)
        except (ValueError, UnreadableAnswer):
            return None  # it is held with its own cause
        if record.deleted or is_gone(seen):
            return None
        # Without a pair the invoice was made in Xero, where nothing was paid then.
        pair = base.pairs.get(MONEY) if base is not None else None
        return MoneyState(
            crm,
            (as_decimal(pair.crm) if pair else None) or Decimal(0),
            as_decimal(seen.values.get(MONEY)) or Decimal(0),
            (as_decimal(pair.xero) if pair else None) or Decimal(0),
            tuple(self._amount(row) for row in waiting),
        )

    # --- what is kept ---

    def _name(self, part: str) -> str:
        described = self.payments.by_role(f"payment.{part}")
        assert described is not None  # the library describes them
        return described.name

    def _amount(self, row: ReceivedPayment) -> Decimal:
        return as_decimal(row.values.get(self._name("amount"))) or Decimal(0)

    def _add(self, crm_id: str, amount: Decimal) -> None:
        bench, now = self.bench, self.bench.clock.now()
        values: Mapping[str, Plain] = {
            self._name("invoice"): crm_id,
            self._name("date"): now.date(),
            self._name("amount"): amount,
        }
        made = bench.store.add_received(bench.connection.tenant, crm_id, values, now, grown=True)
        self._mark([made.id], "save")

    def _change(self, waiting: Sequence[ReceivedPayment], decided: MoneyDecision) -> None:
        pairs = list(zip(waiting, decided.waiting, strict=True)) if decided.waiting else []
        bench, now = self.bench, self.bench.clock.now()
        self._take_back([row.id for row, amount in pairs if not amount], "deleted")
        for row, amount in pairs:
            if amount and amount != self._amount(row):
                values = {self._name("amount"): amount}
                bench.store.change_received(bench.connection.tenant, row.id, values, now)
                self._mark([row.id], "save")

    def _take_back(self, ids: Sequence[str] | set[str], reason: str) -> None:
        if ids:
            bench = self.bench
            bench.store.withdraw_received(bench.connection.tenant, ids, bench.clock.now())
            self._mark(sorted(ids), reason)

    def _mark(self, ids: Sequence[str], reason: str) -> None:
        bench = self.bench
        now = bench.clock.now()
        bench.store.mark(bench.connection_id, "crm", self.payments.name, ids, reason, now)


def look_again_at_created(bench: Workbench, outcomes: Sequence[Outcome]) -> None:
    """Let the next run look at invoices made in Xero for which the CRM has received money."""
    if not received_counts(bench):
        return
    for scope in bench.scopes:
        received = scope.module.by_role("invoice.received")
        ids = [
            one.crm_id
            for one in outcomes
            if (one.module, one.result, one.flow) == (scope.name, "created", "to_xero")
            and one.crm_id is not None
        ]
        if not ids or not paid_by(scope.kind) or received is None:
            continue
        records = bench.host.get(scope.name, ids)
        paid = [key for key, record in records.items() if _is_paid(record, received)]
        now = bench.clock.now()
        bench.store.mark(bench.connection_id, "crm", scope.name, paid, "received", now)


def _is_paid(record: Record, received: Field) -> bool:
    try:
        return bool(as_decimal(crm_value(record, received)))
    except ValueError:
        return False  # it is held with its own cause
