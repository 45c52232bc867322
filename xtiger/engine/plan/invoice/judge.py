"""The judge of invoices in a plan: reads what their lines need at once, and judges each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from xtiger.engine.pair.document_types import TYPE_ROLE, as_document, without_part
from xtiger.engine.pair.left_behind import number_held
from xtiger.engine.pair.ours import made_by, same_document
from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.field_merge import Merged
from xtiger.engine.plan.invoice.alike import Alike
from xtiger.engine.plan.invoice.arrivals import Arrivals, type_values
from xtiger.engine.plan.invoice.credit_offer import OfferedCredits, proposals
from xtiger.engine.plan.invoice.customers import CustomerAccounts
from xtiger.engine.plan.invoice.facts import (
    InvoiceWorld,
    line_lookups,
    meaning,
    named_lists,
    purchases,
    says_open,
    status_text,
    wanted_status,
)
from xtiger.engine.plan.invoice.figures import (
    beside,
    money_waiting,
    payments_travel,
    received_counts,
    refused_files,
    sums_of,
    unpaid,
)
from xtiger.engine.plan.invoice.head_discounts import net_priced
from xtiger.engine.plan.invoice.inward import SUMS, barred_status, judge_incoming
from xtiger.engine.plan.invoice.merge import judge_both, judge_new, skipped
from xtiger.engine.plan.invoice.payer import (
    had_organisation,
    named_waiting,
    organisation_address,
    with_payer,
)
from xtiger.engine.plan.invoice.said import base_lines, role_amounts, role_day
from xtiger.engine.plan.invoice.sold_items import SoldItems
from xtiger.engine.plan.invoice.stock import MOVING, Stock, Tracked
from xtiger.engine.plan.item_builder import (
    create_item,
    crm_create_item,
    item_of,
    merged_item,
    stopped,
)
from xtiger.engine.plan.kind_judge import JudgeParts
from xtiger.engine.plan.removals import removal_rule, removed_in_xero
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.convert import LINES
from xtiger.mapping.lines_to_crm import InLookups
from xtiger.mapping.lines_to_xero import BuiltLines, LineItem, build_lines
from xtiger.mapping.role_values import RoleValues
from xtiger.model.links import Shadow
from xtiger.model.plans import Cause, Difference, Item, Needed
from xtiger.model.records import Module, Record, Ref, XeroRecord
from xtiger.model.values import Plain
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.causes import cause_of
from xtiger.rules.gone import says_gone
from xtiger.rules.invoice_status import crm_status, money_claimed, xero_word
from xtiger.rules.money import Totals
from xtiger.rules.rounding import rounding_account
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
    _stock: Stock | None = None
    _arrivals: Arrivals | None = None
    #: Documents of Xero that nobody has, by what tells those without a number of ours apart.
    _alike: Alike | None = None
    _customers: CustomerAccounts = field(init=False)
    _offered: OfferedCredits = field(init=False)
    #: Codes of items that were deleted in Xero, read when the first lines with codes are sent.
    _gone: set[Plain] | None = None
    #: CRM ids of those whose prices are less a discount on the whole.
    _net_of_whole: set[str] = field(default_factory=set)
    _in_stock: Tracked = field(default_factory=Tracked)

    def __post_init__(self) -> None:
        """No customer is read yet."""
        self._customers = CustomerAccounts(self.bench, self.scope, self.state.xero_id_of)
        self._offered = OfferedCredits(self.bench, self.scope)

    def prepare(self, pairings: Sequence[Pairing]) -> None:
        """Read the products, services and organisations of these invoices in a few calls."""
        for pairing in pairings:
            if not had_organisation(pairing):
                pairing.record = with_payer(pairing.record, self.scope.module)
            pairing.record = self._as_priced(pairing)
        records = [p.record for p in pairings if p.record is not None]
        bench, modules = self.bench, self._modules()
        self._described = {module.name: module for module in bench.host.modules()}
        for role in ITEM_ROLES:
            lines = [line for record in records for line in record.lines]
            lines += [line for pairing in pairings for line in base_lines(pairing)]
            ids = sorted(set(self._ids_on_lines(lines, role)))
            if ids and modules.get(role) in self._described:
                found = bench.host.get(modules[role], ids)
                self._sold.update({(role, i): found.get(i) for i in ids})
                self._read_codes(modules[role], ids)
        wanted: dict[str, set[str]] = {}
        for record in records:
            if (address := organisation_address(record, self.scope.module)) is not None:
                wanted.setdefault(address.module, set()).add(address.id)
        for module, found_ids in wanted.items():
            seen = bench.store.shadows(bench.connection_id, "crm", module, found_ids)
            for crm_id, shadow in seen.items():
                self._names[Ref(module, crm_id)] = str(shadow.payload.get("name") or "")
        self._customers.read(records)
        self._miss_archived([p.record for p in pairings if p.record and p.link is None])

    def _miss_archived(self, records: Sequence[Record]) -> None:
        """New invoices wait for organisations that are archived in Xero, in this plan or before."""
        bench, known = self.bench, dict[str, Ref]()
        for record in records:
            address = organisation_address(record, self.scope.module)
            xero_id = self.state.xero_id_of(address) if address is not None else None
            if address is not None and xero_id:
                known[xero_id] = address
        seen = bench.store.shadows(bench.connection_id, "xero", "Contact", known) if known else {}
        for xero_id, shadow in seen.items():
            if says_gone("Contact", shadow.payload):
                self.state.lost.add(known[xero_id])

    def _read_codes(self, module: str, ids: Sequence[str]) -> None:
        found = [x for x in (self.state.xero_id_of(Ref(module, i)) for i in ids) if x]
        seen = self.bench.store.shadows(self.bench.connection_id, "xero", "Item", found)
        self._codes.update({key: str(s.payload.get("Code") or "") for key, s in seen.items()})
        self._in_stock.note(seen.values())

    def _as_document(self, pairing: Pairing, record: Record) -> Scope | Cause:
        word = self.world().own_type(record)
        found = as_document(pairing, self.scope, word)
        if pairing.link is not None or not isinstance(found, Cause):
            return found
        values = RoleValues(self.scope.module, record.values)
        currency = values.text("invoice.currency") or self.bench.connection.base_currency
        return without_part(self.scope, word, currency.upper()) or found

    def _as_priced(self, pairing: Pairing) -> Record | None:
        """The record as its document has its prices: less their discounts where it has none."""
        if (record := pairing.record) is None:
            return None
        found = self._as_document(pairing, record)
        if isinstance(found, Cause) or found.document is None or found.document.discounts:
            return record
        return net_priced(record, self.scope, self._net_of_whole)

    def _modules(self) -> Mapping[str, str]:
        return {sync.role: sync.name for sync in self.bench.offered}

    def _ids_on_lines(self, lines: Sequence[Mapping[str, Plain]], role: str) -> list[str]:
        module, wanted = self.scope.module, f"line.{role}"
        return [found for line in lines if (found := RoleValues(module, line).text(wanted))]

    def world(self) -> InvoiceWorld:
        """What judging invoices needs, built once per plan."""
        if self._world is None:
            bench, fields = self.bench, self.state.lookups()
            host, caps = bench.host.host, bench.host.host.caps
            self._world = InvoiceWorld(
                fields=fields,
                item=self._line_item,
                currencies=frozenset(bench.store.currencies(bench.connection_id)),
                base_currency=bench.connection.base_currency,
                organisation=bench.connection.organisation,
                is_tracked=lambda code: self._in_stock.has(code, self._items_seen),
                own_status=lambda record: self.selection.own(record, "xtiger.status"),
                own_type=lambda record: self.selection.own(record, TYPE_ROLE),
                purchases=purchases(fields, self.scope),
                inward=InLookups(
                    SoldItems(self.state, bench).of_code,
                    fields.taxes,
                    fields.accounts,
                    bench.crm_taxes() if caps.tax_table else (),
                ),
                wanted_of=lambda text: meaning(text, self.scope),
                status_words=self.scope.option("status_from_xero") or {},
                status_means=self.scope.option("status_map") or {},
                multi_currency=caps.multi_currency,
                crm_currencies={one.code: one for one in host.currencies()},
                rate=host.rate,
                customer_account=self._customers.of,
                payments_travel=payments_travel(bench),
                received_counts=received_counts(bench),
                credited=self._offered.of,
                refused_file=refused_files(bench, self.scope),
                net_of_whole=self._net_of_whole.__contains__,
                waiting=lambda crm_id: money_waiting(bench, crm_id),
                rounding=rounding_account(fields.accounts, fields.taxes),
                arithmetic=caps.arithmetic,
                lists=named_lists(bench),
            )
        return self._world

    def incoming(self, pairing: Pairing) -> Item:
        """Created in the CRM with its lines, unless something keeps it out, or the CRM has it."""
        assert pairing.xero is not None  # the caller's branch
        xero, document = pairing.xero, self.scope.traits.type_of(pairing.xero.raw)
        scope = self.scope.of(document) if document is not None else self.scope
        parts = (self.state, self.bench, self.scope, self.pairer, self.selection)
        self._arrivals = self._arrivals or Arrivals(*parts, self._totals_of)
        barred = self._arrivals.barred(xero, scope)
        if barred is not None:
            return self.stop(pairing, barred)
        status = barred_status(xero, scope, self.world())
        if status is not None:
            return self.stop(pairing, cause_of("status_not_selected", status=status))
        merged, plan, line_items = judge_incoming(pairing, scope, self.world())
        if merged.causes:
            return self.stop(pairing, Cause.of_all(merged.causes))
        merged.to_crm.update(type_values(scope))
        item = crm_create_item(pairing, scope, merged)
        return replace(
            item, crm_values=merged.crm, line_items=line_items, line_links=dict(plan.links)
        )

    def voided(self, pairing: Pairing) -> Item | None:
        """The item that marks an invoice voided or deleted in Xero as cancelled in the CRM.

        None when deletes in the CRM are switched off, or the CRM has no such status.
        """
        if pairing.record is None or pairing.xero is None or not self.scope.settings.delete_in_crm:
            return None
        described, word = self.scope.module.by_role("invoice.status"), xero_word(pairing.xero)
        text = crm_status(
            word,
            described,
            self.world().status_words,
            self.world().status_means,
            status_text(pairing.record, self.scope),
        )
        if described is None or text is None or word not in ("VOIDED", "DELETED"):
            return None
        before, label = status_text(pairing.record, self.scope), described.label or described.name
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
        if there is not None and any(made_by(self.scope.kind, one, there.raw) for one in sent):
            return None
        scope = self._as_document(pairing, record)
        if isinstance(scope, Cause):
            return scope
        if there is not None and self._same(record, scope, there):
            return None
        if not scope.numbered:
            return cause_of("document_looks_same")
        number = there.values.get(scope.traits.number_field) if there is not None else ""
        return cause_of("number_taken", number=str(number))

    def _same(self, record: Record, scope: Scope, there: XeroRecord) -> bool:
        """Whether Xero's invoice bears our address and is of our contact, date and total."""
        address = organisation_address(record, self.scope.module)
        url = self.bench.host.url(record.ref)
        contact = self.state.xero_id_of(address) if address is not None else None
        if url is None or contact is None or there.values.get("Url") != url:
            return False
        totals = self._totals_of(record, scope)
        return same_document(there, contact, role_day(scope, record, "date"), totals)

    def _totals_of(self, record: Record, scope: Scope) -> set[Decimal]:
        """What an invoice comes to, as the CRM says and as its lines do."""
        net = scope.document is not None and not scope.document.discounts
        priced = net_priced(record, scope, set()) if net else record
        built = build_lines(priced, scope.module, line_lookups(record, scope, self.world()))
        said, _ = role_amounts(scope, record, {"Total": "total"})
        found = (said.get("Total"), None if built.causes else built.totals.total)
        return {one for one in found if one is not None}

    def settled_gone(self, pairing: Pairing) -> bool:
        """Whether the CRM says Cancelled, too."""
        record = pairing.record
        return record is not None and wanted_status(record, self.scope, self.world()) == "VOIDED"

    def before_start(self, pairing: Pairing) -> Cause | None:
        """By the CRM's date and status; by Xero's where only Xero has it."""
        start = self.scope.start
        if pairing.record is not None:
            day = role_day(self.scope, pairing.record, "date")
            is_open = says_open(pairing.record, self.scope, self.world())
        elif pairing.xero is not None:
            day, is_open = pairing.xero.values.get("Date"), pairing.xero.status in OPEN
        else:
            return None
        return before_start(start, day, is_open=is_open)

    def new(self, pairing: Pairing, record: Record) -> Item:
        """The item of an invoice that Xero does not have."""
        scope = self._as_document(pairing, record)
        if isinstance(scope, Cause):
            return self.stop(pairing, scope)
        skip = skipped(record, scope, self.world(), linked=False)
        if skip is not None:
            return self.stop(pairing, skip)
        judged = judge_new(record, scope, self.world())
        merged, built = judged.merged, judged.built
        if merged.causes:
            return self.stop(pairing, self._all(merged, record))
        item = create_item(pairing, scope, merged)
        twin = self._twin(pairing, scope, item, judged.expected.total)
        if twin is not None:
            return twin
        short = self._stock_cause(pairing, item)
        if short is not None:
            return self.stop(pairing, short)
        item = self._with_needs(item, record, built, judged.expected)
        total, text = judged.expected.total, status_text(record, self.scope)
        claimed = money_claimed(text, self.world().status_words)
        draft = merged.to_xero.get("Status") == "DRAFT"
        lacking = None if draft else unpaid(text, claimed, total, total)
        item = replace(item, line_ids=built.host_ids, rounding=judged.rounding)
        return beside(item, [lacking] if lacking else [])

    def _twin(self, pairing: Pairing, scope: Scope, item: Item, total: Decimal) -> Item | None:
        """What holds a new document: one of its number in this plan, or one that looks like it."""
        if scope.numbered:
            other = self.state.claim_code(scope.kind, item.name.casefold(), item.name)
            found = self.pairer.xero_index().numbered(item.name)
            cause = number_held(self.bench, scope.kind, item.name, found, claimed=other is not None)
            return self.stop(pairing, cause) if cause else None
        self._alike = self._alike or Alike.of(self.bench, self.scope)
        proposals = self._alike.proposals(item, total)
        if not proposals or self.pairer.created_anyway(pairing):
            return None
        return stopped(pairing, scope, cause_of("document_looks_same"), "held", proposals)

    def both(self, pairing: Pairing, *, linking: bool) -> Item:
        """The item of an invoice that is on both sides."""
        assert pairing.record is not None  # the caller's branch
        scope = self._as_document(pairing, pairing.record)
        if isinstance(scope, Cause):
            return self.stop(pairing, scope)
        if (unfinished := self._offered.unfinished(pairing)) is not None:
            return unfinished
        skip = skipped(pairing.record, scope, self.world(), linked=True)
        if skip is not None:
            return self._skipped(pairing, skip, linking=linking)
        judged = judge_both(pairing, scope, self.world())
        merged, plan = judged.merged, judged.plan
        if merged.causes:
            asked = self._offered.asked_for(pairing, judged)
            return asked or self.stop(pairing, self._all(merged, pairing.record))
        taken = self.renamed(pairing, merged) if scope.numbered else None
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
            rounding=plan.rounding if LINES in (item.to_xero or {}) else None,
            amounts=plan.whole.amounts if plan.whole is not None else "Exclusive",
            line_items=judged.line_items,
            line_links=dict(plan.links),
        )

    def _skipped(self, pairing: Pairing, skip: Cause, *, linking: bool) -> Item:
        """What becomes of one that is not sent: what the CRM cancelled may be removed in Xero."""
        if skip.code == "cancel_not_allowed":
            if removal_rule(self.scope).remove_in_xero and not linking:
                return removed_in_xero(pairing, self.scope, self.bench.connection.organisation)
            if self.scope.reads_only:
                return self.stop(pairing, cause_of("read_only"))
        return self.stop(pairing, skip)

    def stop(self, pairing: Pairing, cause: Cause) -> Item:
        """An item without action; a locked invoice comes with the proposal of a credit note."""
        result = CATALOGUE[cause.code].result
        offered = proposals(self.bench, self.scope, pairing, cause)
        return stopped(pairing, self.scope, cause, result, offered)

    def _all(self, merged: Merged, record: Record) -> Cause:
        """All that stops an invoice, each once."""
        found = [named_waiting(one, self._organisation(record)) for one in merged.causes]
        return Cause.of_all([one for n, one in enumerate(found) if one not in found[:n]])

    def _organisation(self, record: Record) -> Needed | None:
        address = organisation_address(record, self.scope.module)
        return None if address is None else Needed(address, self._names.get(address, ""))

    def _with_needs(
        self, item: Item, record: Record, built: BuiltLines, sums: Totals | None
    ) -> Item:
        organisation, modules = self._organisation(record), self._modules()
        items = [Needed(Ref(modules[one.role], one.crm_id), one.name) for one in built.needs]
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
        kind = sent.get("Type") or (there.values.get("Type") if there is not None else None)
        document = self.scope.traits.type_of({"Type": kind})
        if document is not None and document.credit == document.sells:
            return None  # what is bought, or given back by a customer, comes into stock
        if status not in MOVING or not {LINES, "Status"} & set(sent):
            return None
        self._stock = self._stock or Stock.of(self._items_seen())
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
            cause_of("parent_left_out", parent=lost, why="gone_in_xero", why_data={})
            if lost
            else None
        )

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
            tracked=self._codes.get(xero_id or "") in self._in_stock.tracked,
            name=values.text(f"{role}.name") or "",
            account=values.text(f"{role}.sales_account"),
            ready=xero_id is not None,
            purchase_account=values.text(f"{role}.purchase_account"),
        )
