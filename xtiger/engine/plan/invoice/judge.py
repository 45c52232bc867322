"""The judge of invoices in a plan: reads what their lines need at once, and judges each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from xtiger.engine.pair.ours import made_by, same_document
from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.field_merge import Merged
from xtiger.engine.plan.invoice.facts import (
    InvoiceWorld,
    line_lookups,
    meaning,
    status_text,
    wanted_status,
)
from xtiger.engine.plan.invoice.figures import beside, payments_travel, sums_of, unpaid
from xtiger.engine.plan.invoice.inward import SUMS, barred_status, judge_incoming
from xtiger.engine.plan.invoice.merge import (
    judge_both,
    judge_new,
    locked_proposals,
    skipped,
)
from xtiger.engine.plan.invoice.said import role_amounts, role_day
from xtiger.engine.plan.invoice.stock import MOVING, Stock
from xtiger.engine.plan.item_builder import (
    create_item,
    crm_create_item,
    item_of,
    merged_item,
    stopped,
)
from xtiger.engine.plan.kind_judge import JudgeParts
from xtiger.engine.plan.removals import removal_rule, removed_in_xero
from xtiger.mapping.convert import LINES
from xtiger.mapping.lines_to_crm import InLookups, SoldItem
from xtiger.mapping.lines_to_xero import BuiltLines, LineItem, build_lines
from xtiger.mapping.role_values import RoleValues
from xtiger.model.links import Shadow
from xtiger.model.person_ref import PersonRef
from xtiger.model.plans import Cause, Difference, Item
from xtiger.model.records import Module, Record, Ref, XeroRecord, XeroRef
from xtiger.model.values import Plain
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.causes import cause_of
from xtiger.rules.gone import says_gone
from xtiger.rules.invoice_status import crm_status, money_claimed, xero_word
from xtiger.rules.matching import Candidate
from xtiger.rules.money import Totals
from xtiger.rules.starting import OPEN, before_start

#: Roles of what a line may sell.
ITEM_ROLES = ("product", "service")


@dataclass(slots=True)
class InvoiceJudge(JudgeParts):
    """Judges the invoices of one plan."""

    #: (role, CRM id) → the record of a product or service, None when the CRM has none.
    _sold: dict[tuple[str, str], Record | None] = field(default_factory=dict)
    _described: dict[str, Module] = field(default_factory=dict)
    #: Xero id → code of the items sold, as last seen there.
    _codes: dict[str, str] = field(default_factory=dict)
    #: Organisation → its name, as last seen.
    _names: dict[Ref, str] = field(default_factory=dict)
    _world: InvoiceWorld | None = None
    #: Code → (Xero id, name) of every item seen, read when the first line comes in.
    _items: dict[str, tuple[str, str]] | None = None
    _stock: Stock | None = None
    #: Codes of items that were deleted in Xero, read when the first lines with codes are sent.
    _gone: set[Plain] | None = None

    def prepare(self, pairings: Sequence[Pairing]) -> None:
        """Read the products, services and organisations of these invoices in a few calls."""
        for pairing in pairings:
            if not _had_organisation(pairing):
                pairing.record = self._with_payer(pairing.record)
        records = [p.record for p in pairings if p.record is not None]
        bench, modules = self.bench, self._modules()
        self._described = {module.name: module for module in bench.host.modules()}
        for role in ITEM_ROLES:
            lines = [line for record in records for line in record.lines]
            lines += [line for pairing in pairings for line in _base_lines(pairing)]
            ids = sorted(set(self._ids_on_lines(lines, role)))
            if ids and modules.get(role) in self._described:
                found = bench.host.get(modules[role], ids)
                self._sold.update({(role, i): found.get(i) for i in ids})
                self._read_codes(modules[role], ids)
        wanted: dict[str, set[str]] = {}
        for record in records:
            address = self._organisation_address(record)
            if address is not None:
                wanted.setdefault(address.module, set()).add(address.id)
        for module, found_ids in wanted.items():
            seen = bench.store.shadows(bench.connection_id, "crm", module, found_ids)
            for crm_id, shadow in seen.items():
                self._names[Ref(module, crm_id)] = str(shadow.payload.get("name") or "")
        self._miss_archived([p.record for p in pairings if p.record and p.link is None])

    def _miss_archived(self, records: Sequence[Record]) -> None:
        """New invoices wait for organisations that are archived in Xero, in this plan or before."""
        bench, known = self.bench, dict[str, Ref]()
        for record in records:
            address = self._organisation_address(record)
            xero_id = self.state.xero_id_of(address) if address is not None else None
            if address is not None and xero_id:
                known[xero_id] = address
        seen = bench.store.shadows(bench.connection_id, "xero", "Contact", known) if known else {}
        for xero_id, shadow in seen.items():
            if says_gone("Contact", shadow.payload):
                self.state.lost.add(known[xero_id])

    def _read_codes(self, module: str, ids: Sequence[str]) -> None:
        found = [x for x in (self.state.xero_id_of(Ref(module, i)) for i in ids) if x]
        bench = self.bench
        seen = bench.store.shadows(bench.connection_id, "xero", "Item", found)
        self._codes.update({key: str(s.payload.get("Code") or "") for key, s in seen.items()})

    def _modules(self) -> Mapping[str, str]:
        return {sync.role: sync.name for sync in self.bench.offered}

    def _ids_on_lines(self, lines: Sequence[Mapping[str, Plain]], role: str) -> list[str]:
        found = (RoleValues(self.scope.module, line).text(f"line.{role}") for line in lines)
        return [crm_id for crm_id in found if crm_id]

    def world(self) -> InvoiceWorld:
        """What judging invoices needs, built once per plan."""
        if self._world is None:
            bench, fields = self.bench, self.state.lookups()
            caps = bench.host.host.caps
            self._world = InvoiceWorld(
                fields=fields,
                item=self._line_item,
                currencies=frozenset(bench.store.currencies(bench.connection_id)),
                base_currency=bench.connection.base_currency,
                organisation=bench.connection.organisation,
                own_status=lambda record: self.selection.own(record, "xtiger.status"),
                own_type=lambda record: self.selection.own(record, "xtiger.invoice_type"),
                inward=InLookups(
                    self._sold_item,
                    fields.taxes,
                    fields.accounts,
                    bench.host.taxes() if caps.tax_table else (),
                ),
                wanted_of=lambda text: meaning(text, self.scope),
                status_words=self.scope.option("status_from_xero") or {},
                multi_currency=caps.multi_currency,
                payments_travel=payments_travel(bench),
            )
        return self._world

    def incoming(self, pairing: Pairing) -> Item:
        """Created in the CRM with its lines, unless it is a bill or the CRM has its number."""
        assert pairing.xero is not None  # the caller's branch
        xero = pairing.xero
        if xero.values.get("Type") == "ACCPAY":
            return self.stop(pairing, cause_of("bill_not_carried"))
        customer = XeroRef("Contact", str((xero.raw.get("Contact") or {}).get("ContactID") or ""))
        if self.scope.start.bring == "none" and not self.state.crm_record_of(customer):
            return self.stop(pairing, cause_of("contact_not_brought"))
        twin = self._crm_twin(str(xero.values.get("InvoiceNumber") or ""))
        if twin is not None:
            return self.stop(pairing, twin)
        status = barred_status(xero, self.scope, self.world())
        if status is not None:
            return self.stop(pairing, cause_of("status_not_selected", status=status))
        merged, plan, line_items = judge_incoming(pairing, self.scope, self.world())
        if merged.causes:
            return self.stop(pairing, Cause.of_all(merged.causes))
        item = crm_create_item(pairing, self.scope, merged)
        return replace(
            item, crm_values=merged.crm, line_items=line_items, line_links=dict(plan.links)
        )

    def _crm_twin(self, number: str) -> Cause | None:
        """What holds it: the CRM has an invoice of this number already."""
        if not number:
            return None
        found = self.pairer.crm_index().match(Candidate("", number=number), by_name=False)
        if found.how == "none":
            return None
        if found.how in ("number", "shared"):
            return cause_of("twin_not_selected", name=number)
        return cause_of("number_taken_in_crm", number=number)

    def voided(self, pairing: Pairing) -> Item | None:
        """The item that marks an invoice voided or deleted in Xero as cancelled in the CRM.

        None when deletes in the CRM are switched off, or the CRM has no such status.
        """
        if pairing.record is None or pairing.xero is None or not self.scope.settings.delete_in_crm:
            return None
        described = self.scope.module.by_role("invoice.status")
        word = xero_word(pairing.xero)
        text = crm_status(word, described, self.world().status_words)
        if described is None or text is None or word not in ("VOIDED", "DELETED"):
            return None
        before = status_text(pairing.record, self.scope)
        label = described.label or described.name
        return item_of(
            pairing,
            self.scope,
            verb="void",
            result="removed",
            to_crm={described.name: text},
            differences=(Difference("Status", label, None, before, word, "to_crm"),),
            crm_values={"Status": before},
            xero_values={"Status": word},
        )

    def stranger(self, pairing: Pairing, record: Record) -> Cause | None:
        """An invoice of our number is ours only where a write of ours or all it says proves it.

        Another CRM on the same base address gives the same address to its invoice of this id.
        """
        there = pairing.xero
        sent = (one.payload for one in self.pairer.unanswered(record.ref.id))
        if there is not None and any(made_by("Invoice", one, there.raw) for one in sent):
            return None
        if there is not None and self._same(record, there):
            return None
        number = there.values.get("InvoiceNumber") if there is not None else ""
        return cause_of("number_taken", number=str(number))

    def _same(self, record: Record, there: XeroRecord) -> bool:
        """Whether Xero's invoice bears our address and is of our contact, date and total."""
        scope, address = self.scope, self._organisation_address(record)
        url = self.bench.host.url(record.ref)
        contact = self.state.xero_id_of(address) if address is not None else None
        if url is None or contact is None or there.values.get("Url") != url:
            return False
        built = build_lines(record, scope.module, line_lookups(scope, self.world()))
        said, _ = role_amounts(scope, record, {"Total": "total"})
        totals = {said.get("Total"), None if built.causes else built.totals.total} - {None}
        return same_document(there, contact, role_day(scope, record, "date"), totals)

    def settled_gone(self, pairing: Pairing) -> bool:
        """Whether the CRM says Cancelled, too."""
        if pairing.record is None:
            return False
        return wanted_status(pairing.record, self.scope, self.world()) == "VOIDED"

    def before_start(self, pairing: Pairing) -> Cause | None:
        """By the CRM's date and status; by Xero's where only Xero has it."""
        start = self.scope.start
        if pairing.record is not None:
            day = role_day(self.scope, pairing.record, "date")
            is_open = self._is_open(pairing.record)
        elif pairing.xero is not None:
            day, is_open = pairing.xero.values.get("Date"), pairing.xero.status in OPEN
        else:
            return None
        return before_start(start, day, is_open=is_open)

    def _is_open(self, record: Record) -> bool:
        """Whether the CRM's status says that money is still to come."""
        text = status_text(record, self.scope)
        cancelled = wanted_status(record, self.scope, self.world()) == "VOIDED"
        return not cancelled and money_claimed(text, self.world().status_words) != "PAID"

    def new(self, pairing: Pairing, record: Record) -> Item:
        """The item of an invoice that Xero does not have."""
        skip = skipped(record, self.scope, self.world(), linked=False)
        if skip is not None:
            return self.stop(pairing, skip)
        merged, built = judge_new(record, self.scope, self.world())
        if merged.causes:
            return self.stop(pairing, self._all(merged, record))
        item = create_item(pairing, self.scope, merged)
        other = self.state.claim_code("Invoice", item.name.casefold(), item.name)
        if other is not None:
            return self.stop(pairing, cause_of("number_taken", number=item.name))
        short = self._stock_cause(pairing, item)
        if short is not None:
            return self.stop(pairing, short)
        item = self._with_needs(item, record, built, built.totals)
        total, text = built.totals.total, status_text(record, self.scope)
        claimed = money_claimed(text, self.world().status_words)
        draft = merged.to_xero.get("Status") == "DRAFT"
        lacking = None if draft else unpaid(text, claimed, total, total)
        return beside(replace(item, line_ids=built.host_ids), [lacking] if lacking else [])

    def both(self, pairing: Pairing, *, linking: bool) -> Item:
        """The item of an invoice that is on both sides."""
        assert pairing.record is not None  # the caller's branch
        skip = skipped(pairing.record, self.scope, self.world(), linked=True)
        if (
            skip is not None
            and skip.code == "cancel_not_allowed"
            and (removal_rule(self.scope).remove_in_xero and not linking)
        ):
            organisation = self.bench.connection.organisation
            return removed_in_xero(pairing, self.scope, organisation)
        if skip is not None:
            return self.stop(pairing, skip)
        judged = judge_both(pairing, self.scope, self.world())
        merged, plan = judged.merged, judged.plan
        if merged.causes:
            return self.stop(pairing, self._all(merged, pairing.record))
        taken = self.renamed(pairing, merged)
        if taken is not None:
            return self.stop(pairing, taken)
        item = merged_item(pairing, self.scope, merged, linking=linking)
        gone = self._gone_item(item) or self._stock_cause(pairing, item)
        if gone is not None:
            return self.stop(pairing, gone)
        if item.to_xero:
            item = self._with_needs(item, pairing.record, judged.built, plan.expected)
        item = beside(item, judged.apart)
        return replace(
            item,
            line_ids=plan.line_ids if LINES in (item.to_xero or {}) else (),
            line_items=judged.line_items,
            line_links=dict(plan.links),
        )

    def stop(self, pairing: Pairing, cause: Cause) -> Item:
        """An item without action; a locked invoice comes with the proposal of a credit note."""
        result = CATALOGUE[cause.code].result
        return stopped(pairing, self.scope, cause, result, locked_proposals(pairing, cause))

    def _all(self, merged: Merged, record: Record) -> Cause:
        """All that stops an invoice, each once."""
        found = [self._named(one, record) for one in merged.causes]
        return Cause.of_all([one for n, one in enumerate(found) if one not in found[:n]])

    def _named(self, cause: Cause, record: Record) -> Cause:
        """A waiting cause with the organisation's name instead of its id."""
        organisation = self._organisation(record)
        if cause.code != "waits_for_parent" or organisation is None:
            return cause
        if str(cause.data.get("parent")) != f"{organisation[0]} {organisation[1]}":
            return cause
        named = organisation[2] or organisation[1]
        return replace(cause, data={**cause.data, "parent": named})

    def _with_payer(self, record: Record | None) -> Record | None:
        """The record; one without organisation is its contact's, who then stands in its place."""
        payer, person = (
            self.scope.module.by_role(f"invoice.{part}") for part in ("organisation", "contact")
        )
        if record is None or payer is None or person is None or not person.targets:
            return record
        named = record.values.get(person.name)
        if record.values.get(payer.name) not in (None, "") or named in (None, ""):
            return record
        reference = PersonRef(person.targets[0], str(named)).text()
        return replace(record, values={**record.values, payer.name: reference})

    def _organisation_address(self, record: Record) -> Ref | None:
        described = self.scope.module.by_role("invoice.organisation")
        crm_id = str(record.values.get(described.name) or "") if described else ""
        if described is None or not crm_id or not described.targets:
            return None
        person = PersonRef.of(crm_id)
        if person is not None:
            return Ref(person.module, person.crm_id)
        return Ref(described.targets[0], crm_id)

    def _organisation(self, record: Record) -> tuple[str, str, str] | None:
        address = self._organisation_address(record)
        if address is None:
            return None
        return address.module, address.id, self._names.get(address, "")

    def _with_needs(
        self, item: Item, record: Record, built: BuiltLines, sums: Totals | None
    ) -> Item:
        organisation, modules = self._organisation(record), self._modules()
        items = [(modules[role], crm_id, name) for role, crm_id, name in built.needs]
        sent = sums if LINES in (item.to_xero or {}) else None
        foreseen = {SUMS: sums_of(sent)} if sent is not None else {}
        # A change of something else stands although its organisation left the CRM or Xero.
        named = organisation is not None and "Contact.ContactID" in (item.to_xero or {})
        needs = [
            *([organisation] if organisation and named else []),
            *(items if sent is not None else []),
        ]
        return replace(
            item,
            needs=tuple(dict.fromkeys(needs)),
            xero_values={**item.xero_values, **foreseen},
            expected_total=sent.total if sent is not None else None,
        )

    def _stock_cause(self, pairing: Pairing, item: Item) -> Cause | None:
        """What holds an approved invoice that sells more of an item than Xero has in stock."""
        sent, there = item.to_xero or {}, pairing.xero
        status = str(sent.get("Status") or (there.status if there is not None else ""))
        if status not in MOVING or not {LINES, "Status"} & set(sent):
            return None
        if self._stock is None:
            self._stock = Stock.of(self._items_seen())
        own = there.lines if there is not None else ()
        before = own if there is not None and there.status in MOVING else ()
        return self._stock.take(sent.get(LINES) or own, before)

    def _items_seen(self) -> Iterator[Shadow]:
        """The last seen copies of all items of Xero."""
        return self.bench.store.each_shadow(self.bench.connection_id, "xero", "Item")

    def _gone_item(self, item: Item) -> Cause | None:
        """What holds lines that name an item which was deleted in Xero: it takes none of them."""
        codes = [line.get("ItemCode") for line in (item.to_xero or {}).get(LINES) or ()]
        if not any(codes):
            return None
        if self._gone is None:
            live, self._gone = set[Plain](), set()
            for seen in self._items_seen():
                (self._gone if seen.gone else live).add(seen.payload.get("Code"))
            # The code of a deleted item is free again.
            self._gone -= live
        gone = (code for code in codes if code in self._gone)
        lost = next((c for c in gone if c not in self.state.sent_codes.values()), None)
        return (
            cause_of("waits_for_parent", parent=lost, why="gone_in_xero", why_data={})
            if lost
            else None
        )

    def _sold_item(self, code: str) -> SoldItem | Cause | None:
        """What a line of Xero with this item code sells in the CRM.

        None when Xero has no such item any more, or none of its modules comes into the CRM.
        """
        bench = self.bench
        if self._items is None:
            seen = bench.store.shadows(bench.connection_id, "xero", "Item")
            self._items = {
                str(s.payload.get("Code") or "").casefold(): (key, str(s.payload.get("Name") or ""))
                for key, s in seen.items()
                if not s.gone
            }
        xero_id, name = self._items.get(code.casefold(), (None, ""))
        found = self.state.crm_record_of(XeroRef("Item", xero_id)) if xero_id else None
        if xero_id is None or found is None:
            comes = xero_id is not None and any(
                s.kind == "Item" and s.carries("to_crm") and s.settings.create_in_crm
                for s in bench.scopes
            )
            return cause_of("waits_for_parent", parent=code) if comes else None
        role = next(sync.role for sync in bench.offered if sync.name == found.module)
        return SoldItem(role, found.id, name or code)

    def _line_item(self, role: str, crm_id: str) -> LineItem | None:
        record, module = self._sold.get((role, crm_id)), self._modules().get(role, "")
        if record is None or record.deleted:
            return None
        values = RoleValues(self._described[module], record.values)
        ref = Ref(module, crm_id)
        xero_id, primary = self.state.xero_id_of(ref), self.state.primary_of(ref)
        # A new code that is not sent (held, not selected) may be another item's in Xero.
        coming = self.state.sent_codes.get(primary) if primary is not None else None
        sent = coming or self._codes.get(xero_id or "")
        return LineItem(
            code=sent or values.text(f"{role}.code") or "",
            name=values.text(f"{role}.name") or "",
            account=values.text(f"{role}.sales_account"),
            ready=xero_id is not None,
        )


def _base_lines(pairing: Pairing) -> Sequence[Mapping[str, Plain]]:
    """The CRM's lines as last agreed on."""
    pair = pairing.base.pairs.get(LINES) if pairing.base else None
    return pair.crm["lines"] if pair is not None and isinstance(pair.crm, Mapping) else ()


def _had_organisation(pairing: Pairing) -> bool:
    """Whether an invoice in Xero was agreed to be an organisation's: it gets no other payer."""
    agreed = pairing.base.pairs.get("Contact.ContactID") if pairing.base else None
    named = agreed.crm if agreed is not None else None
    return named is not None and PersonRef.of(named) is None
