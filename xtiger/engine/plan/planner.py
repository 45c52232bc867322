"""The planner: pairings of each module become items, parents first; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from xtiger.engine.observe.invoice_payments import payments_of
from xtiger.engine.pair.pair import Pairing
from xtiger.engine.pair.pairing import Pairer
from xtiger.engine.pair.person_pairing import AlonePairer, PersonPairer
from xtiger.engine.plan.estimate import estimate
from xtiger.engine.plan.invoice.figures import with_money_underway
from xtiger.engine.plan.module_judge import ModuleJudge
from xtiger.engine.plan.parents import explained, outcome_cause
from xtiger.engine.plan.refused import Refusals
from xtiger.engine.workbench.limits import Limits, Wanted
from xtiger.engine.workbench.placeholder_ids import pending_crm, pending_id
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import Lookups
from xtiger.model.chart_of_accounts import Account
from xtiger.model.links import Link
from xtiger.model.plans import Cause, Item, Plan
from xtiger.rules.contact_persons import contact_of
from xtiger.rules.taxes import TaxTable

#: Verbs after which a record is on both sides.
_STAYING = frozenset({"create", "link", "update"})


@dataclass(slots=True)
class Planner:
    """Makes the plan of one run from what was observed."""

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
    #: Codes and names that this plan creates in Xero, per kind.
    _codes: dict[tuple[str, str], str] = field(default_factory=dict)
    #: Kind → Xero ids that this plan gives to a record.
    _claimed: dict[str, set[str]] = field(default_factory=dict)
    _links: dict[str, Mapping[str, Link]] = field(default_factory=dict)
    _xero_links: dict[str, Mapping[str, Link]] = field(default_factory=dict)
    _lookups: Lookups | None = None
    _refusals: Refusals = field(init=False)

    def __post_init__(self) -> None:
        """What Xero refused is read when the first action is planned."""
        self._refusals = Refusals(self.bench)

    def plan(self, limits: Limits | None = None) -> Plan:
        """The plan of all dirty keys, or of what these limits name."""
        items: list[Item] = []
        for scope in self.bench.scopes:
            if limits is None or scope.name in limits:
                if scope.kind == "Payment":
                    self._wake_payments()
                for part in scope.parts:
                    items.extend(self._module(part, limits[scope.name] if limits else None))
        names = tuple(scope.name for scope in self.bench.scopes)
        found = with_money_underway(self.bench, items)
        items = [replace(item, number=number) for number, item in enumerate(found, start=1)]
        return Plan(
            connection_id=self.bench.connection_id,
            made_at=self.bench.clock.now(),
            modules=names,
            items=tuple(items),
            estimate=estimate(items),
            calls=self.bench.xero.calls,
        )

    def _wake_payments(self) -> None:
        """Payments of invoices that this plan brings into the CRM: left out before, now they go."""
        store, connection_id = self.bench.store, self.bench.connection_id
        coming = [xero_id for kind, xero_id in self.arriving if kind == "Invoice"]
        seen = store.shadows(connection_id, "xero", "Invoice", coming) if coming else {}
        paid = {one for shadow in seen.values() for one in payments_of(shadow.payload)}
        if paid:
            paid -= {key.id for key in store.dirty(connection_id, "xero", "Payment")}
        known = store.shadows(connection_id, "xero", "Payment", sorted(paid)) if paid else ()
        if known:
            now = self.bench.clock.now()
            store.mark(connection_id, "xero", "Payment", sorted(known), "invoice", now)

    def _module(self, scope: Scope, wanted: Wanted | None) -> list[Item]:
        pairer = self._pairer(scope)
        judge = ModuleJudge(self, scope, pairer)
        pairings = pairer.match(pairer.pairings(wanted, judge.early))
        left = [pairing for pairing in pairings if pairing.item is None]
        judge.prepare(left)
        found, done = [], len(pairings) - len(left)
        for pairing in pairings:
            if pairing.item is None:
                pairing.item, done = judge.item(pairing), done + 1
            item = self._refusals.standing(explained(self, pairing.item))
            if item.result == "unchanged" and (scope.kind, item.xero_id) in self.bench.found:
                item = replace(item, result="linked")  # its create was never booked
            if item.verb not in _STAYING:
                self._leave(scope, pairing)
            self._expect(scope, item)
            found.append(item)
            self.bench.progress(scope.name, done, len(pairings))
        return self._refusals.standing_lists(found) if scope.kind == "Person" else found

    def _pairer(self, scope: Scope) -> Pairer:
        claimed = self._claimed.setdefault(scope.kind, set())
        if scope.kind == "Person":
            return PersonPairer(self.bench, scope, claimed, self.xero_id_of)
        if scope.sync.role == "contact":
            return AlonePairer(self.bench, scope, claimed)
        return Pairer(self.bench, scope, claimed)

    def _leave(self, scope: Scope, pairing: Pairing) -> None:
        """What one side has no more is nobody's parent, whether it waits or is removed now."""
        if pairing.crm_id and pairing.xero_gone:
            self.lost.add((scope.name, pairing.crm_id))
        if pairing.xero_id and pairing.crm_gone:
            self.lost_in_crm.add((scope.kind, pairing.xero_id))

    def _expect(self, scope: Scope, item: Item) -> None:
        if item.crm_id:
            self.planned[scope.name, item.crm_id] = item
            self.names[scope.name, item.crm_id] = item.name
            if item.verb is None and item.cause is not None:
                self.stops[scope.name, item.crm_id] = item.cause
        code = (item.to_xero or {}).get("Code")
        if item.crm_id:
            self.planned[scope.name, item.crm_id] = item
        if item.xero_id:
            self.planned_xero[scope.kind, item.xero_id] = item
        if item.crm_id and code:
            self.sent_codes[scope.name, item.crm_id] = str(code)
        if item.xero_id and item.verb in ("create", "link"):
            crm_id = item.crm_id or pending_crm(scope.kind, item.xero_id)
            self.arriving[scope.kind, item.xero_id] = (scope.name, crm_id)
        if not item.crm_id or item.verb not in ("create", "link"):
            return
        self.expected[scope.name, item.crm_id] = item.name
        if item.xero_id:
            self.moved[scope.name, item.crm_id] = contact_of(item.xero_id)

    # --- what judging asks for ---

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

    def reason(self, module: str, crm_id: str) -> Cause | None:
        """Why a record is not in Xero, by this plan or its newest outcome; None when unknown."""
        module, crm_id = self.primary_of(module, crm_id)
        if (module, crm_id) not in self.stops:
            self.stops[module, crm_id] = outcome_cause(self.bench, module, crm_id)
        return self.stops[module, crm_id]

    def is_claimed(self, kind: str, code: str) -> bool:
        """Whether this plan creates a record of this code or name."""
        return (kind, code) in self._codes

    def claim_code(self, kind: str, code: str, name: str) -> str | None:
        """Claim an item code or contact name for a create; answers who has it already."""
        other = self._codes.get((kind, code))
        if other is None:
            self._codes[kind, code] = name
        return other


def by_code(accounts: Sequence[Account]) -> dict[str, Account]:
    """Code → account; an active one goes before an archived or deleted one of the same code."""
    active_last = sorted(accounts, key=lambda account: account.status == "ACTIVE")
    return {account.code: account for account in active_last if account.code}
