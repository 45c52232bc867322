"""Reads, of one module in the proof, what its documents need, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from xtiger.engine.pair.credits import Credits
from xtiger.engine.pair.document_types import TYPE_ROLE, belongs, named_type
from xtiger.engine.pair.selection import Selection
from xtiger.engine.plan.invoice.customers import CustomerAccounts
from xtiger.engine.plan.invoice.facts import InvoiceWorld, meaning, purchases, whole_on_lines
from xtiger.engine.plan.invoice.inward import SUMS
from xtiger.engine.plan.invoice.reduction import all_credited
from xtiger.engine.proof.counting import INVOICE_AMOUNTS, Document
from xtiger.engine.proof.fresh_read import Facts, Items, Links, XeroEntry
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import LINES, Lookups
from xtiger.mapping.line_halves import crm_half
from xtiger.mapping.lines_to_crm import InLookups
from xtiger.mapping.lines_to_xero import LineItem
from xtiger.mapping.net_prices import with_net_prices
from xtiger.mapping.role_values import RoleValues
from xtiger.model.customers.credited import Credited
from xtiger.model.links import Link, Pair
from xtiger.model.records import Module, Record, Ref

#: Roles of what a line may sell.
_SOLD = ("product", "service")


@dataclass(frozen=True, slots=True)
class TypedReader:
    """A module reader for the records of one type of document."""

    reader: ModuleReader
    scope: Scope

    @property
    def world(self) -> InvoiceWorld:
        """What judging an invoice needs."""
        return self.reader.world

    def currency_of(self, record: Record) -> str:
        """The currency of a payment: that of its invoice, else the CRM's own."""
        return self.reader.currency_of(record)


@dataclass(slots=True)
class ModuleReader:
    """What comparing one module needs beside its records."""

    bench: Workbench
    scope: Scope
    lookups: Lookups
    links: Links
    #: Every item, as Xero has it now.
    items: Items
    selection: Selection = field(init=False)
    world: InvoiceWorld = field(init=False)
    _customers: CustomerAccounts = field(init=False)
    _credits: Credits = field(init=False)
    _credited: Mapping[str, Credited] | None = None
    _modules: Mapping[str, Module] = field(init=False)
    #: Role → name of the module that has it.
    _names: Mapping[str, str] = field(init=False)
    #: (role, CRM id) → record on the lines of the page, None when the CRM has none.
    _sold: dict[tuple[str, str], Record | None] = field(default_factory=dict)
    #: CRM id of an invoice → its currency, of the page.
    _currencies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        bench = self.bench
        self._modules = {module.name: module for module in bench.host.modules()}
        self._names = {sync.role: sync.name for sync in bench.offered}
        self.selection = Selection(bench, self.scope)
        self._credits = Credits.of(bench, self.scope)
        self._customers = CustomerAccounts(bench, self.scope, self.links.xero_id)
        self.world = InvoiceWorld(
            fields=self.lookups,
            item=self._line_item,
            currencies=frozenset(),
            base_currency=bench.connection.base_currency,
            organisation=bench.connection.organisation,
            own_status=lambda record: self.selection.own(record, "xtiger.status"),
            own_type=lambda record: self.selection.own(record, TYPE_ROLE),
            purchases=purchases(self.lookups, self.scope),
            # The proof builds Xero's lines of the CRM's, never the other way round.
            inward=InLookups(lambda _code: None, self.lookups.taxes, self.lookups.accounts),
            wanted_of=lambda text: meaning(text, self.scope),
            status_words=self.scope.option("status_from_xero") or {},
            status_means=self.scope.option("status_map") or {},
            customer_account=self._customers.of,
        )

    def as_document(self, record: Record, there: XeroEntry | None) -> tuple[Scope, Record]:
        """The scope for the document that a record is, and the record with its prices.

        `there` is what Xero has of it, which decides the type.
        """
        if self.scope.gives_back:
            net = self._net(record, self.scope)
            turned = self._credits.is_turned(record)
            word = there.facts.type if there is not None else ""
            own = named_type(self.scope, self._credits.type_of(record))
            found = self.scope.traits.type_of({"Type": word}) if word else own
            scope = self.scope.of(found or self.scope.traits.types[0])
            return scope, self._credits.counted_up(net) if turned else net
        found = named_type(self.scope, self.type_of(record))
        if there is not None:
            found = self.scope.traits.type_of({"Type": there.facts.type})
        if found is None:
            return self.scope, record
        scope = self.scope.of(found)
        return scope, record if found.discounts else self._net(record, scope)

    def _net(self, record: Record, scope: Scope) -> Record:
        return with_net_prices(record, scope.module, whole=whole_on_lines(scope))

    def type_of(self, record: Record) -> str:
        """The Xero Invoice Type of a record as it says; "" where it says none, or has none."""
        return self.selection.own(record, TYPE_ROLE) if self.scope.traits.types else ""

    def credited(self, crm_id: str) -> Credited:
        """What was credited of an invoice whose amounts Xero keeps."""
        if self._credited is None:
            usual = self.scope.traits.types and not self.scope.gives_back
            self._credited = all_credited(self.bench, self.scope.name) if usual else {}
        return self._credited.get(crm_id) or Credited("")

    def is_mine(self, record: Record) -> bool:
        """Whether a record without link is this part's: by its type, and as it gives money back."""
        if self.scope.gives_back:
            return self._credits.has(record)
        apart = any(part.traits.gives_back for part in self.scope.others)
        credit = apart and self._credits.has(record)
        return not credit and belongs(self.scope, self.type_of(record))

    def prepare(self, records: Sequence[Record]) -> None:
        """Read what the documents of one page name, in a few calls; forgets the page before."""
        self._sold.clear()
        self._currencies.clear()
        for role in _SOLD:
            ids = {i for record in records for i in self._on_lines(record, role)}
            found = self._get(self._names.get(role, ""), ids)
            self._sold.update({(role, i): found.get(i) for i in ids})
        self._customers.read(records)
        described = self.scope.module.by_role("payment.invoice")
        if described is not None:
            ids = {str(record.values.get(described.name) or "") for record in records} - {""}
            invoices = self._names.get("invoice", "")
            for crm_id, record in self._get(invoices, ids).items():
                values = RoleValues(self._modules[invoices], record.values)
                self._currencies[crm_id] = values.text("invoice.currency") or ""

    def _get(self, module: str, ids: set[str]) -> Mapping[str, Record]:
        if not ids or module not in self._modules:
            return {}
        return self.bench.host.get(module, sorted(ids))

    def _on_lines(self, record: Record, role: str) -> list[str]:
        found = (RoleValues(self.scope.module, line).text(f"line.{role}") for line in record.lines)
        return [crm_id for crm_id in found if crm_id]

    def _line_item(self, role: str, crm_id: str) -> LineItem | None:
        record, module = self._sold.get((role, crm_id)), self._names.get(role, "")
        if record is None or record.deleted:
            # A line keeps what it sold, though that was deleted in the CRM since.
            link = self.links.of_module(module).get(crm_id)
            if link is None:
                return None
            # An item that is no longer in Xero either counts as renamed: any code does.
            return LineItem(
                self.items.codes.get(link.xero_id) or link.xero_id, "", None, ready=True
            )
        values = RoleValues(self._modules[module], record.values)
        xero_id = self.links.xero_id(Ref(module, crm_id))
        return LineItem(
            # The code that Xero has now: a new one shows in old invoices, too.
            code=self.items.codes.get(xero_id or "") or values.text(f"{role}.code") or "",
            name=values.text(f"{role}.name") or "",
            account=values.text(f"{role}.sales_account"),
            ready=xero_id is not None,
            purchase_account=values.text(f"{role}.purchase_account"),
            tracked=xero_id in self.items.tracked,
        )

    def with_agreed_tax(
        self, record: Record, link: Link | None, facts: Facts, document: Document
    ) -> Document:
        """The document with the tax that both sides agreed on, where Xero's own is that one.

        The CRM holds no tax of a document. Computed line by line it may be another than the one
        that came in with its prices including tax, or was entered by hand with both totals equal.
        """
        there = dict(zip(INVOICE_AMOUNTS, facts.amounts, strict=False))
        tax, total = there.get("TotalTax"), there.get("Total")
        differs = document.built is not None and document.amounts.get("TotalTax") != tax
        if not differs or tax is None or total is None or link is None:
            return document
        pairs = self.agreed(link)
        sums, lines = pairs.get(SUMS), pairs.get(LINES)
        half = crm_half(record, self.scope.module, stable=self.scope.stable_lines)
        if sums is None or lines is None or lines.crm != half:
            return document
        if (sums.xero["SubTotal"], sums.xero["TotalTax"]) != (total - tax, tax):
            return document
        return replace(document, amounts={**document.amounts, "TotalTax": tax})

    def agreed(self, link: Link) -> Mapping[str, Pair]:
        """Key → what both sides held after the last sync: it may say why they differ, not that."""
        if link.id is None:
            return {}
        base = self.bench.store.bases([link.id]).get(link.id)
        return base.pairs if base is not None else {}

    def currency_of(self, record: Record) -> str:
        """The currency of a payment: that of its invoice, else the CRM's own."""
        described = self.scope.module.by_role("payment.invoice")
        crm_id = str(record.values.get(described.name) or "") if described is not None else ""
        return (self._currencies.get(crm_id) or self.bench.connection.base_currency).upper()
