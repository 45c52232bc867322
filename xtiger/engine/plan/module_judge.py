"""Deciding what becomes of one pairing: merge, create, link, or the reason that nothing does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from xtiger.engine.pair.aliases import primary_name
from xtiger.engine.pair.duplicates import SAME, handles
from xtiger.engine.pair.left_behind import left_behind
from xtiger.engine.pair.pair import Pairing
from xtiger.engine.pair.pairing import Pairer
from xtiger.engine.pair.selection import Selection
from xtiger.engine.plan.field_merge import mapped_to_crm
from xtiger.engine.plan.item_builder import (
    item_of,
    match_cause,
    sharing,
    shown_name,
    stopped,
)
from xtiger.engine.plan.kind_judge import KindJudge
from xtiger.engine.plan.plan_state import PlanState
from xtiger.engine.plan.planned_kind import PlannedKind
from xtiger.engine.plan.removals import crm_edited, xero_edited
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import crm_values
from xtiger.model.links import Link
from xtiger.model.plans import Cause, Item, Proposal
from xtiger.model.records import Record, Ref, XeroRef
from xtiger.model.verbs import ResultName
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.causes import cause_of
from xtiger.rules.merge import RecordDecision, RecordState, decide_record


@dataclass(slots=True)
class ModuleJudge:
    """Judges the pairings of one module within a plan."""

    state: PlanState
    bench: Workbench
    scope: Scope
    pairer: Pairer
    planned: PlannedKind
    _judge: KindJudge | None = None
    _selection: Selection | None = None
    #: CRM id → why it belongs to another connection.
    _elsewhere: Mapping[str, Cause] = field(default_factory=dict)

    @property
    def judge(self) -> KindJudge:
        """What judges records of the module's kind."""
        if self._judge is None:
            made = self.planned.judge
            self._judge = made(self.state, self.bench, self.scope, self.pairer, self.selection)
        return self._judge

    def prepare(self, pairings: Sequence[Pairing]) -> None:
        """Read what judging these will need, in few calls however many they are."""
        new = [p.record for p in pairings if p.record is not None and p.link is None]
        if new:
            self._elsewhere = self.bench.routed(self.scope.sync, self.scope.module, new)
        self.judge.prepare(pairings)

    def early(self, pairings: Sequence[Pairing]) -> None:
        """Judge those that depend on no other, and release what was read of them.

        A plan of many records then holds what is to be done, not all that it was decided by.
        """
        if not self.scope.traits.judged_alone or self.scope.people:
            return
        ready = [pairing for pairing in pairings if _complete(pairing)]
        self.prepare(ready)
        for pairing in ready:
            pairing.item = self.item(pairing)
            pairing.record = pairing.xero = pairing.base = None

    def item(self, pairing: Pairing) -> Item:
        """The one item of this pairing."""
        cause = self._erased(pairing) or pairing.cause or self._undone(pairing)
        if cause is not None:
            return self._stop(pairing, cause)
        if pairing.link is not None and pairing.link.role != "primary":
            return self._alias(pairing, pairing.link)
        unwanted = self.selection.left_alone(pairing.record) if pairing.record else None
        if unwanted is not None:
            return self._stop(pairing, unwanted)
        status = self.selection.barred_status(pairing.record) if pairing.record else None
        if status is not None and not pairing.link:
            return self._stop(pairing, cause_of("status_not_selected", status=status))
        if pairing.link is not None:
            return self._linked(pairing)
        before = self.judge.before_start(pairing)
        elsewhere = before or self._elsewhere.get(pairing.crm_id or "")
        if elsewhere is not None:
            return self._stop(pairing, elsewhere)
        if pairing.record is not None:
            return self._crm_side(pairing, pairing.record)
        if pairing.crm_id and pairing.crm_gone:
            return stopped(pairing, self.scope, cause_of("gone_in_crm"), "unchanged")
        if pairing.crm_id:
            return self._stop(pairing, cause_of("missing_without_proof"))
        return self._xero_side(pairing)

    @property
    def selection(self) -> Selection:
        """Which records are selected."""
        if self._selection is None:
            self._selection = Selection(self.bench, self.scope)
        return self._selection

    def _erased(self, pairing: Pairing) -> Cause | None:
        """That it is a person who was erased, and nobody released it since; its name is dropped."""
        marks, scope = self.bench.erased, self.scope
        here, there = pairing.crm_id or "", pairing.xero_id or ""
        if not (marks.has_record(scope.name, here) or marks.has_record(scope.kind, there)):
            return None
        pairing.record = pairing.xero = pairing.base = None
        return cause_of("erased")

    def _undone(self, pairing: Pairing) -> Cause | None:
        """That something of it was taken back, and nobody released it since."""
        ref = Ref(self.scope.name, pairing.crm_id) if pairing.crm_id else None
        there = XeroRef(self.scope.kind, pairing.xero_id) if pairing.xero_id else None
        return cause_of("undone") if self.bench.is_undone(ref, there) else None

    def _stop(self, pairing: Pairing, cause: Cause) -> Item:
        return stopped(pairing, self.scope, cause, CATALOGUE[cause.code].result)

    def _alias(self, pairing: Pairing, link: Link) -> Item:
        """Nothing to do: the primary is synced in its place."""
        if pairing.crm_id and pairing.crm_gone:
            return stopped(pairing, self.scope, cause_of("gone_in_crm"), "unchanged")
        return self._stop(pairing, cause_of("alias", primary=primary_name(self.bench, link)))

    # --- linked ---

    def _linked(self, pairing: Pairing) -> Item:
        assert pairing.link is not None  # the caller's branch
        if pairing.moved and pairing.record is not None and not pairing.xero_gone:
            return self.judge.both(pairing, linking=True)
        orphan = pairing.link.state in ("orphan", "removed")
        state = RecordState(
            linked=True,
            orphan=orphan,
            crm="present" if pairing.record else ("gone" if pairing.crm_gone else "absent"),
            xero="gone" if pairing.xero_gone else ("present" if pairing.xero else "absent"),
            crm_changed=pairing.xero_gone and crm_edited(pairing, self.scope),
            xero_changed=pairing.crm_gone and xero_edited(pairing, self.scope),
        )
        if orphan and state.xero == "present" and self._another(pairing):
            return self._stop(pairing, cause_of("gone_but_edited"))
        keep = pairing.decisions.get("")
        if pairing.record is not None and pairing.xero_gone and keep == "crm":
            return self._again(pairing, pairing.record)
        decision = decide_record(state, self.judge.rule(pairing))
        if decision == "conflict" and keep is not None:
            decision = "orphan"  # a person let it go
        if decision == "merge":
            return self.judge.both(pairing, linking=False)
        return self._half_gone(pairing, pairing.link, state, decision)

    def _half_gone(
        self, pairing: Pairing, link: Link, state: RecordState, decision: RecordDecision
    ) -> Item:
        """The item of a linked record that at least one side does not show."""
        if state.xero == "gone" and (state.crm == "gone" or self.judge.settled_gone(pairing)):
            return self._gone_on_both(pairing)
        if link.state == "remaking" and pairing.record is not None and pairing.xero_gone:
            return self.judge.again(pairing, pairing.record)
        if decision == "conflict":
            return self._stop(pairing, cause_of("gone_but_edited"))
        other = self._instead(pairing, link, state, decision)
        if other is not None:
            return other
        if decision in ("remove_in_xero", "remove_in_crm"):
            return self.judge.removal(pairing, decision)
        if decision == "nothing" and not state.orphan:
            return self._stop(pairing, cause_of("missing_without_proof"))
        cause = cause_of("gone_in_xero" if pairing.record else "gone_in_crm")
        left = "xero" if pairing.record else "crm"
        if pairing.decisions.get("") == left:
            return stopped(pairing, self.scope, cause, "unchanged")  # a person let it go
        return self._stop(pairing, cause)

    def _instead(
        self, pairing: Pairing, link: Link, state: RecordState, decision: RecordDecision
    ) -> Item | None:
        """What is done in place of a removal, or nothing."""
        if state.xero == "gone":
            return self.judge.voided(pairing)
        if (state.crm, state.xero) != ("gone", "present"):
            return None
        heir = self._heir(link)
        if heir is not None:
            item = stopped(pairing, self.scope, cause_of("gone_in_crm"), "unchanged")
            return replace(item, heir=heir)
        if self.scope.reads_only and not state.orphan:
            # It goes later: that it is gone from the CRM is kept, and its link stays.
            return replace(self._stop(pairing, cause_of("read_only")), gone_in_crm=True)
        if decision == "remove_in_xero" and self._was_left_out(link):
            return self._stop(pairing, cause_of("gone_in_crm"))
        return None

    def _heir(self, link: Link) -> Ref | None:
        """The oldest CRM record that is still there of those that share this one's Xero record."""
        for alias in self.state.aliases_of(XeroRef(link.kind, link.xero_id)):
            found = self.bench.host.get(alias.module, [alias.crm_id]).get(alias.crm_id)
            if found is not None and not found.deleted:
                return Ref(alias.module, alias.crm_id)
        return None

    def _was_left_out(self, link: Link) -> bool:
        """Whether a record that is gone was left out by its box or the filter until then.

        Nothing of it was to travel, and its going is no exception.
        """
        reason = self.state.reason(Ref(link.module, link.crm_id))
        return reason is not None and reason.code in ("not_selected", "filtered_out")

    def _gone_on_both(self, pairing: Pairing) -> Item:
        """Nothing is left to do; a removal whose answer an earlier run missed is booked now."""
        wanted = XeroRef(self.scope.kind, pairing.xero_id or "") in self.bench.removed
        result: ResultName = "removed" if wanted else "unchanged"
        return item_of(
            pairing, self.scope, result=result, link_state="removed", gone_in_crm=pairing.crm_gone
        )

    def _again(self, pairing: Pairing, record: Record) -> Item:
        """Made in Xero once more, as a person decided; its link moves to the new record.

        The key and what was agreed belong to the one that is gone.
        """
        pairing.xero_id, pairing.xero, pairing.base, pairing.key_taken = None, None, None, True
        return self.judge.new(pairing, record)

    def _another(self, pairing: Pairing) -> bool:
        """Whether a record that came back is a new one that got the id of the deleted one.

        Databases that give ids again (SQLite's plain primary key) would let it rename a stranger.
        """
        if pairing.record is None or pairing.base is None:
            return False
        values, _ = crm_values(pairing.record, self.scope.rows)
        known = pairing.base.pairs
        naming = self.scope.traits.naming
        named = [r.key for r in self.scope.rows if r.xero.path in naming and r.key in known]
        return bool(named) and all(known[key].crm != values.get(key) for key in named)

    # --- only in the CRM, or found in Xero ---

    def _crm_side(self, pairing: Pairing, record: Record) -> Item:
        if pairing.match.how in SAME and handles(self.scope, "skip"):
            ids = pairing.match.ids
            name = self.judge.xero_name(ids[0]) if ids else pairing.crm_id or ""
            return self._stop(pairing, cause_of("duplicate_skipped", name=name))
        anew = self._entered_anew(pairing)
        if anew is not None:
            return anew
        shared = self._shared(pairing)
        if shared is not None:
            return shared
        held = match_cause(pairing.match, pairing, self.scope, self.judge.xero_name)
        if held is not None:
            cause, proposals = held
            return stopped(pairing, self.scope, cause, CATALOGUE[cause.code].result, proposals)
        if pairing.match.how in ("key", "number", "found") and pairing.xero is not None:
            stranger = self.judge.stranger(pairing, record)
            if stranger is not None:
                return self._stop(pairing, stranger)
            return self.judge.both(pairing, linking=True)
        if not self.scope.carries("to_xero"):
            return self._stop(pairing, cause_of("not_carried", module=self.scope.name))
        if not self.scope.settings.create_in_xero:
            return self._stop(pairing, self.scope.switched_off("create_off"))
        pairing.xero_id, pairing.xero = None, None
        return self.judge.new(pairing, record)

    def _shared(self, pairing: Pairing) -> Item | None:
        """An alias of the CRM record that Xero's record of this name or code is linked to."""
        if pairing.match.how not in ("taken", "taken_name") or not handles(self.scope, "share"):
            return None
        ids = pairing.match.ids
        firsts = {self.state.linked_to(XeroRef(self.scope.kind, one)) for one in ids}
        first = firsts.pop() if len(firsts) == 1 else None
        if first is None or not self.pairer.may_share(pairing.crm_id or "", first, ids):
            return None
        return sharing(pairing, self.scope, self.judge.xero_name(ids[0]), first)

    def _entered_anew(self, pairing: Pairing) -> Item | None:
        """Held where Xero's record of this name, number or code is that of a deleted one."""
        if pairing.match.how not in ("taken", "taken_name"):
            return None
        left = left_behind(self.bench, self.scope.kind, pairing.match.ids)
        if not left:
            return None
        name = shown_name(pairing, self.scope)
        proposals = tuple(
            Proposal("link", xero_id=one, crm_id=pairing.crm_id, name=self.judge.xero_name(one))
            for one in left
        )
        return stopped(pairing, self.scope, cause_of("entered_anew", name=name), "held", proposals)

    # --- only in Xero ---

    def _xero_side(self, pairing: Pairing) -> Item:
        scope = self.scope
        if pairing.xero is None:
            return self._stop(pairing, cause_of("missing_without_proof"))
        if not scope.carries("to_crm"):
            return self._stop(pairing, cause_of("not_carried", module=scope.name))
        if pairing.xero_gone:
            return self._stop(pairing, cause_of("archived"))
        if self.bench.not_master is not None and not scope.traits.document:
            return self._stop(pairing, self.bench.not_master)
        if not scope.settings.create_in_crm:
            return self._stop(pairing, cause_of("create_off", module=scope.name))
        return self._filtered(pairing) or self._let_in(pairing, self.judge.incoming(pairing))

    def _filtered(self, pairing: Pairing) -> Item | None:
        """What a mapping row brings leaves it out, whatever else may be wrong with it."""
        if not self.scope.settings.filter:
            return None
        mapped = mapped_to_crm(pairing, self.scope, self.state.lookups(), {})
        cause = self.selection.filtered_out_coming(mapped.to_crm)
        return None if cause is None else self._stop(pairing, cause)

    def _let_in(self, pairing: Pairing, item: Item) -> Item:
        """The same by what else a new record gets, such as its status."""
        if item.verb != "create":
            return item
        cause = self.selection.filtered_out_coming(item.to_crm or {})
        return item if cause is None else self._stop(pairing, cause)


def _complete(pairing: Pairing) -> bool:
    """Whether a linked record is there on both sides, and was not merged into another."""
    if pairing.link is None or pairing.record is None or pairing.xero is None:
        return False
    usual = (pairing.link.role, pairing.link.state) == ("primary", "live")
    merged = bool(pairing.xero.raw.get("MergedToContactID"))
    return usual and pairing.cause is None and not pairing.xero_gone and not merged
