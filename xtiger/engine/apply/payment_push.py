"""Sending payments: Xero changes none, so a changed one is deleted and made anew in one action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from xtiger.engine.apply.batches import Outgoing, cut, key_protects
from xtiger.engine.apply.push import Pusher
from xtiger.engine.apply.removals import XeroRemover
from xtiger.engine.apply.sent import arrived_pairs
from xtiger.engine.observe.both_sides import read_xero
from xtiger.engine.pair.same_payment import (
    Same,
    one_to_one,
    same_of_sent,
    strangers_of,
    unlinked_payments,
)
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.request_elements import element
from xtiger.mapping.xero_schema import ElementReader
from xtiger.model.calls import Batch, Intent
from xtiger.model.links import Base, Link, Pair, Shadow
from xtiger.model.plans import Item
from xtiger.model.records import XeroRecord
from xtiger.model.values import as_decimal
from xtiger.ports.xero import ElementAnswer
from xtiger.rules.causes import cause_of
from xtiger.rules.gone import is_gone
from xtiger.rules.kinds import nature


class PaymentPusher(Pusher):
    """Sends the payments of one module to Xero."""

    #: Xero id → the payment that is deleted and made anew, as it was.
    _replaced: Mapping[str, Shadow] = MappingProxyType({})

    def push(self, items: Sequence[Item]) -> None:
        """Delete what changed, then create these and the new ones; raises what stops the run.

        Before the delete the link says that the payment is being made anew, so that a run that
        dies in between is finished by the next one instead of taking it for gone.
        """
        creates = [item for item in items if item.verb == "create"]
        changed = [item for item in items if item.verb != "create"]
        bench, kind = self.bench, self.scope.kind
        ids = [item.xero_id for item in changed if item.xero_id]
        self._replaced = bench.store.shadows(bench.connection_id, "xero", kind, ids) if ids else {}
        deleted = self._without_old(changed)
        left = [item for item in changed if item.number not in {one.number for one in deleted}]
        XeroRemover(self.bench, self.booking, self.scope.kind).remove(
            left, deleted.append, self._remaking
        )
        self._shadows = {}
        for part in cut(
            self.scope.kind, [Outgoing(i, self._element(i)) for i in creates + deleted]
        ):
            self.bench.keep_alive()
            self._send(part, creating=True, again=True)

    def _without_old(self, items: Sequence[Item]) -> list[Item]:
        """Those whose old payment an earlier run deleted already."""
        gone = {key for key, shadow in self._replaced.items() if is_gone(shadow)}
        return [item for item in items if item.xero_id in gone]

    def _overwritten(self, item: Item) -> XeroRecord | None:
        shadow = self._replaced.get(item.xero_id or "")
        return self._reader.seen(shadow) if shadow else None

    def _remaking(self, item: Item) -> None:
        store, crm_id = self.bench.store, item.crm_id or ""
        link = store.links_by_crm(self.bench.connection_id, item.module, [crm_id])[crm_id]
        store.change_link(replace(link, state="remaking"))

    def _element(self, item: Item) -> dict[str, Any]:
        values = {path: self._resolve(value) for path, value in (item.to_xero or {}).items()}
        return element(values, creating=True)

    def _unknown(
        self,
        batch: Batch,
        part: Sequence[Outgoing],
        *,
        creating: bool,
        again: bool,
        http_status: int | None,
    ) -> None:
        """No answer came: what arrived is paired with what waits; where that is unsure, held.

        A payment has no key that Xero would refuse twice, so only what is surely not there is
        sent again, once. Xero may carry out the first request yet: while it knows the batch's
        own key, that is the one to repeat with.
        """
        if not again:
            super()._unknown(batch, part, creating=creating, again=False, http_status=http_status)
            return
        self.bench.store.save_batch(replace(batch, state="unknown"))
        read_xero(self.bench, self.scope.kind)
        arrived, unsure = self._found(part)
        if not arrived and not unsure and key_protects(batch, http_status, self.bench.clock.now()):
            self.bench.store.save_batch(replace(batch, state="sent"))
            self._carry_out(batch, part, creating=creating, again=False)
            return
        rest = [o for o in part if o.item.number not in arrived and o.item.number not in unsure]
        with self.booking.together([one.item for one in part]):
            for one in part:
                if one.item.number in arrived:
                    self._settle_one(one, ElementAnswer(True, arrived[one.item.number]))
                elif one.item.number in unsure:
                    self.booking.stop(one.item, cause_of("payment_ambiguous"), "held")
            self._close(batch, ["applied" if o.item.number in arrived else "failed" for o in part])
        if rest:
            self._send(rest, creating=creating, again=False)

    def _found(self, part: Sequence[Outgoing]) -> tuple[dict[int, Mapping[str, Any]], set[int]]:
        """(Item.number → the payment that Xero has for it, numbers of unsure items)."""
        bench, free = self.bench, unlinked_payments(self.bench)
        arrived: dict[int, Mapping[str, Any]] = {}
        unsure: set[int] = set()
        for same, group in _grouped(part).items():
            known = {i for one in group for i in one.item.known_equal}
            there = [one for one in free.get(same, ()) if one[0] not in known]
            waiting = {str(n): str(o.element.get("Reference") or "") for n, o in enumerate(group)}
            paired = one_to_one(waiting, there)
            if paired is None:
                unsure |= {one.item.number for one in group}
                continue
            shadows = bench.store.shadows(
                bench.connection_id, "xero", "Payment", list(paired.values())
            )
            for place, payment_id in paired.items():
                arrived[group[int(place)].item.number] = shadows[payment_id].payload
        return arrived, unsure


def _grouped(part: Sequence[Outgoing]) -> dict[Same, list[Outgoing]]:
    groups: dict[Same, list[Outgoing]] = {}
    for one in part:
        same = same_of_sent(one.element)
        if same is not None:
            groups.setdefault(same, []).append(one)
    return groups


# --- after a crash ---------------------------------------------------------------------------


def link_payments(bench: Workbench, batch: Batch) -> None:
    """Link the payments of this batch that arrived before an earlier run died.

    Where Xero has more equal ones than are waited for, none is linked: the planner holds them.
    """
    waiting = _waiting(bench, batch)
    if not waiting:
        return
    free = unlinked_payments(bench)
    groups: dict[Same, list[tuple[Intent, Link | None]]] = {}
    for intent, link in waiting:
        same = same_of_sent(intent.payload)
        if same is not None:
            groups.setdefault(same, []).append((intent, link))
    for same, group in groups.items():
        known = strangers_of(intent for intent, _ in group)
        there = [one for one in free.get(same, ()) if one[0] not in known]
        paired = one_to_one({i.id: str(i.payload.get("Reference") or "") for i, _ in group}, there)
        for intent, link in group:
            if paired and intent.id in paired:
                _link(bench, intent, link, same, paired[intent.id])


def _waiting(bench: Workbench, batch: Batch) -> list[tuple[Intent, Link | None]]:
    """The creates of this batch whose CRM record has no payment in Xero yet."""
    mine = [i for i in batch.intents if i.verb == "create" and i.crm_id]
    if not nature(batch.kind).pays or not mine:
        return []
    found = []
    for intent in mine:
        crm_id = intent.crm_id or ""
        links = bench.store.links_by_crm(bench.connection_id, intent.module, [crm_id])
        link = links.get(crm_id)
        if link is None or link.state == "remaking":
            found.append((intent, link))
    return found


def _link(bench: Workbench, intent: Intent, link: Link | None, same: Same, xero_id: str) -> None:
    """A new link, or the old one moved; the base holds what both sides surely have alike."""
    store, connection_id = bench.store, bench.connection_id
    if link is None:
        link = store.add_link(
            Link(
                connection_id,
                "Payment",
                xero_id,
                intent.module,
                intent.crm_id or "",
                created_at=bench.clock.now(),
            )
        )
    else:
        store.change_link(replace(link, xero_id=xero_id, state="live"))
    assert link.id is not None  # the store answers it with its id
    amount = as_decimal(same.amount)
    pairs = {"Date": Pair(same.day, same.day), "Amount": Pair(amount, amount)}
    invoice = store.links_by_xero(connection_id, "Invoice", [same.invoice_id])
    if same.invoice_id in invoice:
        crm_invoice = invoice[same.invoice_id].crm_id
        pairs["Invoice.InvoiceID"] = Pair(crm_invoice, same.invoice_id)
    scope = bench.scope(intent.module)
    seen = store.shadows(connection_id, "xero", "Payment", [xero_id]).get(xero_id)
    if scope is not None and seen is not None and intent.meant:
        # Nobody can change a payment in Xero: all of it is as it was sent.
        record = ElementReader("Payment").load(seen.payload)
        pairs |= arrived_pairs(intent.meant, record, scope, created=True)
    store.save_bases([Base(link.id, pairs)])
