"""What one plan knows so far: what it does with each record, and where a record leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from xtiger.engine.workbench.placeholder_ids import pending_crm, pending_id
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import Lookups
from xtiger.model.chart_of_accounts import Account
from xtiger.model.links import Link
from xtiger.model.plans import Cause, Item
from xtiger.rules.causes import cause_of
from xtiger.rules.contact_persons import contact_of
from xtiger.rules.identity import known_since
from xtiger.rules.taxes import TaxTable


@dataclass(slots=True)
class PlanState:
    """The memory of one plan, filled record by record, parents first.

    What it has no memory of it reads in the store, once, and keeps.
    """

    bench: Workbench
    #: (module, CRM id) → name, of records that this plan creates or links.
    expected: dict[tuple[str, str], str] = field(default_factory=dict)
    #: (module, CRM id) → Xero id, of links that this plan moves or makes.
    moved: dict[tuple[str, str], str] = field(default_factory=dict)
    #: (module, CRM id) → what this plan does with it.
    planned: dict[tuple[str, str], Item] = field(default_factory=dict)
    #: (kind, Xero id) → the same.
    planned_xero: dict[tuple[str, str], Item] = field(default_factory=dict)
    #: (kind, Xero id) → (module, CRM id) of records that this plan makes or links in the CRM.
    arriving: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    #: (module, CRM id) → item code that this plan sends.
    sent_codes: dict[tuple[str, str], str] = field(default_factory=dict)
    #: (module, CRM id) → what people call it, and why it is not sent, of records judged so far.
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    stops: dict[tuple[str, str], Cause | None] = field(default_factory=dict)
    #: Linked CRM records whose Xero record is gone, and is not made again.
    lost: set[tuple[str, str]] = field(default_factory=set)
    #: (kind, Xero id) of linked records whose CRM record is gone, and is not made again.
    lost_in_crm: set[tuple[str, str]] = field(default_factory=set)
    #: (kind, code or name) → what people call the record that this plan creates under it.
    _codes: dict[tuple[str, str], str] = field(default_factory=dict)
    #: Kind → Xero ids that this plan gives to a record.
    _claimed: dict[str, set[str]] = field(default_factory=dict)
    #: Module → CRM id → link, as read.
    _links: dict[str, Mapping[str, Link]] = field(default_factory=dict)
    #: Kind → Xero id → link, as read.
    _xero_links: dict[str, Mapping[str, Link]] = field(default_factory=dict)
    _lookups: Lookups | None = None

    # --- what is remembered ---

    def remember(self, item: Item) -> None:
        """Take in what becomes of one record."""
        if item.crm_id:
            self._remember_crm(item, (item.module, item.crm_id))
        if not item.xero_id:
            return
        self.planned_xero[item.kind, item.xero_id] = item
        if item.verb in ("create", "link"):
            crm_id = item.crm_id or pending_crm(item.kind, item.xero_id)
            self.arriving[item.kind, item.xero_id] = (item.module, crm_id)

    def _remember_crm(self, item: Item, ref: tuple[str, str]) -> None:
        self.planned[ref] = item
        self.names[ref] = item.name
        if item.verb is None and item.cause is not None:
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

    def claim_code(self, kind: str, code: str, name: str) -> str | None:
        """Claim an item code or contact name for a create; returns who has it already."""
        other = self._codes.get((kind, code))
        if other is None:
            self._codes[kind, code] = name
        return other

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

    def xero_id_of(self, module: str, crm_id: str) -> str | None:
        """The Xero id of a CRM record: linked, or about to be."""
        if (module, crm_id) in self.moved:
            return self.moved[module, crm_id]
        link = self._link(module, crm_id)
        if link is not None and link.role == "alias":
            return self.xero_id_of(*self.primary_of(module, crm_id))
        if link is not None and link.state == "live":
            if (module, crm_id) in self.lost:
                return None
            # The invoice of a person goes to the contact whose person it is.
            return contact_of(link.xero_id)
        return pending_id(module, crm_id) if (module, crm_id) in self.expected else None

    def _link(self, module: str, crm_id: str) -> Link | None:
        if module not in self._links:
            self._links[module] = self.bench.store.links_by_crm(self.bench.connection_id, module)
        return self._links[module].get(crm_id)

    def primary_of(self, module: str, crm_id: str) -> tuple[str, str]:
        """The record that is synced in place of an alias; any other record is its own."""
        link = self._link(module, crm_id)
        if link is None or link.role != "alias":
            return module, crm_id
        primary = self._xero_link(link.kind, link.xero_id)
        # Without its primary an alias leads nowhere: its own record was never sent.
        return (primary.module, primary.crm_id) if primary else ("", "")

    def crm_id_of(self, kind: str, xero_id: str) -> str | None:
        """The CRM id of a Xero record, linked or about to be: a parent, no person."""
        found = self.crm_record_of(kind, xero_id)
        owners = {sync.name for sync in self.bench.offered if sync.kind == kind}
        return found[1] if found is not None and found[0] in owners else None

    def crm_record_of(self, kind: str, xero_id: str) -> tuple[str, str] | None:
        """(module, CRM id) of a Xero record: linked, an alias, or about to be linked."""
        if (kind, xero_id) in self.arriving:
            return self.arriving[kind, xero_id]
        link = self._xero_link(kind, xero_id)
        if link is None or link.state != "live" or (kind, xero_id) in self.lost_in_crm:
            return None
        return link.module, link.crm_id

    def _xero_link(self, kind: str, xero_id: str) -> Link | None:
        """The primary link of a Xero record, or its link as one more contact of a record."""
        if kind not in self._xero_links:
            store, connection_id = self.bench.store, self.bench.connection_id
            aliases = store.xero_aliases(connection_id, kind)
            self._xero_links[kind] = {**aliases, **store.links_by_xero(connection_id, kind)}
        return self._xero_links[kind].get(xero_id)

    # --- why a record stays out ---

    def reason(self, module: str, crm_id: str) -> Cause | None:
        """Why a record is not in Xero, by this plan or its newest outcome; None when unknown."""
        module, crm_id = self.primary_of(module, crm_id)
        if (module, crm_id) not in self.stops:
            self.stops[module, crm_id] = outcome_cause(self.bench, module, crm_id)
        return self.stops[module, crm_id]

    def module_of(self, role: str) -> str:
        """The name of the module whose records have this role; "" when none is offered."""
        return next((sync.name for sync in self.bench.offered if sync.role == role), "")


def by_code(accounts: Sequence[Account]) -> dict[str, Account]:
    """Code → account; an active one goes before an archived or deleted one of the same code."""
    active_last = sorted(accounts, key=lambda account: account.status == "ACTIVE")
    return {account.code: account for account in active_last if account.code}


def outcome_cause(bench: Workbench, module: str, crm_id: str) -> Cause | None:
    """Why a record is not in step, by its newest outcome; a module that is off says so."""
    offered = next((sync for sync in bench.offered if sync.name == module), None)
    settings = bench.store.module_settings(bench.connection_id, module)
    if offered is None or not settings.to_xero() or "to_xero" not in offered.directions:
        return cause_of("not_carried", module=module)
    newest = bench.store.outcomes(
        connections=[bench.connection_id],
        module=module,
        crm_id=crm_id,
        limit=1,
        since=known_since(bench.store, bench.connection_id),
    )
    return newest[0].cause if newest else None
