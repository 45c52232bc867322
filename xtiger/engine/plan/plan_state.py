"""What one plan knows so far: what it does with each record, and where a record leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from xtiger.engine.observe.suppliers import suppliers_of_bills
from xtiger.engine.workbench.placeholder_ids import pending_crm, pending_id
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import Lookups
from xtiger.model.chart_of_accounts import Account
from xtiger.model.links import Link
from xtiger.model.plans import Cause, Item
from xtiger.model.records import Ref, XeroRef
from xtiger.rules.causes import cause_of
from xtiger.rules.contact_persons import contact_of
from xtiger.rules.identity import known_since
from xtiger.rules.taxes import TaxTable
from xtiger.rules.waiting import NEEDS, ORPHANS


@dataclass(slots=True)
class PlanState:
    """The memory of one plan, filled record by record, parents first.

    What it has no memory of it reads in the store, once, and keeps.
    """

    bench: Workbench
    #: CRM record → name, of those that this plan creates or links.
    expected: dict[Ref, str] = field(default_factory=dict)
    #: CRM record → Xero id, of links that this plan moves or makes.
    moved: dict[Ref, str] = field(default_factory=dict)
    #: CRM record → what this plan does with it.
    planned: dict[Ref, Item] = field(default_factory=dict)
    #: Xero record → the same.
    planned_xero: dict[XeroRef, Item] = field(default_factory=dict)
    #: Xero record → the CRM record that this plan makes or links for it.
    arriving: dict[XeroRef, Ref] = field(default_factory=dict)
    #: CRM record → item code that this plan sends.
    sent_codes: dict[Ref, str] = field(default_factory=dict)
    #: CRM record → what people call it, and why it is not sent, of records judged so far.
    names: dict[Ref, str] = field(default_factory=dict)
    stops: dict[Ref, Cause | None] = field(default_factory=dict)
    #: Linked CRM records whose Xero record is gone, and is not made again.
    lost: set[Ref] = field(default_factory=set)
    #: Linked Xero records whose CRM record is gone, and is not made again.
    lost_in_crm: set[XeroRef] = field(default_factory=set)
    #: (kind, code or name) → what people call the record that this plan creates under it.
    _codes: dict[tuple[str, str], str] = field(default_factory=dict)
    #: The same → the CRM record itself.
    _claimers: dict[tuple[str, str], Ref] = field(default_factory=dict)
    #: CRM record → the one whose Xero record this plan lets it share.
    shared: dict[Ref, Ref] = field(default_factory=dict)
    #: Kind → Xero id → links of further CRM records to it, as read.
    _aliases: dict[str, Mapping[str, Sequence[Link]]] = field(default_factory=dict)
    #: Kind → Xero ids that this plan gives to a record.
    _claimed: dict[str, set[str]] = field(default_factory=dict)
    #: Module → CRM id → link, as read.
    _links: dict[str, Mapping[str, Link]] = field(default_factory=dict)
    #: Kind → Xero id → link, as read.
    _xero_links: dict[str, Mapping[str, Link]] = field(default_factory=dict)
    _lookups: Lookups | None = None
    #: Contacts of Xero whose bills come into the CRM, read when the first is asked for.
    _suppliers: frozenset[str] | None = None

    # --- what is remembered ---

    def remember(self, item: Item) -> None:
        """Take in what becomes of one record."""
        if item.crm_id:
            self._remember_crm(item, Ref(item.module, item.crm_id))
        if not item.xero_id:
            return
        there = XeroRef(item.kind, item.xero_id)
        self.planned_xero[there] = item
        if item.verb in ("create", "link"):
            self.arriving[there] = Ref(item.module, item.crm_id or pending_crm(there))

    def _remember_crm(self, item: Item, ref: Ref) -> None:
        self.planned[ref] = item
        self.names[ref] = item.name
        if item.shares is not None:
            self.shared[ref] = item.shares
        elif item.verb is None and item.cause is not None:
            self.stops[ref] = item.cause
        code = (item.to_xero or {}).get("Code")
        if code:
            self.sent_codes[ref] = str(code)
        if item.verb in ("create", "link"):
            self.expected[ref] = item.name
            if item.xero_id:
                self.moved[ref] = contact_of(item.xero_id)

    def claimed(self, kind: str) -> set[str]:
        """The Xero ids of a kind that this plan gives to a record; the pairers add to them."""
        return self._claimed.setdefault(kind, set())

    def is_claimed(self, kind: str, code: str) -> bool:
        """Whether this plan creates a record of this code or name."""
        return (kind, code) in self._codes

    def claim_code(self, kind: str, code: str, name: str, ref: Ref | None = None) -> str | None:
        """Claim an item code or contact name for a create; returns who has it already."""
        other = self._codes.get((kind, code))
        if other is None:
            self._codes[kind, code] = name
            if ref is not None:
                self._claimers[kind, code] = ref
        return other

    def claimer(self, kind: str, code: str) -> Ref | None:
        """The CRM record that this plan creates under a code or name."""
        return self._claimers.get((kind, code))

    def aliases_of(self, there: XeroRef) -> Sequence[Link]:
        """The links of further CRM records to a Xero record, the oldest first."""
        if there.kind not in self._aliases:
            found: dict[str, list[Link]] = {}
            for one in self.bench.store.aliases(self.bench.connection_id, there.kind):
                found.setdefault(one.xero_id, []).append(one)
            self._aliases[there.kind] = found
        return self._aliases[there.kind].get(there.id, ())

    def linked_to(self, there: XeroRef) -> Ref | None:
        """The CRM record that a Xero record is linked to."""
        link = self._xero_link(there)
        return Ref(link.module, link.crm_id) if link is not None else None

    # --- where a record leads ---

    def lookups(self) -> Lookups:
        """The look-ups of this run, built once."""
        if self._lookups is None:
            store, connection_id = self.bench.store, self.bench.connection_id
            maps = [scope.option("tax_map") or {} for scope in self.bench.scopes]
            tax_map = {key: value for one in maps for key, value in one.items()}
            types = store.mapping(connection_id, "Organizations")
            options = types.options if types is not None else {}
            accounts = store.accounts(connection_id)
            self._lookups = Lookups(
                use_words=options.get("type_words") or {},
                use_overwrites=bool(options.get("type_overwrites")),
                taxes=TaxTable(tuple(store.tax_rates(connection_id)), tax_map),
                accounts=by_code(accounts),
                accounts_by_id={account.account_id: account for account in accounts},
                xero_id_of=self.xero_id_of,
                crm_id_of=self.crm_id_of,
                converters=self.bench.converters,
            )
        return self._lookups

    def xero_id_of(self, ref: Ref) -> str | None:
        """The Xero id of a CRM record: linked, or about to be."""
        if ref in self.shared:
            return self.xero_id_of(self.shared[ref])
        moved = self.moved.get(ref)
        if moved is not None:
            return moved
        link = self._link(ref)
        if link is not None and link.role == "alias":
            primary = self.primary_of(ref)
            return self.xero_id_of(primary) if primary is not None else None
        if link is not None and link.state == "live":
            # The invoice of a person goes to the contact whose person it is.
            return None if ref in self.lost else contact_of(link.xero_id)
        return pending_id(ref) if ref in self.expected else None

    def _link(self, ref: Ref) -> Link | None:
        module = ref.module
        if module not in self._links:
            self._links[module] = self.bench.store.links_by_crm(self.bench.connection_id, module)
        return self._links[module].get(ref.id)

    def kind_of(self, ref: Ref) -> str:
        """What a CRM record is in Xero, by this plan or by its link; "" while nobody knows."""
        planned, link = self.planned.get(ref), self._link(ref)
        return link.kind if link is not None else planned.kind if planned is not None else ""

    def primary_of(self, ref: Ref) -> Ref | None:
        """The record that is synced in place of an alias; any other record is its own.

        None for an alias without primary: it leads nowhere, since it was never sent.
        """
        if ref in self.shared:
            return self.shared[ref]
        link = self._link(ref)
        if link is None or link.role != "alias":
            return ref
        primary = self._xero_link(XeroRef(link.kind, link.xero_id))
        return Ref(primary.module, primary.crm_id) if primary else None

    def crm_id_of(self, ref: XeroRef) -> str | None:
        """The CRM id of a Xero record, linked or about to be: a parent, no person."""
        found = self.crm_record_of(ref)
        owners = {sync.name for sync in self.bench.offered if sync.kind == ref.kind}
        return found.id if found is not None and found.module in owners else None

    def crm_record_of(self, ref: XeroRef) -> Ref | None:
        """The CRM record of a Xero record: linked, an alias, or about to be linked."""
        arriving = self.arriving.get(ref)
        if arriving is not None:
            return arriving
        link = self._xero_link(ref)
        if link is None or link.state != "live" or ref in self.lost_in_crm:
            return None
        return Ref(link.module, link.crm_id)

    def _xero_link(self, ref: XeroRef) -> Link | None:
        """The primary link of a Xero record, or its link as one more contact of a record."""
        kind = ref.kind
        if kind not in self._xero_links:
            store, connection_id = self.bench.store, self.bench.connection_id
            aliases = store.xero_aliases(connection_id, kind)
            self._xero_links[kind] = {**aliases, **store.links_by_xero(connection_id, kind)}
        return self._xero_links[kind].get(ref.id)

    # --- why a record stays out ---

    def reason(self, ref: Ref) -> Cause | None:
        """Why a record is not in Xero, by this plan or its newest outcome; None when unknown."""
        primary = self.primary_of(ref)
        if primary is None:
            return None
        if primary not in self.stops:
            self.stops[primary] = outcome_cause(self.bench, primary)
        return self.stops[primary]

    def is_needed(self, contact: str) -> bool:
        """Whether a contact of Xero is the supplier of a bill that comes into the CRM."""
        if self._suppliers is None:
            self._suppliers = suppliers_of_bills(self.bench)
        return contact in self._suppliers

    def stands(self, ref: Ref) -> bool:
        """Whether this plan itself says why a record is not in Xero: it is asked about, or waits.

        Of one that left the CRM an old outcome may still say so.
        """
        primary = self.primary_of(ref)
        planned = self.planned.get(primary) if primary is not None else None
        return planned is not None and _stands(planned)

    def reason_in_xero(self, ref: XeroRef) -> Cause | None:
        """Why a record of Xero is not in the CRM; None when unknown."""
        planned = self.planned_xero.get(ref)
        if planned is not None:
            return planned.cause
        newest = self.bench.store.outcomes(
            connections=[self.bench.connection_id],
            xero_id=ref.id,
            limit=1,
            since=known_since(self.bench.store, self.bench.connection_id),
        )
        return newest[0].cause if newest else None

    def stands_in_xero(self, ref: XeroRef) -> bool:
        """Whether this plan itself says why a record of Xero is not in the CRM."""
        planned = self.planned_xero.get(ref)
        return planned is not None and _stands(planned)

    def module_of(self, role: str) -> str:
        """The name of the module whose records have this role; "" when none is offered."""
        return next((sync.name for sync in self.bench.offered if sync.role == role), "")


def _stands(item: Item) -> bool:
    """Whether an item stays as it is until somebody, or another run, does something about it."""
    orphan = item.result == "skipped" and item.cause is not None and item.cause.code in ORPHANS
    return orphan or item.result in NEEDS


def by_code(accounts: Sequence[Account]) -> dict[str, Account]:
    """Code → account; an active one goes before an archived or deleted one of the same code."""
    active_last = sorted(accounts, key=lambda account: account.status == "ACTIVE")
    return {account.code: account for account in active_last if account.code}


def outcome_cause(bench: Workbench, ref: Ref) -> Cause | None:
    """Why a record is not in step, by its newest outcome; a module that is off says so."""
    offered = next((sync for sync in bench.offered if sync.name == ref.module), None)
    settings = bench.store.module_settings(bench.connection_id, ref.module)
    if offered is None or not settings.to_xero() or "to_xero" not in offered.directions:
        return cause_of("not_carried", module=ref.module)
    newest = bench.store.outcomes(
        connections=[bench.connection_id],
        module=ref.module,
        crm_id=ref.id,
        limit=1,
        since=known_since(bench.store, bench.connection_id),
    )
    return newest[0].cause if newest else None
