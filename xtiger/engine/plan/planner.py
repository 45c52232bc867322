"""The planner: pairings of each module become items, parents first; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from xtiger.engine.observe.invoice_payments import payments_of
from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.estimate import estimate
from xtiger.engine.plan.invoice.figures import with_money_underway
from xtiger.engine.plan.module_judge import ModuleJudge
from xtiger.engine.plan.parents import explained
from xtiger.engine.plan.plan_state import PlanState
from xtiger.engine.plan.planned_kind import PlannedKinds
from xtiger.engine.plan.refused import Refusals
from xtiger.engine.workbench.limits import Limits, Wanted
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.model.plans import Item, Plan
from xtiger.model.records import Ref, XeroRef
from xtiger.rules.customers.attachments import ATTACH, gets_file

#: Verbs after which a record is on both sides.
_STAYING = frozenset({"create", "link", "update"})


@dataclass(slots=True)
class Planner:
    """Makes the plan of one run from what was observed."""

    bench: Workbench
    #: What pairs and judges each kind.
    kinds: PlannedKinds
    #: What this plan knows so far; the judges are given it.
    _state: PlanState = field(init=False)
    _refusals: Refusals = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is known yet; what Xero refused is read when the first action is planned."""
        self._state = PlanState(self.bench)
        self._refusals = Refusals(self.bench)

    def plan(self, limits: Limits | None = None) -> Plan:
        """The plan of all dirty keys, or of what these limits name."""
        items: list[Item] = []
        for scope in self.bench.scopes:
            if limits is None or scope.name in limits:
                if scope.traits.pays:
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
            estimate=estimate(items, self._files(items)),
            calls=self.bench.xero.calls,
        )

    def _files(self, items: Sequence[Item]) -> int:
        """How many new invoices may get the CRM's own document."""
        names = {scope.name for scope in self.bench.scopes if scope.option(ATTACH)}
        return sum(item.module in names and gets_file(item) for item in items)

    def _wake_payments(self) -> None:
        """Payments of invoices that this plan brings into the CRM: left out before, now they go."""
        store, connection_id = self.bench.store, self.bench.connection_id
        coming = [ref.id for ref in self._state.arriving if ref.kind == "Invoice"]
        seen = store.shadows(connection_id, "xero", "Invoice", coming) if coming else {}
        paid = {one for shadow in seen.values() for one in payments_of(shadow.payload)}
        if paid:
            paid -= {key.id for key in store.dirty(connection_id, "xero", "Payment")}
        known = store.shadows(connection_id, "xero", "Payment", sorted(paid)) if paid else ()
        if known:
            now = self.bench.clock.now()
            store.mark(connection_id, "xero", "Payment", sorted(known), "invoice", now)

    def _module(self, scope: Scope, wanted: Wanted | None) -> list[Item]:
        planned = self.kinds(scope)
        pairer = planned.pairer(self._state, self.bench, scope)
        judge = ModuleJudge(self._state, self.bench, scope, pairer, planned)
        pairings = pairer.match(pairer.pairings(wanted, judge.early))
        left = [pairing for pairing in pairings if pairing.item is None]
        judge.prepare(left)
        found, done = [], len(pairings) - len(left)
        for pairing in pairings:
            if pairing.item is None:
                pairing.item, done = judge.item(pairing), done + 1
            item = self._refusals.standing(explained(self._state, pairing.item))
            if item.result == "unchanged" and self._found_just_now(item):
                item = replace(item, result="linked")
            if item.verb not in _STAYING:
                self._leave(scope, pairing)
            self._state.remember(item)
            found.append(item)
            self.bench.progress(scope.name, done, len(pairings))
        return self._refusals.standing_lists(found) if scope.traits.part_of else found

    def _found_just_now(self, item: Item) -> bool:
        """Whether recovery linked it: the create of an earlier run was never booked."""
        found = self.bench.found
        return bool(found) and XeroRef(item.kind, item.xero_id or "") in found

    def _leave(self, scope: Scope, pairing: Pairing) -> None:
        """What one side no longer has is nobody's parent, whether it waits or is removed now."""
        if pairing.crm_id and pairing.xero_gone:
            self._state.lost.add(Ref(scope.name, pairing.crm_id))
        if pairing.xero_id and pairing.crm_gone:
            self._state.lost_in_crm.add(XeroRef(scope.kind, pairing.xero_id))
