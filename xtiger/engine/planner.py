"""The planner: pairings of each module become items, parents first; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from xtiger.catalogue import CATALOGUE
from xtiger.engine.bench import Scope, Workbench
from xtiger.engine.estimate import estimate
from xtiger.engine.invoices import InvoiceWorld, judge_both, judge_new, refusals
from xtiger.engine.judge import (
    create_item,
    crm_create_item,
    match_cause,
    merge_fields,
    merged_item,
    new_in_crm,
    new_in_xero,
    stopped,
)
from xtiger.engine.pairing import Pairer, Pairing, crm_candidate
from xtiger.engine.pending import pending_id
from xtiger.engine.selection import Selection
from xtiger.fields import LINES, Lookups, crm_values
from xtiger.lines import BuiltLines, LineItem, RoleValues
from xtiger.links import Link
from xtiger.matching import Candidate, Match, MatchIndex, exact_name
from xtiger.merge import RecordRule, RecordState, decide_record
from xtiger.plans import Cause, Item, Plan
from xtiger.records import Record
from xtiger.taxes import TaxTable


@dataclass(slots=True)
class Planner:
    """Makes the plan of one run from what was observed."""

    bench: Workbench
    #: (module, CRM id) → name, of records that this plan creates or links.
    expected: dict[tuple[str, str], str] = field(default_factory=dict)
    #: Codes and names that this plan creates in Xero, per kind.
    _codes: dict[tuple[str, str], str] = field(default_factory=dict)
    _links: dict[str, Mapping[str, Link]] = field(default_factory=dict)
    _lookups: Lookups | None = None

    def plan(self, only: Mapping[str, Sequence[str]] | None = None) -> Plan:
        """The plan of all dirty keys, or of these CRM ids per module."""
        items: list[Item] = []
        for scope in self.bench.scopes:
            ids = None if only is None else only.get(scope.name)
            if only is not None and ids is None:
                continue
            items.extend(self._module(scope, ids))
        names = tuple(scope.name for scope in self.bench.scopes)
        return Plan(
            connection_id=self.bench.connection_id, made_at=self.bench.clock.now(),
            modules=names, items=tuple(items), estimate=estimate(items),
            calls=self.bench.xero.calls,
        )  # fmt: skip

    def _module(self, scope: Scope, ids: Sequence[str] | None) -> list[Item]:
        pairer = Pairer(self.bench, scope)
        judge = ModuleJudge(self, scope, pairer)
        pairings = pairer.match(pairer.pairings(ids))
        found = []
        for done, pairing in enumerate(pairings, start=1):
            item = judge.item(pairing)
            if item.crm_id and item.verb in ("create", "link"):
                self.expected[scope.name, item.crm_id] = item.name
            found.append(item)
            self.bench.progress(scope.name, done, len(pairings))
        return found

    def lookups(self) -> Lookups:
        """The look-ups of this run, built once."""
        if self._lookups is None:
            store, connection_id = self.bench.store, self.bench.connection_id
            maps = [scope.option("tax_map") or {} for scope in self.bench.scopes]
            tax_map = {key: value for one in maps for key, value in one.items()}
            self._lookups = Lookups(
                taxes=TaxTable(tuple(store.tax_rates(connection_id)), tax_map),
                accounts={a.code: a for a in store.accounts(connection_id) if a.code},
                xero_id_of=self.xero_id_of,
                crm_id_of=self.crm_id_of,
            )
        return self._lookups

    def xero_id_of(self, module: str, crm_id: str) -> str | None:
        """The Xero id of a CRM record: linked, or about to be."""
        if module not in self._links:
            self._links[module] = self.bench.store.links_by_crm(self.bench.connection_id, module)
        link = self._links[module].get(crm_id)
        if link is not None and link.state == "live":
            return link.xero_id
        return pending_id(module, crm_id) if (module, crm_id) in self.expected else None

    def crm_id_of(self, kind: str, xero_id: str) -> str | None:
        """The CRM id of a linked Xero record."""
        links = self.bench.store.links_by_xero(self.bench.connection_id, kind, [xero_id])
        return links[xero_id].crm_id if xero_id in links else None

    def claim_code(self, kind: str, code: str, name: str) -> str | None:
        """Claim an item code or contact name for a create; answers who has it already."""
        other = self._codes.get((kind, code))
        if other is None:
            self._codes[kind, code] = name
        return other


@dataclass(slots=True)
class ModuleJudge:
    """Judges the pairings of one module within a plan."""

    planner: Planner
    scope: Scope
    pairer: Pairer
    _items: dict[tuple[str, str], LineItem | None] = field(default_factory=dict)
    _world: InvoiceWorld | None = None
    _selection: Selection | None = None

    @property
    def bench(self) -> Workbench:
        """The run's workbench."""
        return self.planner.bench

    def item(self, pairing: Pairing) -> Item:
        """The one item of this pairing."""
        if pairing.cause is not None:
            return self._stop(pairing, pairing.cause)
        if pairing.record is not None and not self.selection.selected(pairing.record):
            return self._stop(pairing, Cause("not_selected"))
        status = self.selection.barred_status(pairing.record) if pairing.record else None
        if status is not None and not pairing.link:
            return self._stop(pairing, Cause("status_not_selected", {"status": status}))
        if pairing.link is not None:
            return self._linked(pairing)
        if pairing.record is not None:
            return self._crm_side(pairing, pairing.record)
        if pairing.crm_id and pairing.xero is None:
            gone = "gone_in_crm" if pairing.crm_gone else "missing_without_proof"
            if pairing.crm_gone:
                return stopped(pairing, self.scope, Cause(gone), "unchanged")
            return self._stop(pairing, Cause(gone))
        return self._xero_side(pairing)

    @property
    def selection(self) -> Selection:
        """Which records are selected."""
        if self._selection is None:
            self._selection = Selection(self.bench, self.scope)
        return self._selection

    def _stop(self, pairing: Pairing, cause: Cause) -> Item:
        return stopped(pairing, self.scope, cause, CATALOGUE[cause.code].result)

    # --- linked ---

    def _linked(self, pairing: Pairing) -> Item:
        assert pairing.link is not None  # the caller's branch
        gone_in_xero = pairing.xero is not None and pairing.xero.status in ("ARCHIVED", "DELETED")
        state = RecordState(
            linked=True, orphan=pairing.link.state == "orphan",
            crm="present" if pairing.record else ("gone" if pairing.crm_gone else "absent"),
            xero="gone" if gone_in_xero else ("present" if pairing.xero else "absent"),
            crm_changed=gone_in_xero and self._edited(pairing, "crm"),
            xero_changed=pairing.crm_gone and self._edited(pairing, "xero"),
        )  # fmt: skip
        decision = decide_record(state, RecordRule())
        if decision == "merge":
            return self._both(pairing, linking=False)
        if decision == "conflict":
            return self._stop(pairing, Cause("gone_but_edited"))
        if decision == "nothing" and not state.orphan:
            return self._stop(pairing, Cause("missing_without_proof"))
        code = "gone_in_crm" if state.crm == "gone" else "gone_in_xero"
        return self._stop(pairing, Cause(code))

    def _edited(self, pairing: Pairing, side: str) -> bool:
        """Whether the side that is still there differs from its half of the base."""
        if pairing.base is None:
            return False
        if side == "crm" and pairing.record is not None:
            values, _ = crm_values(pairing.record, self.scope.rows)
            return any(
                key in pairing.base.pairs and pairing.base.pairs[key].crm != value
                for key, value in values.items()
            )
        if side == "xero" and pairing.xero is not None:
            return any(
                pair.xero != pairing.xero.values.get(key)
                for key, pair in pairing.base.pairs.items()
                if key in {row.key for row in self.scope.rows}
            )
        return False

    def _both(self, pairing: Pairing, *, linking: bool) -> Item:
        if self.scope.kind == "Invoice":
            return self._both_invoice(pairing, linking=linking)
        merged = merge_fields(pairing, self.scope, self.planner.lookups())
        if merged.causes:
            return self._stop(pairing, merged.causes[0])
        return merged_item(pairing, self.scope, merged, linking=linking)

    # --- only in the CRM, or found in Xero ---

    def _crm_side(self, pairing: Pairing, record: Record) -> Item:
        held = match_cause(pairing.match, pairing, self.scope, self._xero_name)
        if held is not None and not self._released(pairing):
            cause, proposals = held
            return stopped(pairing, self.scope, cause, CATALOGUE[cause.code].result, proposals)
        if pairing.match.how in ("key", "number") and pairing.xero is not None:
            return self._found(pairing, record)
        if not self.scope.carries("to_xero"):
            return self._stop(pairing, Cause("not_carried", {"module": self.scope.name}))
        if not self.scope.settings.create_in_xero:
            return self._stop(pairing, Cause("create_off", {"module": self.scope.name}))
        pairing.xero_id, pairing.xero = None, None
        if self.scope.kind == "Invoice":
            return self._new_invoice(pairing, record)
        merged = new_in_xero(record, self.scope, self.planner.lookups())
        if merged.causes:
            return self._stop(pairing, merged.causes[0])
        item = create_item(pairing, self.scope, merged)
        return self._claimed(pairing, record, item)

    def _released(self, pairing: Pairing) -> bool:
        """Whether a person said "create as new anyway" for this record."""
        if pairing.match.how not in ("same_name", "near_name"):
            return False
        name = f"create_anyway:{self.bench.connection_id}:{self.scope.name}:{pairing.crm_id}"
        return bool(self.bench.store.setting(name))

    def _claimed(self, pairing: Pairing, record: Record, item: Item) -> Item:
        """A create is planned once per code or name; the later twin is held."""
        own = crm_candidate(self.scope, record)
        value = own.number.casefold() if self.scope.kind == "Item" else exact_name(own.name)
        if not value:
            return item
        other = self.planner.claim_code(self.scope.kind, value, item.name)
        if other is None:
            return item
        if self.scope.kind == "Item":
            return self._stop(pairing, Cause("code_taken", {"code": own.number, "other": other}))
        return self._stop(pairing, Cause("crm_duplicate", {"name": own.name}))

    def _found(self, pairing: Pairing, record: Record) -> Item:
        if self.scope.kind != "Invoice":
            return self._both(pairing, linking=True)
        own = self.bench.host.url(record.ref)
        there = pairing.xero.values.get("Url") if pairing.xero else None
        if own is None or there != own:
            number = str(pairing.xero.values.get("InvoiceNumber")) if pairing.xero else ""
            return self._stop(pairing, Cause("number_taken", {"number": number}))
        return self._both(pairing, linking=True)

    def _xero_name(self, xero_id: str) -> str:
        found = self.pairer.xero_index().by_id.get(xero_id)
        if found is None:
            return xero_id
        return found.number if self.scope.kind == "Item" else found.name

    # --- only in Xero ---

    def _xero_side(self, pairing: Pairing) -> Item:
        scope = self.scope
        if pairing.xero is None:
            return self._stop(pairing, Cause("missing_without_proof"))
        if not scope.carries("to_crm"):
            return self._stop(pairing, Cause("not_carried", {"module": scope.name}))
        if pairing.xero.status in ("ARCHIVED", "DELETED", "VOIDED", "GDPRREQUEST"):
            return self._stop(pairing, Cause("archived"))
        if not scope.settings.create_in_crm:
            return self._stop(pairing, Cause("create_off", {"module": scope.name}))
        twin = self._crm_twin(pairing)
        if twin is not None:
            return twin
        merged = new_in_crm(pairing, scope, self.planner.lookups())
        if merged.causes:
            return self._stop(pairing, merged.causes[0])
        return crm_create_item(pairing, scope, merged)

    def _crm_twin(self, pairing: Pairing) -> Item | None:
        """A CRM record that is this one already, though it did not ask to be synced now."""
        assert pairing.xero is not None  # the caller's branch
        values = pairing.xero.values
        number = values.get("Code") if self.scope.kind == "Item" else values.get("AccountNumber")
        own = Candidate(pairing.xero.id, str(values.get("Name") or ""), str(number or ""))
        match = self._crm_index().match(own)
        if match.how in ("none", "near_name", "archived"):
            return None
        name = self._crm_index().by_id[match.ids[0]].name
        if match.how in ("taken", "taken_name") and self.scope.kind == "Item":
            return None if match.how == "taken_name" else self._twin_stop(pairing, match, name)
        if match.how == "same_name" and self.scope.kind == "Item":
            return None
        return self._twin_stop(pairing, match, name)

    def _twin_stop(self, pairing: Pairing, match: Match, name: str) -> Item:
        if match.how in ("taken", "taken_name", "shared"):
            cause = Cause("contact_same_name", {"name": name})
            if self.scope.kind == "Item":
                cause = Cause("code_taken", {"code": name, "other": name})
            return self._stop(pairing, cause)
        return self._stop(pairing, Cause("twin_not_selected", {"name": name}))

    def _crm_index(self) -> MatchIndex:
        return self.pairer.crm_index()

    # --- invoices ---

    def world(self) -> InvoiceWorld:
        """What judging invoices needs, built once per module."""
        if self._world is None:
            bench = self.bench
            self._world = InvoiceWorld(
                fields=self.planner.lookups(),
                item=self._line_item,
                organisation_account=self._organisation_account,
                currencies=frozenset(bench.store.currencies(bench.connection_id)),
                base_currency=bench.connection.base_currency,
                organisation=bench.connection.organisation,
                own_status=lambda record: self.selection.own(record, "xtiger.status"),
                own_type=lambda record: self.selection.own(record, "xtiger.invoice_type"),
            )
        return self._world

    def _new_invoice(self, pairing: Pairing, record: Record) -> Item:
        world = self.world()
        refused = refusals(record, self.scope, world, linked=False)
        if refused is not None:
            return self._stop(pairing, refused)
        merged, built = judge_new(record, self.scope, world)
        if merged.causes:
            return self._stop(pairing, self._named(merged.causes[0], record))
        item = create_item(pairing, self.scope, merged)
        other = self.planner.claim_code("Invoice", item.name.casefold(), item.name)
        if other is not None:
            return self._stop(pairing, Cause("number_taken", {"number": item.name}))
        return self._with_needs(item, record, built)

    def _both_invoice(self, pairing: Pairing, *, linking: bool) -> Item:
        assert pairing.record is not None  # the caller's branch
        world = self.world()
        refused = refusals(pairing.record, self.scope, world, linked=True)
        if refused is not None:
            return self._stop(pairing, refused)
        merged, built = judge_both(pairing, self.scope, world)
        if merged.causes:
            return self._stop(pairing, self._named(merged.causes[0], pairing.record))
        item = merged_item(pairing, self.scope, merged, linking=linking)
        return self._with_needs(item, pairing.record, built)

    def _named(self, cause: Cause, record: Record) -> Cause:
        """A waiting cause with the organisation's name instead of its id."""
        if cause.code != "waits_for_parent":
            return cause
        organisation = self._organisation(record)
        if organisation is None or not str(cause.data.get("parent", "")).endswith(organisation[1]):
            return cause
        return replace(cause, data={"parent": organisation[2] or organisation[1]})

    def _organisation(self, record: Record) -> tuple[str, str, str] | None:
        described = self.scope.module.by_role("invoice.organisation")
        crm_id = str(record.values.get(described.name) or "") if described else ""
        if described is None or not crm_id or not described.targets:
            return None
        module = described.targets[0]
        shadow = self.bench.store.shadows(self.bench.connection_id, "crm", module, [crm_id])
        name = str(shadow[crm_id].payload.get("name") or "") if crm_id in shadow else ""
        return module, crm_id, name

    def _with_needs(self, item: Item, record: Record, built: BuiltLines) -> Item:
        needs = [self._organisation(record)] if self._organisation(record) else []
        modules = {sync.role: sync.name for sync in self.bench.offered}
        items = [(modules[role], crm_id, name) for role, crm_id, name in built.needs]
        sends_lines = LINES in (item.to_xero or {})
        expected = {"expected_total": built.totals.total} if sends_lines else {}
        return replace(
            item,
            needs=tuple(dict.fromkeys([*(n for n in needs if n), *items])),
            xero_values={**item.xero_values, **expected},
            line_ids=built.host_ids if sends_lines else (),
        )

    def _organisation_account(self, record: Record) -> str | None:
        return None  # no host describes organisation.sales_account on its invoices yet

    def _line_item(self, role: str, crm_id: str) -> LineItem | None:
        if (role, crm_id) not in self._items:
            self._items[role, crm_id] = self._load_line_item(role, crm_id)
        return self._items[role, crm_id]

    def _load_line_item(self, role: str, crm_id: str) -> LineItem | None:
        module = next((s.name for s in self.bench.offered if s.role == role), None)
        described = next((m for m in self.bench.host.modules() if m.name == module), None)
        if module is None or described is None:
            return None
        record = self.bench.host.get(module, [crm_id]).get(crm_id)
        if record is None or record.deleted:
            return None
        values = RoleValues(described, record.values)
        ready = self.planner.xero_id_of(module, crm_id) is not None
        return LineItem(
            code=values.text(f"{role}.code") or "",
            name=values.text(f"{role}.name") or "",
            account=values.text(f"{role}.sales_account"),
            ready=ready,
        )
