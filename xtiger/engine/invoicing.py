"""The desk of invoices in a plan: reads what their lines need at once, and judges each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from xtiger.catalogue import CATALOGUE
from xtiger.engine.desks import Counter
from xtiger.engine.invoices import (
    InvoiceWorld,
    judge_both,
    judge_new,
    locked_proposals,
    refusals,
    wanted_status,
)
from xtiger.engine.judge import create_item, merged_item, stopped
from xtiger.engine.pairing import Pairing
from xtiger.fields import LINES
from xtiger.lines import BuiltLines, LineItem, RoleValues
from xtiger.plans import Cause, Item
from xtiger.records import Module, Record

#: Roles of what a line may sell.
ITEM_ROLES = ("product", "service")


@dataclass(slots=True)
class InvoiceDesk(Counter):
    """Judges the invoices of one plan."""

    #: (role, CRM id) → the record of a product or service, None when the CRM has none.
    _sold: dict[tuple[str, str], Record | None] = field(default_factory=dict)
    _described: dict[str, Module] = field(default_factory=dict)
    #: Xero id → code of the items sold, as last seen there.
    _codes: dict[str, str] = field(default_factory=dict)
    #: (module, CRM id) → name of an organisation, as last seen.
    _names: dict[tuple[str, str], str] = field(default_factory=dict)
    _world: InvoiceWorld | None = None

    def prepare(self, pairings: Sequence[Pairing]) -> None:
        """Read the products, services and organisations of these invoices in a few calls."""
        records = [p.record for p in pairings if p.record is not None]
        bench, modules = self.planner.bench, self._modules()
        self._described = {module.name: module for module in bench.host.modules()}
        for role in ITEM_ROLES:
            ids = sorted({i for record in records for i in self._ids_on_lines(record, role)})
            if ids and modules.get(role) in self._described:
                found = bench.host.get(modules[role], ids)
                self._sold.update({(role, i): found.get(i) for i in ids})
                self._read_codes(modules[role], ids)
        wanted: dict[str, set[str]] = {}
        for record in records:
            address = self._organisation_address(record)
            if address is not None:
                wanted.setdefault(address[0], set()).add(address[1])
        for module, found_ids in wanted.items():
            seen = bench.store.shadows(bench.connection_id, "crm", module, found_ids)
            for crm_id, shadow in seen.items():
                self._names[module, crm_id] = str(shadow.payload.get("name") or "")

    def _read_codes(self, module: str, ids: Sequence[str]) -> None:
        found = [x for x in (self.planner.xero_id_of(module, i) for i in ids) if x]
        bench = self.planner.bench
        seen = bench.store.shadows(bench.connection_id, "xero", "Item", found)
        self._codes.update({key: str(s.payload.get("Code") or "") for key, s in seen.items()})

    def _modules(self) -> Mapping[str, str]:
        return {sync.role: sync.name for sync in self.planner.bench.offered}

    def _ids_on_lines(self, record: Record, role: str) -> list[str]:
        found = (RoleValues(self.scope.module, line).text(f"line.{role}") for line in record.lines)
        return [crm_id for crm_id in found if crm_id]

    def world(self) -> InvoiceWorld:
        """What judging invoices needs, built once per plan."""
        if self._world is None:
            bench = self.planner.bench
            self._world = InvoiceWorld(
                fields=self.planner.lookups(),
                item=self._line_item,
                currencies=frozenset(bench.store.currencies(bench.connection_id)),
                base_currency=bench.connection.base_currency,
                organisation=bench.connection.organisation,
                own_status=lambda record: self.selection.own(record, "xtiger.status"),
                own_type=lambda record: self.selection.own(record, "xtiger.invoice_type"),
            )
        return self._world

    def incoming(self, pairing: Pairing) -> Item:
        """Not carried: invoices do not travel from Xero yet."""
        return self.stop(pairing, Cause("not_carried", {"module": self.scope.name}))

    def stranger(self, pairing: Pairing, record: Record) -> Cause | None:
        """An invoice of our number is ours only when it bears our address, too."""
        own = self.planner.bench.host.url(record.ref)
        there = pairing.xero.values.get("Url") if pairing.xero else None
        if own is not None and there == own:
            return None
        number = pairing.xero.values.get("InvoiceNumber") if pairing.xero else ""
        return Cause("number_taken", {"number": str(number)})

    def settled_gone(self, pairing: Pairing) -> bool:
        """Whether the CRM says Cancelled, too."""
        if pairing.record is None:
            return False
        return wanted_status(pairing.record, self.scope, self.world()) == "VOIDED"

    def new(self, pairing: Pairing, record: Record) -> Item:
        """The item of an invoice that Xero does not have."""
        refused = refusals(record, self.scope, self.world(), linked=False)
        if refused is not None:
            return self.stop(pairing, refused)
        merged, built = judge_new(record, self.scope, self.world())
        if merged.causes:
            return self.stop(pairing, self._named(merged.causes[0], record))
        item = create_item(pairing, self.scope, merged)
        other = self.planner.claim_code("Invoice", item.name.casefold(), item.name)
        if other is not None:
            return self.stop(pairing, Cause("number_taken", {"number": item.name}))
        return self._with_needs(item, record, built)

    def both(self, pairing: Pairing, *, linking: bool) -> Item:
        """The item of an invoice that is on both sides."""
        assert pairing.record is not None  # the caller's branch
        refused = refusals(pairing.record, self.scope, self.world(), linked=True)
        if refused is not None:
            return self.stop(pairing, refused)
        merged, built = judge_both(pairing, self.scope, self.world())
        cause = merged.causes[0] if merged.causes else self.renamed(pairing, merged)
        if cause is not None:
            return self.stop(pairing, self._named(cause, pairing.record))
        item = merged_item(pairing, self.scope, merged, linking=linking)
        return self._with_needs(item, pairing.record, built)

    def stop(self, pairing: Pairing, cause: Cause) -> Item:
        """An item without action; a locked invoice comes with the proposal of a credit note."""
        result = CATALOGUE[cause.code].result
        return stopped(pairing, self.scope, cause, result, locked_proposals(pairing, cause))

    def _named(self, cause: Cause, record: Record) -> Cause:
        """A waiting cause with the organisation's name instead of its id."""
        organisation = self._organisation(record)
        if cause.code != "waits_for_parent" or organisation is None:
            return cause
        if str(cause.data.get("parent")) != f"{organisation[0]} {organisation[1]}":
            return cause
        return replace(cause, data={"parent": organisation[2] or organisation[1]})

    def _organisation_address(self, record: Record) -> tuple[str, str] | None:
        described = self.scope.module.by_role("invoice.organisation")
        crm_id = str(record.values.get(described.name) or "") if described else ""
        if described is None or not crm_id or not described.targets:
            return None
        return described.targets[0], crm_id

    def _organisation(self, record: Record) -> tuple[str, str, str] | None:
        address = self._organisation_address(record)
        return None if address is None else (*address, self._names.get(address, ""))

    def _with_needs(self, item: Item, record: Record, built: BuiltLines) -> Item:
        organisation, modules = self._organisation(record), self._modules()
        items = [(modules[role], crm_id, name) for role, crm_id, name in built.needs]
        sends_lines = LINES in (item.to_xero or {})
        expected = {"expected_total": built.totals.total} if sends_lines else {}
        return replace(
            item,
            needs=tuple(dict.fromkeys([*([organisation] if organisation else []), *items])),
            xero_values={**item.xero_values, **expected},
            line_ids=built.host_ids if sends_lines else (),
        )

    def _line_item(self, role: str, crm_id: str) -> LineItem | None:
        record, module = self._sold.get((role, crm_id)), self._modules().get(role, "")
        if record is None or record.deleted:
            return None
        values = RoleValues(self._described[module], record.values)
        xero_id = self.planner.xero_id_of(module, crm_id)
        # A new code that is not sent (held, not selected) may be another item's in Xero.
        sent = self.planner.sent_codes.get((module, crm_id)) or self._codes.get(xero_id or "")
        return LineItem(
            code=sent or values.text(f"{role}.code") or "",
            name=values.text(f"{role}.name") or "",
            account=values.text(f"{role}.sales_account"),
            ready=xero_id is not None,
        )
