"""Deciding what becomes of one pairing: merge, create, link, or the reason that nothing does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xtiger.catalogue import CATALOGUE
from xtiger.engine.bench import Scope, Workbench
from xtiger.engine.invoicing import InvoiceDesk
from xtiger.engine.judge import (
    Merged,
    create_item,
    crm_create_item,
    item_of,
    match_cause,
    merge_fields,
    merged_item,
    new_in_crm,
    new_in_xero,
    stopped,
)
from xtiger.engine.pairing import Pairer, Pairing, crm_candidate
from xtiger.engine.selection import Selection
from xtiger.fields import crm_values
from xtiger.matching import Candidate, Match, exact_name
from xtiger.merge import RecordRule, RecordState, decide_record
from xtiger.plans import Cause, Item
from xtiger.records import Record

if TYPE_CHECKING:
    from xtiger.engine.planner import Planner

#: What people know a record by.
_NAMING = ("Name", "Code", "InvoiceNumber")


@dataclass(slots=True)
class ModuleJudge:
    """Judges the pairings of one module within a plan."""

    planner: Planner
    scope: Scope
    pairer: Pairer
    _invoices: InvoiceDesk | None = None
    _selection: Selection | None = None

    @property
    def bench(self) -> Workbench:
        """The run's workbench."""
        return self.planner.bench

    def prepare(self, pairings: Sequence[Pairing]) -> None:
        """Read what judging these will need, in few calls however many they are."""
        if self.scope.kind == "Invoice":
            self._invoices = InvoiceDesk(self.planner, self.scope, self.selection)
            self._invoices.prepare([p.record for p in pairings if p.record is not None])

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
        if pairing.crm_id and pairing.crm_gone:
            return stopped(pairing, self.scope, Cause("gone_in_crm"), "unchanged")
        if pairing.crm_id:
            return self._stop(pairing, Cause("missing_without_proof"))
        return self._xero_side(pairing)

    @property
    def selection(self) -> Selection:
        """Which records are selected."""
        if self._selection is None:
            self._selection = Selection(self.bench, self.scope)
        return self._selection

    @property
    def invoices(self) -> InvoiceDesk:
        """What judges invoices; made by prepare()."""
        assert self._invoices is not None  # only asked for in a scope of invoices
        return self._invoices

    def _stop(self, pairing: Pairing, cause: Cause) -> Item:
        return stopped(pairing, self.scope, cause, CATALOGUE[cause.code].result)

    # --- linked ---

    def _linked(self, pairing: Pairing) -> Item:
        assert pairing.link is not None  # the caller's branch
        if pairing.moved and pairing.record is not None and not pairing.xero_gone:
            return self._both(pairing, linking=True)
        state = RecordState(
            linked=True, orphan=pairing.link.state == "orphan",
            crm="present" if pairing.record else ("gone" if pairing.crm_gone else "absent"),
            xero="gone" if pairing.xero_gone else ("present" if pairing.xero else "absent"),
            crm_changed=pairing.xero_gone and self._crm_edited(pairing),
            xero_changed=pairing.crm_gone and self._xero_edited(pairing),
        )  # fmt: skip
        if state.orphan and state.xero == "present" and self._another(pairing):
            return self._stop(pairing, Cause("gone_but_edited"))
        decision = decide_record(state, RecordRule())
        if decision == "merge":
            return self._both(pairing, linking=False)
        if state.xero == "gone" and self._cancelled(pairing):
            return item_of(pairing, self.scope)
        if decision == "conflict":
            return self._stop(pairing, Cause("gone_but_edited"))
        if decision == "nothing" and not state.orphan:
            return self._stop(pairing, Cause("missing_without_proof"))
        return self._stop(pairing, Cause("gone_in_xero" if pairing.record else "gone_in_crm"))

    def _another(self, pairing: Pairing) -> bool:
        """Whether a record that came back is a new one that got the id of the deleted one.

        Databases that give ids again (SQLite's plain primary key) would let it rename a stranger.
        """
        if pairing.record is None or pairing.base is None:
            return False
        values, _ = crm_values(pairing.record, self.scope.rows)
        known = pairing.base.pairs
        named = [r.key for r in self.scope.rows if r.xero.path in _NAMING and r.key in known]
        return bool(named) and all(known[key].crm != values.get(key) for key in named)

    def _cancelled(self, pairing: Pairing) -> bool:
        """Whether the CRM, too, says that an invoice gone in Xero counts no more."""
        if self.scope.kind != "Invoice" or pairing.record is None:
            return False
        return self.invoices.wanted_status(pairing.record) == "VOIDED"

    def _crm_edited(self, pairing: Pairing) -> bool:
        """Whether the CRM record differs from its half of the base."""
        if pairing.base is None or pairing.record is None:
            return False
        values, _ = crm_values(pairing.record, self.scope.rows)
        pairs = pairing.base.pairs
        return any(key in pairs and pairs[key].crm != value for key, value in values.items())

    def _xero_edited(self, pairing: Pairing) -> bool:
        """Whether the Xero record differs from its half of the base."""
        if pairing.base is None or pairing.xero is None:
            return False
        rows, values = {row.key for row in self.scope.rows}, pairing.xero.values
        return any(
            pair.xero != values.get(key) for key, pair in pairing.base.pairs.items() if key in rows
        )

    def _both(self, pairing: Pairing, *, linking: bool) -> Item:
        if self.scope.kind == "Invoice":
            return self.invoices.both(pairing, self._renamed, linking=linking)
        merged = merge_fields(pairing, self.scope, self.planner.lookups())
        cause = merged.causes[0] if merged.causes else self._renamed(pairing, merged)
        if cause is not None:
            return self._stop(pairing, cause)
        return merged_item(pairing, self.scope, merged, linking=linking)

    def _renamed(self, pairing: Pairing, merged: Merged) -> Cause | None:
        """The cause when a new name, code or number is another record's in Xero."""
        field = {"Contact": "Name", "Item": "Code", "Invoice": "InvoiceNumber"}[self.scope.kind]
        text = str(merged.to_xero.get(field) or "")
        if not text:
            return None
        by_name = self.scope.kind == "Contact"
        own = Candidate("", name=text) if by_name else Candidate("", number=text)
        match = self.pairer.xero_index().match(own, by_name=by_name)
        others = [i for i in match.ids if i != pairing.xero_id]
        if match.how in ("none", "near_name", "archived") or not others:
            return None
        if self.scope.kind == "Item":
            return Cause("code_taken", {"code": text, "other": self._xero_name(others[0])})
        if self.scope.kind == "Invoice":
            return Cause("number_taken", {"number": text})
        code = "crm_duplicate" if match.how == "taken_name" else "contact_same_name"
        return Cause(code, {"name": text})

    # --- only in the CRM, or found in Xero ---

    def _crm_side(self, pairing: Pairing, record: Record) -> Item:
        held = match_cause(pairing.match, pairing, self.scope, self._xero_name)
        if held is not None:
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
            return self.invoices.new(pairing, record)
        merged = new_in_xero(record, self.scope, self.planner.lookups())
        if merged.causes:
            return self._stop(pairing, merged.causes[0])
        item = create_item(pairing, self.scope, merged)
        return self._claimed(pairing, record, item)

    def _claimed(self, pairing: Pairing, record: Record, item: Item) -> Item:
        """A create is planned once per code or name; the later twin is held."""
        own = crm_candidate(self.scope, record)
        value = own.number.casefold() if self.scope.kind == "Item" else exact_name(own.name)
        other = self.planner.claim_code(self.scope.kind, value, item.name)
        if other is None:
            return item
        if self.scope.kind == "Item":
            return self._stop(pairing, Cause("code_taken", {"code": own.number, "other": other}))
        return self._stop(pairing, Cause("crm_duplicate", {"name": own.name}))

    def _found(self, pairing: Pairing, record: Record) -> Item:
        if self.scope.kind == "Invoice":
            own = self.bench.host.url(record.ref)
            there = pairing.xero.values.get("Url") if pairing.xero else None
            if own is None or there != own:
                number = pairing.xero.values.get("InvoiceNumber") if pairing.xero else ""
                return self._stop(pairing, Cause("number_taken", {"number": str(number)}))
        return self._both(pairing, linking=True)

    def _xero_name(self, xero_id: str) -> str:
        found = self.pairer.xero_index().by_id[xero_id]
        return found.number if self.scope.kind == "Item" else found.name

    # --- only in Xero ---

    def _xero_side(self, pairing: Pairing) -> Item:
        scope = self.scope
        if pairing.xero is None:
            return self._stop(pairing, Cause("missing_without_proof"))
        if not scope.carries("to_crm"):
            return self._stop(pairing, Cause("not_carried", {"module": scope.name}))
        if pairing.xero_gone:
            return self._stop(pairing, Cause("archived"))
        if not scope.settings.create_in_crm:
            return self._stop(pairing, Cause("create_off", {"module": scope.name}))
        twin = self._crm_twin(pairing)
        if twin is not None:
            return self._stop(pairing, twin)
        merged = new_in_crm(pairing, scope, self.planner.lookups())
        if merged.causes:
            return self._stop(pairing, merged.causes[0])
        return crm_create_item(pairing, scope, merged)

    def _crm_twin(self, pairing: Pairing) -> Cause | None:
        """What holds it: a CRM record is this one already, though it did not ask to be synced.

        Items are known by their code alone. A contact of nearly the same name is a twin, too:
        whoever ticks the CRM record is asked then.
        """
        assert pairing.xero is not None  # the caller's branch
        values, is_item = pairing.xero.values, self.scope.kind == "Item"
        number = values.get("Code") if is_item else values.get("AccountNumber")
        own = Candidate(pairing.xero.id, str(values.get("Name") or ""), str(number or ""))
        match = self.pairer.crm_index().match(own, by_name=not is_item)
        if match.how == "none":
            return None
        return self._twin_cause(match)

    def _twin_cause(self, match: Match) -> Cause:
        name = self.pairer.crm_index().by_id[match.ids[0]].name
        if match.how not in ("taken", "taken_name", "shared"):
            return Cause("twin_not_selected", {"name": name})
        if self.scope.kind == "Item":
            return Cause("code_taken", {"code": name, "other": name})
        return Cause("contact_same_name", {"name": name})
