"""Booking: links, bases, outcomes and clean keys of finished items, in one transaction each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from xtiger.engine.apply.answered_values import lasting_links
from xtiger.engine.apply.images import base_before, image_of
from xtiger.engine.apply.logged.new_rows import to_log
from xtiger.engine.apply.refusals import refused_cause, taken_cause
from xtiger.engine.apply.sent_lines import Found
from xtiger.engine.observe.invoice_payments import payments_of
from xtiger.engine.pair.aliases import follow_primary
from xtiger.engine.pair.decisions import drop_decisions
from xtiger.engine.plan.invoice.currencies import RATE
from xtiger.engine.plan.item_builder import row_key
from xtiger.engine.plan.refused import Refusals
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import LinkRefused
from xtiger.mapping.convert import LINES
from xtiger.model.links import Base, Link, LinkState, Pair, Shadow
from xtiger.model.plans import STANDING, Cause, Item
from xtiger.model.runs import Flow, Outcome, Run
from xtiger.model.undo.allocated import Allocated
from xtiger.model.undo.images import Changes, Image
from xtiger.model.values import Plain
from xtiger.model.verbs import ResultName
from xtiger.rules.catalogue import stands
from xtiger.rules.kinds import nature, paid_by
from xtiger.rules.privacy.unlogged import without_unlogged

#: Why an invoice is looked at again that Xero gave a rate.
RATED: Final = "rate"
#: Why an invoice is: its difference was credited, and what Xero calls due may be another amount.
CREDITED: Final = "credited"
#: Both are looked at in the follow-up of the same run.
FOLLOWED: Final = frozenset({RATED, CREDITED})
#: Items without action that one transaction books.
_QUIET = 1_000
#: The pair of lines as agreed before and their links → what they are after a write.
LinesOf = Callable[[Pair | None, Mapping[str, str]], Found | None]


@dataclass(slots=True)
class _Block:
    """What one transaction books, read and written in few statements however many items."""

    #: CRM id → link, and link id → base, as they were before.
    links: Mapping[str, Link]
    bases: dict[int, Base]
    changed: dict[int, Base] = field(default_factory=dict)
    #: The item as planned, and its outcome with the ids that it has now.
    settled: list[tuple[Item, Outcome]] = field(default_factory=list)
    halves: dict[int, Item] = field(default_factory=dict)
    #: Xero ids of invoices that are linked now, whose payments were left out so far.
    waking: list[str] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)


@dataclass(slots=True)
class Booking:
    """Writes what happened to items; keeps the outcomes of the run in order."""

    bench: Workbench
    run: Run
    outcomes: list[Outcome]
    _settled: set[int] = field(default_factory=set)
    #: Items sent to Xero whose CRM half is still to come: Item.number → item with its link.
    _half: dict[int, Item] = field(default_factory=dict)
    #: Item.number → what was written of it in Xero and in the CRM, until that is booked.
    _wrote: dict[int, tuple[Changes, Changes]] = field(default_factory=dict)
    #: Item.number → Xero's own id of the call that carried it.
    _correlations: dict[int, str] = field(default_factory=dict)
    #: Item.number → the credit note that was made for it.
    _allocated: dict[int, Allocated] = field(default_factory=dict)
    _block: _Block | None = None
    _refusals: Refusals = field(init=False)

    def __post_init__(self) -> None:
        """Nothing was refused yet."""
        self._refusals = Refusals(self.bench)

    def unsettled(self, items: Sequence[Item]) -> list[Item]:
        """Those without outcome yet."""
        return [item for item in items if item.number not in self._settled]

    def wrote(self, item: Item, xero: Changes | None = None, crm: Changes | None = None) -> None:
        """Remember what was written of an item, before and after; kept once it is booked."""
        self._wrote[item.number] = (xero or {}, crm or {})

    def allocated(self, item: Item, made: Allocated) -> None:
        """Remember a credit note that was made for an item; kept once it is booked."""
        self._allocated[item.number] = made

    def answered_by(self, items: Iterable[Item], correlation_id: str) -> None:
        """Remember which call of Xero's answered these items, for their outcomes."""
        if correlation_id:
            self._correlations |= {item.number: correlation_id for item in items}

    @contextmanager
    def together(self, items: Sequence[Item]) -> Iterator[_Block]:
        """Book these items of one module in one transaction; a block inside another joins it.

        When it fails nothing of it counts: the items are unsettled still.
        """
        if self._block is not None:
            yield self._block
            return
        self._block = block = self._open(items)
        try:
            with self.bench.store.transaction():
                yield block
                self._write(block)
        finally:
            self._block = None
        self._half.update(block.halves)
        self._settled.update(item.number for item, _ in block.settled)
        made = [outcome for _, outcome in block.settled]
        self.outcomes.extend(made)
        for outcome in made:
            self.bench.after_outcome(outcome)

    def _open(self, items: Sequence[Item]) -> _Block:
        store = self.bench.store
        ready = [self._half.get(item.number, item) for item in items]
        linked = [item for item in ready if item.link_id is not None]
        if not linked:
            return _Block({}, {})
        ids = [item.crm_id for item in linked if item.crm_id]
        links = store.links_by_crm(self.bench.connection_id, linked[0].module, ids)
        # What neither moves nor agrees on anything new keeps its base unread.
        changing = [
            item.link_id
            for item in linked
            if item.verb is not None or item.agreed or item.undoes is not None
        ]
        return _Block(links, dict(store.bases([one for one in changing if one is not None])))

    def _write(self, block: _Block) -> None:
        store = self.bench.store
        store.save_bases(block.changed.values())
        store.add_images(block.images)
        self._wake_payments(block.waking)
        made = [outcome for _, outcome in block.settled]
        wanted = self.bench.asked | self.bench.saved
        new = to_log(store, self.bench.connection_id, wanted, made)
        store.add_outcomes(new.rows)
        store.count_unchanged(
            self.bench.connection_id, self.run.id, new.counted, self.bench.clock.now()
        )
        for item, outcome in block.settled:
            drop_decisions(self.bench, item, outcome)
        done = [key for item, outcome in block.settled if not stands(outcome) for key in item.keys]
        if done:
            store.clean(self.bench.connection_id, done)
        went: dict[str, list[str]] = {}
        for item, outcome in block.settled:
            key = item.crm_id or item.xero_id
            if key and outcome.result not in STANDING:
                went.setdefault(outcome.module, []).append(key)
        for module, crm_ids in went.items():
            self._refusals.forget(module, crm_ids)

    # --- what can happen to an item ---

    def settle_quiet(self, items: Sequence[Item]) -> None:
        """Book items that need no action; unchanged pairs still renew what agrees."""
        for start in range(0, len(items), _QUIET):
            self._settle_quiet(items[start : start + _QUIET])

    def _settle_quiet(self, items: Sequence[Item]) -> None:
        with self.together(items) as block:
            self._forget_gone(items)
            for item in items:
                if item.link_id is not None and (item.agreed or item.undoes is not None):
                    self._save_base(block, item, item.link_id, item.crm_values, item.xero_values)
                self._follow_state(block, item)
                self._settle(block, item, item, item.result, item.cause)

    def _forget_gone(self, items: Sequence[Item]) -> None:
        """A record deleted in the CRM is nobody's twin any more."""
        gone = [
            Shadow("crm", item.module, item.crm_id, {}, self.bench.clock.now(), gone=True)
            for item in items
            if item.crm_id and _gone_in_crm(item)
        ]
        self.bench.store.save_shadows(self.bench.connection_id, gone)

    def _follow_state(self, block: _Block, item: Item) -> None:
        """An item gone on one side makes its link an orphan; one that is back revives it."""
        link = block.links.get(item.crm_id or "")
        if link is None or item.link_id is None:
            return
        gone = item.cause is not None and item.cause.code in ("gone_in_xero", "gone_in_crm")
        state: LinkState = item.link_state or ("orphan" if gone else "live")
        known = item.link_state is not None or gone or item.result == "unchanged"
        if known and link.state != state:
            self.bench.store.change_link(replace(link, state=state))

    def removed(self, item: Item) -> None:
        """Book a record that is gone on both sides now: its link stays as the proof.

        A person's goes: its entry on the contact's list has no id that could come back.
        """
        store = self.bench.store
        with self.together([item]) as block:
            if not nature(item.kind).part_of:
                self._forget_gone([item])
                self._follow_state(block, item)
            elif item.link_id is not None:
                store.remove_link(item.link_id)
            if nature(item.kind).part_of and item.crm_id:
                gone = Shadow(
                    "crm", item.module, item.crm_id, {}, self.bench.clock.now(), gone=True
                )
                store.save_shadows(self.bench.connection_id, [gone])
            self._keep_image(block, item, item, block.bases.get(item.link_id or 0))
            self._settle(block, item, item, "removed", item.cause)

    def settle_links(self, items: Sequence[Item]) -> None:
        """Book links whose values agree already."""
        if not items:
            return
        with self.together(items):
            for item in items:
                self.agree(
                    item, item.xero_id or "", item.crm_id or "", item.crm_values, item.xero_values
                )

    def agree(
        self,
        item: Item,
        xero_id: str,
        crm_id: str,
        crm: Mapping[str, Plain],
        xero: Mapping[str, Plain],
        *,
        cause: Cause | None = None,
        result: ResultName | None = None,
        line_ids: Mapping[str, str] | None = None,
    ) -> None:
        """Link if needed, store the new base of the agreed fields, and the outcome."""
        ready = self._half.get(item.number, item)
        with self.together([item]) as block:
            before = block.bases.get(ready.link_id or 0)
            try:
                link_id = self._linked(block, ready, xero_id, crm_id)
            except LinkRefused:
                self._settle(block, item, ready, "held", taken_cause(item))
                return
            addressed = replace(ready, xero_id=xero_id, crm_id=crm_id, link_id=link_id)
            old = block.changed.get(link_id) or block.bases.get(link_id)
            self._save_base(block, ready, link_id, crm, xero, line_ids)
            # A payment that is made anew is another one, of which the same was agreed.
            self._keep_image(block, item, addressed, before if nature(item.kind).pays else old)
            self._look_at_rate(ready, xero_id)
            self._settle(block, item, addressed, result or ready.result, cause or ready.cause)

    def _look_at_rate(self, item: Item, xero_id: str) -> None:
        """Look again at a document that Xero has given a rate, which the CRM has not yet."""
        if item.verb == "create" and RATE in item.crm_values and RATE not in item.agreed:
            bench = self.bench
            bench.store.mark(
                bench.connection_id, "xero", item.kind, [xero_id], RATED, bench.clock.now()
            )

    def half(
        self,
        item: Item,
        crm: Mapping[str, Plain],
        xero: Mapping[str, Plain],
        xero_id: str,
        *,
        cause: Cause | None = None,
        line_ids: Mapping[str, str] | None = None,
        mixed: LinesOf | None = None,
    ) -> None:
        """The Xero half of an item that also writes in the CRM is done: link and base only.

        A cause found in Xero's answer, a total that differs, makes it failed in the end. `mixed`
        makes the base of lines of which some cells went out and others are still to come in.
        """
        ready = self.after_half(item)
        with self.together([item]) as block:
            try:
                link_id = self._linked(block, item, xero_id, item.crm_id or "")
            except LinkRefused:
                self.stop(item, taken_cause(item), "held")
                return
            going = {row_key(d.field) for d in item.differences if d.decision == "to_crm"}
            sent = replace(ready, agreed=frozenset(item.agreed - going))
            old = block.changed.get(link_id) or block.bases.get(link_id)
            self._save_base(block, sent, link_id, crm, xero, line_ids, mixed)
            self._keep_image(block, item, replace(ready, xero_id=xero_id, link_id=link_id), old)
            block.halves[item.number] = replace(
                ready,
                link_id=link_id,
                xero_id=xero_id,
                xero_values=dict(xero),
                line_links={**item.line_links, **(line_ids or {})},
                cause=cause or ready.cause,
                result="failed" if cause else ready.result,
            )

    def ask(self, item: Item, ready: Item) -> None:
        """Let an item that was sent be booked as `ready`, which asks or tells a person."""
        self._half[item.number] = ready

    def after_half(self, item: Item) -> Item:
        """The item as its Xero half left it."""
        return self._half.get(item.number, item)

    def refused(
        self, item: Item, problems: Sequence[str], sent: Mapping[str, Plain] | None = None
    ) -> None:
        """Book what Xero refused; `sent` are its values with real ids in place of stand-ins."""
        cause, result = refused_cause(item, problems)
        with self.together([item]):
            self._refusals.remember(item, sent or item.to_xero or {}, cause, result)
            self.stop(item, cause, result)

    def refused_list(
        self,
        contact_id: str,
        said: Sequence[tuple[Item, Sequence[str]]],
        sent: Sequence[tuple[Item, Mapping[str, Plain]]],
    ) -> None:
        """Book persons that Xero refused, with its words; `sent` is what the list still lacks."""
        refused = [(item, *refused_cause(item, problems)) for item, problems in said]
        with self.together([item for item, _ in said]):
            self._refusals.remember_list(contact_id, sent, refused)
            for item, cause, result in refused:
                self.stop(item, cause, result)

    def stop(self, item: Item, cause: Cause, result: ResultName) -> None:
        """Book an item that was to be done and was not."""
        with self.together([item]) as block:
            self._settle(block, item, self._half.get(item.number, item), result, cause)

    # --- inside ---

    def _linked(self, block: _Block, item: Item, xero_id: str, crm_id: str) -> int:
        """The id of the item's link: new, as it is, or moved to the contact it was merged into."""
        store = self.bench.store
        if item.link_id is None:
            link = store.add_link(
                Link(
                    self.bench.connection_id,
                    item.kind,
                    xero_id,
                    item.module,
                    crm_id,
                    state=item.link_state or "live",
                    created_at=self.bench.clock.now(),
                )
            )
            assert link.id is not None  # the store answers it with its id
            if paid_by(item.kind) and not (item.verb == "create" and item.to_xero):
                block.waking.append(xero_id)
            return link.id
        known = block.links.get(crm_id)
        if item.undoes is not None and item.link_state is not None:
            self._follow_state(block, item)
        elif known is not None and (known.xero_id, known.state) != (xero_id, "live"):
            store.change_link(replace(known, xero_id=xero_id, state="live"))
            if known.xero_id != xero_id:
                if not nature(item.kind).part_of:
                    # What was agreed with the old contact says nothing about the new one.
                    block.bases[item.link_id] = Base(item.link_id, {})
                follow_primary(self.bench, known, xero_id)
        return item.link_id

    def _wake_payments(self, invoice_ids: Sequence[str]) -> None:
        """Payments of invoices that were not synced were left out; now they are looked at."""
        bench = self.bench
        seen = bench.store.shadows(bench.connection_id, "xero", "Invoice", invoice_ids)
        ids = [one for shadow in seen.values() for one in payments_of(shadow.payload)]
        bench.store.mark(bench.connection_id, "xero", "Payment", ids, "invoice", bench.clock.now())

    def _save_base(
        self,
        block: _Block,
        item: Item,
        link_id: int,
        crm: Mapping[str, Plain],
        xero: Mapping[str, Plain],
        line_ids: Mapping[str, str] | None = None,
        mixed: LinesOf | None = None,
    ) -> None:
        old = block.changed.get(link_id) or block.bases.get(link_id)
        if item.undoes is not None:
            block.changed[link_id] = base_before(item, item.undoes, link_id, old, (crm, xero))
            return
        pairs = dict(old.pairs) if old else {}
        for key in item.agreed:
            if key != LINES or key in crm:
                asked = tuple(one for one in item.asked if row_key(one) == key)
                pairs[key] = Pair(crm.get(key), xero.get(key), asked)
        scope = self.bench.scope(item.module)
        version = scope.mapping.version if scope else 0
        lines = dict(old.lines) if old else {}
        if LINES in item.agreed and line_ids is None:
            line_ids = item.line_links
        if line_ids is not None:
            lines = {**lines, **line_ids}
            if scope is not None and LINES in item.agreed:
                lines = lasting_links(lines, pairs.get(LINES), scope)
        found = mixed(pairs.get(LINES), old.lines if old else {}) if mixed else None
        if found is not None:
            pairs[LINES], lines = found
        if old is None or old.pairs != pairs or old.lines != lines:
            block.changed[link_id] = Base(link_id, pairs, version, lines)

    def _keep_image(self, block: _Block, item: Item, addressed: Item, old: Base | None) -> None:
        """Keep what was written of an item, with what both sides agreed on before, for undo."""
        wrote = self._wrote.pop(item.number, ({}, {}))
        if item.verb is None or addressed.link_id is None:
            return
        where = {
            "connection_id": self.bench.connection_id,
            "run_id": self.run.id,
            "crm_id": addressed.crm_id or "",
            "xero_id": addressed.xero_id or "",
            "link_id": addressed.link_id,
            "at": self.bench.clock.now(),
        }
        new = block.changed.get(addressed.link_id)
        image = image_of(item, where, wrote, old, new)
        made = self._allocated.pop(item.number, None)
        block.images.append(image if made is None else replace(image, allocated=(made,)))

    def _settle(
        self, block: _Block, item: Item, addressed: Item, result: ResultName, cause: Cause | None
    ) -> None:
        block.settled.append((item, self._outcome(addressed, result, cause)))

    def _outcome(self, item: Item, result: ResultName, cause: Cause | None) -> Outcome:
        sends, writes = item.to_xero is not None, item.to_crm is not None
        flow: Flow = (
            "both" if sends and writes else "to_xero" if sends else "to_crm" if writes else ""
        )
        made = Outcome(
            connection_id=self.bench.connection_id,
            run_id=self.run.id,
            module=item.module,
            kind=item.kind,
            crm_id=item.crm_id,
            xero_id=item.xero_id,
            name=item.name,
            result=result,
            verb=item.verb,
            flow=flow if result not in ("held", "failed") else "",
            cause=cause,
            differences=item.differences,
            proposals=item.proposals,
            at=self.bench.clock.now(),
            correlation_id=self._correlations.get(item.number, ""),
            trigger=self.run.trigger,
            started_by=self.run.started_by,
        )
        scope = self.bench.scope(item.module)
        hidden = scope.settings.unlogged if scope is not None else ()
        return without_unlogged(made, hidden, scope.names() if scope and hidden else {})


def _gone_in_crm(item: Item) -> bool:
    stays = item.cause is not None and item.cause.code == "gone_in_crm"
    return stays or item.gone_in_crm
