"""Booking: links, bases, outcomes and clean keys of finished items, in one transaction each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from xtiger.engine.bench import Scope, Workbench
from xtiger.errors import LinkRefused
from xtiger.fields import LINES, crm_values, xero_values
from xtiger.lines import line_keys
from xtiger.links import Base, Link, Pair
from xtiger.plans import STANDING, Cause, Item, Outcome, ResultName, Run
from xtiger.records import Record, XeroRecord
from xtiger.values import Plain


@dataclass(slots=True)
class Booking:
    """Writes what happened to items; keeps the outcomes of the run in order."""

    bench: Workbench
    run: Run
    outcomes: list[Outcome]
    _settled: set[int] = field(default_factory=set)
    #: Items sent to Xero whose CRM half is still to come: id(item) → item with its link.
    _half: dict[int, Item] = field(default_factory=dict)

    def unsettled(self, items: Sequence[Item]) -> list[Item]:
        """Those without outcome yet."""
        return [item for item in items if id(item) not in self._settled]

    def settle_quiet(self, items: Sequence[Item]) -> None:
        """Book items that need no action; unchanged pairs still renew what agrees."""
        bench = self.bench
        with bench.store.transaction():
            for item in items:
                if item.link_id is not None and item.agreed:
                    self._save_base(item, item.link_id, item.crm_values, item.xero_values)
                self._orphan(item)
            self._outcomes([(item, item.result, item.cause) for item in items])

    def _orphan(self, item: Item) -> None:
        if item.link_id is None or item.cause is None:
            return
        if item.cause.code in ("gone_in_xero", "gone_in_crm"):
            links = self.bench.store.links_by_xero(
                self.bench.connection_id, item.kind, [item.xero_id or ""]
            )
            link = links.get(item.xero_id or "")
            if link is not None and link.state == "live":
                self.bench.store.change_link(replace(link, state="orphan"))

    def settle_links(self, items: Sequence[Item]) -> None:
        """Book links whose values agree already."""
        with self.bench.store.transaction():
            for item in items:
                self.agree(item, item.xero_id or "", item.crm_id or "",
                           item.crm_values, item.xero_values)  # fmt: skip

    def agree(
        self, item: Item, xero_id: str, crm_id: str,
        crm: Mapping[str, Plain], xero: Mapping[str, Plain],
        *, cause: Cause | None = None, result: ResultName | None = None,
        line_ids: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """Link if needed, store the new base of the agreed fields, and the outcome."""
        link_id = item.link_id
        if link_id is None:
            try:
                link_id = self._link(item, xero_id, crm_id)
            except LinkRefused as error:
                self.stop(item, Cause("xero_refused", {"message": str(error)}), "failed")
                return
        self._save_base(item, link_id, crm, xero, line_ids)
        addressed = replace(item, xero_id=xero_id, crm_id=crm_id, link_id=link_id)
        self._settled.add(id(item))
        self._outcomes([(addressed, result or item.result, cause or item.cause)])

    def half(self, item: Item, crm: Mapping[str, Plain], xero: Mapping[str, Plain],
             xero_id: str) -> None:  # fmt: skip
        """The Xero half of an item that also writes in the CRM is done: link and base only."""
        link_id = item.link_id or self._link(item, xero_id, item.crm_id or "")
        going = {d.field for d in item.differences if d.decision == "to_crm"}
        sent = replace(item, agreed=frozenset(item.agreed - going))
        self._save_base(sent, link_id, crm, xero)
        self._half[id(item)] = replace(
            item, link_id=link_id, xero_id=xero_id, xero_values=dict(xero)
        )

    def after_half(self, item: Item) -> Item:
        """The item as its Xero half left it."""
        return self._half.get(id(item), item)

    def agree_as(self, item: Item, ready: Item, crm_id: str, crm: Mapping[str, Plain]) -> None:
        """Book an item whose CRM half is now done too, in the state its Xero half left."""
        self.agree(ready, ready.xero_id or "", crm_id, crm, ready.xero_values)
        self._settled.add(id(item))

    def _link(self, item: Item, xero_id: str, crm_id: str) -> int:
        bench = self.bench
        link = bench.store.add_link(
            Link(
                bench.connection_id,
                item.kind,
                xero_id,
                item.module,
                crm_id,
                created_at=bench.clock.now(),
            )
        )
        assert link.id is not None  # the store answers it with its id
        return link.id

    def _save_base(
        self, item: Item, link_id: int, crm: Mapping[str, Plain], xero: Mapping[str, Plain],
        line_ids: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        store = self.bench.store
        old = store.bases([link_id]).get(link_id)
        pairs = dict(old.pairs) if old else {}
        for key in item.agreed:
            pairs[key] = Pair(crm.get(key), xero.get(key))
        scope = self.bench.scope(item.module)
        version = scope.mapping.version if scope else 0
        lines = dict(old.lines) if old else {}
        if line_ids is not None:
            lines = dict(line_ids)
        if old is None or old.pairs != pairs or old.lines != lines:
            store.save_bases([Base(link_id, pairs, version, lines)])

    def stop(self, item: Item, cause: Cause, result: ResultName) -> None:
        """Book an item that was to be done and was not."""
        self._settled.add(id(item))
        with self.bench.store.transaction():
            self._outcomes([(item, result, cause)])

    def _outcomes(self, settled: Sequence[tuple[Item, ResultName, Cause | None]]) -> None:
        bench = self.bench
        made = [self._outcome(item, result, cause) for item, result, cause in settled]
        bench.store.add_outcomes(made)
        done = [
            key
            for item, result, _ in settled
            if result not in STANDING
            for key in item.keys
        ]  # fmt: skip
        if done:
            bench.store.clean(bench.connection_id, done)
        self.outcomes.extend(made)
        for item, _, _ in settled:
            self._settled.add(id(item))
        for outcome in made:
            bench.after_outcome(outcome)

    def _outcome(self, item: Item, result: ResultName, cause: Cause | None) -> Outcome:
        sends, writes = bool(item.to_xero), bool(item.to_crm)
        flow = "both" if sends and writes else "to_xero" if sends else "to_crm" if writes else ""
        return Outcome(
            connection_id=self.bench.connection_id, run_id=self.run.id, module=item.module,
            kind=item.kind, crm_id=item.crm_id, xero_id=item.xero_id, name=item.name,
            result=result, verb=item.verb, flow=flow if result not in ("held", "failed") else "",
            cause=cause, differences=item.differences, proposals=item.proposals,
            at=self.bench.clock.now(),
        )  # fmt: skip


def answered_xero(scope: Scope, record: XeroRecord) -> dict[str, Plain]:
    """Row key → value as Xero answered it, with lines and status of an invoice."""
    values = xero_values(record, scope.rows)
    if record.kind == "Invoice":
        values[LINES] = line_keys(record.lines)
        values["Status"] = "AUTHORISED" if record.status == "PAID" else record.status
    return values


def answered_crm(scope: Scope, record: Record) -> dict[str, Plain]:
    """Row key → value as the CRM holds it after our write."""
    values, _ = crm_values(record, scope.rows)
    return values
