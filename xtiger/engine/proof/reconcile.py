"""The proof that both sides agree: every enabled module read again, counted, summed, compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from xtiger.engine.observe.both_sides import mark_gone
from xtiger.engine.plan.invoice.figures import payments_travel
from xtiger.engine.proof.compare import (
    PAID,
    Differing,
    compare_currency,
    compare_document,
    compare_rows,
    status_agrees,
)
from xtiger.engine.proof.counting import Counting, Document, crm_name
from xtiger.engine.proof.credited import WithCredit
from xtiger.engine.proof.document_sums import DocumentSums
from xtiger.engine.proof.fresh_read import (
    Items,
    Links,
    XeroEntry,
    XeroTable,
    crm_records,
    fresh_lookups,
    items_now,
    read_table,
    readable,
)
from xtiger.engine.proof.last_outcome import cure_said, known_cause, standing_of
from xtiger.engine.proof.module_reader import ModuleReader, TypedReader
from xtiger.engine.proof.settled import Settled
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import Lookups
from xtiger.model.links import Link
from xtiger.model.plans import Cause
from xtiger.model.records import Record, XeroRef
from xtiger.model.runs import Outcome
from xtiger.model.values import Plain
from xtiger.rules.identity import known_since
from xtiger.rules.kinds import nature
from xtiger.rules.reconciliation import (
    RECORD,
    Bucket,
    Counter,
    Disagreement,
    ModuleCount,
    Reconciliation,
    Standing,
    SumTable,
    by_module,
    cure_of,
    month_of,
)
from xtiger.rules.starting import OPEN, is_before

_Fate = tuple[str, str, str]  # what became of a CRM record that a natural key belongs to


def reconcile(
    bench: Workbench, counted: Callable[[str], Counting], since: date | None = None
) -> Reconciliation:
    """Compare every scope of the bench; documents before `since` are left out on both sides.

    `counted` returns what is read of a kind. Reads each Xero kind whole and each CRM module from
    its start; nothing is written.
    """
    links = Links(bench)
    proof = _Proof(bench, counted, since, links, fresh_lookups(bench, links))
    for kind in dict.fromkeys(part.kind for scope in bench.scopes for part in scope.parts):
        proof.kind(kind)
    order = {scope.name: place for place, scope in enumerate(bench.scopes)}
    return Reconciliation(
        connection_id=bench.connection_id,
        organisation=bench.connection.name,
        base_currency=bench.connection.base_currency,
        made_at=bench.clock.now(),
        since=since,
        modules=tuple(
            sorted(by_module(proof.counts), key=lambda one: order.get(one.module, len(order)))
        ),
        sums=tuple(row for table in proof.sums for row in table.rows()),
        differences=tuple(proof.differences),
        standing=tuple(proof.standing),
        not_compared=tuple(scope.name for scope in bench.scopes if not readable(scope.kind)),
        calls=bench.xero.calls,
    )


@dataclass(slots=True)
class _Proof:
    """What is found while going through the modules."""

    bench: Workbench
    counted: Callable[[str], Counting]
    since: date | None
    links: Links
    lookups: Lookups
    counts: list[ModuleCount] = field(default_factory=list)
    sums: list[SumTable] = field(default_factory=list)
    differences: list[Disagreement] = field(default_factory=list)
    standing: list[Standing] = field(default_factory=list)
    _items: Items | None = None

    def kind(self, kind: str) -> None:
        """All modules of one Xero kind: the CRM's records, then what only Xero has."""
        if not readable(kind):
            return
        kept = self.counted(kind)
        table = read_table(self.bench, kind, kept.name_path, kept.facts, self.lookups.taxes)
        if nature(kind).traceless:
            # The feed of items shows no deletions: what is missing is news for the next sync.
            mark_gone(self.bench, kind, set(table.entries), self.bench.clock.now())
        modules = [
            _Module(self, part, kept, table)
            for scope in self.bench.scopes
            for part in scope.parts
            if part.kind == kind
        ]
        seen: set[str] = set()
        fates: dict[str, _Fate] = {}
        for module in modules:
            module.walk_crm(seen, fates)
        # New records of a kind are the first module's, but for those whose key another one has.
        first = next((s.name for s in self.bench.offered if kind in (s.kind, *s.other_kinds)), "")
        for entry in table.entries.values():
            if entry.id in seen:
                continue
            fate = next((fates[key] for key in entry.facts.keys if key in fates), None)
            link = self.links.of_kind(kind).get(entry.id)
            owner = link.module if link is not None else (fate[0] if fate else first)
            for module in modules:
                if module.scope.name == owner:
                    module.xero_alone(entry, fate)
        for module in modules:
            self.counts.append(module.count())

    def items(self) -> Items:
        """Every item, read once when documents with lines are compared."""
        if self._items is None:
            self._items = items_now(self.bench)
        return self._items


class _Module:
    """One module: every record of either side is counted once."""

    def __init__(self, proof: _Proof, scope: Scope, kept: Counting, table: XeroTable) -> None:
        self.proof, self.scope, self.kept, self.table = proof, scope, kept, table
        bench = proof.bench
        items = proof.items() if scope.module.lines else Items()
        self.code_set = frozenset(items.codes.values())
        self.reader = ModuleReader(bench, scope, proof.lookups, proof.links, items)
        links = proof.links.of_module(scope.name)
        self.links = {key: link for key, link in links.items() if link.kind == scope.kind}
        self._others = links.keys() - self.links.keys()
        self.crm, self.xero = Counter(), Counter()
        described = {f.role for f in scope.module.fields}
        roles = kept.roles.items()
        missing = {n for n, part in roles if f"{scope.sync.role}.{part}" not in described}
        held = frozenset(kept.amounts) - missing
        self.compared = held if payments_travel(proof.bench) else held - PAID
        self.sums = DocumentSums(scope, kept, held, self.compared, proof.sums)

    def count(self) -> ModuleCount:
        """The numbers of both sides."""
        return ModuleCount(self.scope.shown, self.scope.kind, self.crm.done(), self.xero.done())

    # --- the CRM's records ---

    def walk_crm(self, seen: set[str], fates: dict[str, _Fate]) -> None:
        """Judge every CRM record; `seen` gets the Xero ids met, `fates` the natural keys."""
        met: set[str] = set()
        name = self.scope.name
        for page in crm_records(self.proof.bench, name):
            live = [r for r in page if r.ref.id not in met and not r.deleted]
            self._page([r for r in live if self._mine(r)], seen, fates)
            met.update(record.ref.id for record in page if not record.deleted)
            self.proof.bench.progress(name, len(met), max(len(met), len(self.links)))
        # A linked record that the walk did not show counts as gone only when its id finds nothing.
        rest = [crm_id for crm_id in self.links if crm_id not in met]
        found = self.proof.bench.host.get(name, rest) if rest else {}
        self._page([r for r in found.values() if not r.deleted], seen, fates)
        for crm_id in rest:
            record = found.get(crm_id)
            if record is None or record.deleted:
                self._lost_in_crm(self.links[crm_id], seen)

    def _mine(self, record: Record) -> bool:
        """Whether this part of the module has the record: contacts are persons, or alone."""
        if record.ref.id in self.links:
            return True
        if not self.scope.people:
            return record.ref.id not in self._others and self.reader.is_mine(record)
        described = self.scope.module.by_role("contact.organisation")
        parent = bool(described and record.values.get(described.name))
        return record.ref.id not in self._others and parent == bool(self.scope.traits.part_of)

    def _page(self, records: list[Record], seen: set[str], fates: dict[str, _Fate]) -> None:
        self.reader.prepare(records)
        for record in records:
            link = self.links.get(record.ref.id)
            entry = self.table.entries.get(link.xero_id) if link is not None else None
            scope, priced = self.reader.as_document(record, entry)
            fate = self._record(priced, scope, link, entry, seen)
            url = self.proof.bench.host.url(record.ref) or ""
            for key in self.kept.keys(scope, record, url):
                fates.setdefault(key, (self.scope.name, record.ref.id, fate))

    def _record(
        self,
        record: Record,
        scope: Scope,
        link: Link | None,
        entry: XeroEntry | None,
        seen: set[str],
    ) -> str:
        if link is not None and entry is not None and link.role == "primary":
            seen.add(entry.id)
        there = entry if entry is not None and not entry.gone else None
        reader = TypedReader(self.reader, scope)
        document = self.kept.document(reader, record) if self.kept.document else Document()
        reason = self._left_out(record, link, there, document)
        if reason:
            self.crm.leave_out(reason)
            if entry is not None and link is not None and link.role == "primary":
                self.xero.leave_out("removed_in_xero" if there is None else reason)
            return "left out"
        if there is not None:
            agreed = self.reader.with_agreed_tax(record, link, there.facts, document)
            self._pair(record, scope, there, agreed)
            return "linked"
        return self._crm_alone(record, scope, link, entry, document)

    def _left_out(
        self, record: Record, link: Link | None, entry: XeroEntry | None, document: Document
    ) -> str:
        """The reason why a CRM record is out of scope; "" for one that is in it."""
        if unwanted := self.reader.selection.left_alone(record):
            return unwanted.code
        if self._before(document.day, entry.facts.day if entry is not None else None):
            return "before_since"
        if document.status == "VOIDED" and entry is None:
            return "cancelled"
        if link is not None:
            return "second_record" if link.role != "primary" else ""
        if self._before_start(document.day, is_open=document.claimed != "PAID"):
            return "before_start"
        if self.reader.selection.barred_status(record) is not None:
            return "status_not_selected"
        if not self.scope.carries("to_xero"):
            return "not_carried"
        scope = self.scope
        return "" if scope.settings.create_in_xero else scope.switched_off("create_off").code

    def _before(self, *days: date | None) -> bool:
        """Whether all days that are known lie before the day asked for."""
        known = [day for day in days if day is not None]
        since = self.proof.since
        return since is not None and bool(known) and all(day < since for day in known)

    def _before_start(self, day: date | None, *, is_open: bool) -> bool:
        """Whether a document without link is of before the connection's start."""
        return is_before(self.scope.start, day, is_open=is_open)

    def _crm_alone(
        self,
        record: Record,
        scope: Scope,
        link: Link | None,
        entry: XeroEntry | None,
        document: Document,
    ) -> str:
        name, crm_id = crm_name(self.scope, record, self.kept.naming), record.ref.id
        xero_id = link.xero_id if link is not None else None
        if entry is not None:
            self.xero.leave_out("removed_in_xero")
        outcome = self._newest(crm_id=crm_id)
        cause = self._known(outcome, crm_id, xero_id, linked=link is not None)
        if cause is not None:
            self.crm.standing += 1
            self._stands(name, crm_id, xero_id, cause, outcome)
            return "standing"
        self.crm.alone += 1
        if self.kept.amounts:
            bucket = Bucket(month_of(document.day), document.status, document.currency)
            type_there = scope.document.type if scope.document is not None else ""
            self.sums.of(type_there).add("crm", bucket, document.amounts)
        there: Plain = entry.status if entry is not None else False
        self._differ(
            name,
            crm_id,
            xero_id,
            Differing(RECORD, True, there, "lost_in_xero" if link is not None else "sync"),
            outcome,
        )
        return "alone"

    def _pair(self, record: Record, scope: Scope, entry: XeroEntry, document: Document) -> None:
        if document.waits and entry.facts.status == "DRAFT":
            # Its payments wait, each for a reason of its own.
            document = replace(document, derived=document.derived | PAID)
        self.crm.linked += 1
        self.xero.linked += 1
        name, crm_id = crm_name(self.scope, record, self.kept.naming), record.ref.id
        noted = self.reader.credited(crm_id)
        stands = WithCredit.of(document, entry, noted, record, scope)
        if self.kept.amounts:
            self._sum_pair(entry, stands.document)
        found: Sequence[Differing]
        if entry.problem:
            found = [Differing(RECORD, True, entry.problem, "unreadable")]
        else:
            found = stands.explained(self._compared(record, scope, entry, document))
            if any(one.cure == "sync" for one in found):
                rate_of = self.proof.lookups.taxes.percent
                pairs = self.reader.agreed(self.links[crm_id])
                settled = Settled(self.scope, record, entry, pairs, rate_of)
                found = list(settled.cured(found))
        outcome = self._newest(crm_id=crm_id) if found else None
        for one in found:
            self._differ(name, crm_id, entry.id, one, outcome)

    def _compared(
        self, record: Record, scope: Scope, entry: XeroEntry, document: Document
    ) -> Iterator[Differing]:
        """Mapped fields, then what a document has besides; what is both is reported once."""
        values = self.table.values(entry)
        fields = list(compare_rows(scope, record, values, self.proof.lookups))
        yield from fields
        if self.kept.document is None:
            return
        reported = {one.label for one in fields}
        known = self.code_set
        for one in compare_document(document, entry, self.kept, self.compared, known):
            if one.label not in reported:
                yield one
        if not any(row.key == "CurrencyCode" and row.label in reported for row in self.scope.rows):
            # An invoice that names no currency in the CRM is in the CRM's own.
            yield from compare_currency(document, entry)

    def _sum_pair(self, entry: XeroEntry, document: Document) -> None:
        facts = entry.facts
        same = status_agrees(document.status, facts.status)
        status = facts.status if same else document.status
        # A CRM without a day or status says nothing about it; Xero's is the month to sum under.
        day = document.day or facts.day
        theirs = dict(zip(self.kept.amounts, facts.amounts, strict=False))
        mirrored = {name: theirs[name] or Decimal(0) for name in document.derived if name in theirs}
        bucket = Bucket(month_of(day), status, document.currency)
        self.sums.of(facts.type).add("crm", bucket, {**document.amounts, **mirrored})
        self._sum_xero(entry)

    def _sum_xero(self, entry: XeroEntry) -> None:
        facts = entry.facts
        bucket = Bucket(month_of(facts.day), facts.status, facts.currency)
        amounts = dict(zip(self.kept.amounts, facts.amounts, strict=False))
        self.sums.of(facts.type).add("xero", bucket, amounts)

    # --- what only Xero has ---

    def _lost_in_crm(self, link: Link, seen: set[str]) -> None:
        entry = self.table.entries.get(link.xero_id)
        if entry is None or link.role != "primary":
            return  # gone on both sides: there is nothing to compare
        seen.add(entry.id)
        if entry.gone:
            self.xero.leave_out("gone_on_both")
        elif self._before(entry.facts.day):
            self.xero.leave_out("before_since")
        else:
            outcome = self._newest(crm_id=link.crm_id)
            self._alone_in_xero(entry, link.crm_id, outcome, "lost_in_crm", linked=True)

    def xero_alone(self, entry: XeroEntry, fate: _Fate | None) -> None:
        """Judge a Xero record that no CRM record of the module is linked to."""
        if entry.id in self.proof.links.of_kind(self.scope.kind):
            return  # its CRM record is counted already: gone there, too
        reason = self._foreign(entry, fate)
        if reason:
            self.xero.leave_out(reason)
            return
        twice = fate is not None and fate[2] == "linked"
        # A document twice is money twice: that is reported even when the last sync held it.
        outcome = None if twice and self.kept.amounts else self._newest(xero_id=entry.id)
        if not twice and (barred := self._barred(outcome)):
            self.xero.leave_out(barred)
            return
        crm_id = fate[1] if fate is not None else None
        self._alone_in_xero(entry, crm_id, outcome, "duplicate" if twice else "sync", linked=False)

    def _barred(self, outcome: Outcome | None) -> str:
        """Why the last sync left a record out, by status or filter, where these still decide."""
        code = outcome.cause.code if outcome is not None and outcome.cause is not None else ""
        now = self.scope.settings
        still = {"status_not_selected": now.statuses, "filtered_out": now.filter}
        return code if still.get(code) else ""

    def _foreign(self, entry: XeroEntry, fate: _Fate | None) -> str:
        """The reason why a record that only Xero has is out of scope; "" for one in it."""
        facts = entry.facts
        if entry.gone:
            return "removed_in_xero"
        if self._before(facts.day):
            return "before_since"
        if self._before_start(facts.day, is_open=facts.status in OPEN):
            return "before_start"
        if fate is not None and fate[2] == "linked":
            return ""  # a second one of a record that is there: reported whatever travels
        if facts.foreign:
            return facts.foreign
        if facts.parent and self.proof.links.crm_id(XeroRef("Invoice", facts.parent)) is None:
            return "parent_not_linked"
        if not self.scope.carries("to_crm"):
            return "not_carried"
        if not self.scope.settings.create_in_crm:
            return "create_off"
        return "twin_not_selected" if fate is not None and fate[2] == "left out" else ""

    def _alone_in_xero(
        self,
        entry: XeroEntry,
        crm_id: str | None,
        outcome: Outcome | None,
        cure: str,
        *,
        linked: bool,
    ) -> None:
        cause = self._known(outcome, crm_id, entry.id, linked=linked)
        if cause is not None:
            self.xero.standing += 1
            self._stands(entry.name, crm_id, entry.id, cause, outcome)
            return
        self.xero.alone += 1
        if self.kept.amounts:
            self._sum_xero(entry)
        one = Differing(RECORD, False, entry.problem or True, cure, {"name": entry.name})
        self._differ(entry.name, crm_id, entry.id, one, outcome)

    # --- shared ---

    def _known(
        self, outcome: Outcome | None, crm_id: str | None, xero_id: str | None, *, linked: bool
    ) -> Cause | None:
        records = (self.scope.name, crm_id), (self.scope.kind, xero_id)
        return known_cause(self.proof.bench.erased, records, outcome, linked=linked)

    def _newest(self, *, crm_id: str | None = None, xero_id: str | None = None) -> Outcome | None:
        """The newest outcome of a record: why the last sync left it as it is."""
        bench, module = self.proof.bench, self.scope.name if crm_id else None
        found = bench.store.outcomes(
            connections=[bench.connection_id],
            module=module,
            crm_id=crm_id,
            xero_id=xero_id,
            since=known_since(bench.store, bench.connection_id) if crm_id else None,
            limit=1,
        )
        return found[0] if found and found[0].kind == self.scope.kind else None

    def _stands(
        self,
        name: str,
        crm_id: str | None,
        xero_id: str | None,
        cause: Cause,
        outcome: Outcome | None,
    ) -> None:
        found = standing_of((self.scope.name, name, crm_id, xero_id), cause, outcome)
        self.proof.standing.append(found)

    def _differ(
        self,
        name: str,
        crm_id: str | None,
        xero_id: str | None,
        one: Differing,
        outcome: Outcome | None,
    ) -> None:
        cure, data = cure_said(one.cure, one.data, outcome)
        self.proof.differences.append(
            Disagreement(
                self.scope.name,
                name,
                crm_id,
                xero_id,
                one.label,
                one.crm,
                one.xero,
                cure_of(cure, self.scope.name, data),
            )
        )
