"""Desks: what judges the records of one kind, asked by the module's judge about each pairing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from xtiger.engine.pair.candidates import crm_candidate, xero_known
from xtiger.engine.pair.duplicates import add_suffix, code_of, free_code, handles
from xtiger.engine.pair.left_behind import left_behind
from xtiger.engine.pair.pair import Pairing
from xtiger.engine.pair.pairing import Pairer
from xtiger.engine.pair.selection import Selection
from xtiger.engine.plan.field_merge import (
    Merged,
    effective,
    merge_fields,
    new_in_crm,
    new_in_xero,
)
from xtiger.engine.plan.item_builder import (
    create_item,
    crm_create_item,
    merged_item,
    sharing,
    shown_name,
    stopped,
)
from xtiger.engine.plan.plan_state import PlanState
from xtiger.engine.plan.removals import removal_rule, removed_in_crm, removed_in_xero
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.check import CODE_TEMPLATE
from xtiger.model.cause_codes import CauseCode
from xtiger.model.plans import Cause, Difference, Item
from xtiger.model.records import Record, Ref
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.causes import cause_of
from xtiger.rules.match_rules.marks import marks_of, wanted_marks
from xtiger.rules.matching import Candidate, Match, exact_name
from xtiger.rules.merge import RecordDecision, RecordRule
from xtiger.rules.starting import is_brought


class KindJudge(Protocol):
    """What the judge of a module asks about the records of its kind."""

    def prepare(self, pairings: Sequence[Pairing]) -> None:
        """Read what judging these will need, in few calls however many they are."""
        ...

    def before_start(self, pairing: Pairing) -> Cause | None:
        """Why an unlinked record stays out on both sides: it is of before the start."""
        ...

    def both(self, pairing: Pairing, *, linking: bool) -> Item:
        """The item of a record that is on both sides; `linking` when it has no live link yet."""
        ...

    def new(self, pairing: Pairing, record: Record) -> Item:
        """The item of a CRM record that Xero does not have."""
        ...

    def incoming(self, pairing: Pairing) -> Item:
        """The item of a live Xero record that the CRM does not have."""
        ...

    def again(self, pairing: Pairing, record: Record) -> Item:
        """The item of a record that an earlier run deleted in Xero to make it anew."""
        ...

    def stranger(self, pairing: Pairing, record: Record) -> Cause | None:
        """The cause when what was found by key or number is not proven to be this record."""
        ...

    def settled_gone(self, pairing: Pairing) -> bool:
        """Whether the CRM, too, says that a record gone in Xero no longer counts."""
        ...

    def voided(self, pairing: Pairing) -> Item | None:
        """The item that tells the CRM of a record voided in Xero; None when nothing is to do."""
        ...

    def rule(self, pairing: Pairing) -> RecordRule:
        """What may be removed of a record that is gone on one side."""
        ...

    def removal(self, pairing: Pairing, decision: RecordDecision) -> Item:
        """The item that removes it on the other side."""
        ...

    def xero_name(self, xero_id: str) -> str:
        """What people know another Xero record of the kind by."""
        ...


@dataclass(slots=True)
class JudgeParts:
    """What all desks have: the plan, the module, its pairer and what was selected."""

    state: PlanState
    bench: Workbench
    scope: Scope
    pairer: Pairer
    selection: Selection

    def stop(self, pairing: Pairing, cause: Cause) -> Item:
        """An item without action, with the result that the catalogue gives the cause."""
        return stopped(pairing, self.scope, cause, CATALOGUE[cause.code].result)

    def before_start(self, pairing: Pairing) -> Cause | None:
        """None: customers and items have no date."""
        return None

    def rule(self, pairing: Pairing) -> RecordRule:
        """As the module's switches say."""
        return removal_rule(self.scope)

    def removal(self, pairing: Pairing, decision: RecordDecision) -> Item:
        """Archived, voided or deleted in Xero, or deleted in the CRM."""
        if decision == "remove_in_xero":
            return removed_in_xero(pairing, self.scope, self.bench.connection.organisation)
        return removed_in_crm(pairing, self.scope)

    def again(self, pairing: Pairing, record: Record) -> Item:
        """Never: only payments cannot be changed in Xero."""
        return self.stop(pairing, cause_of("gone_in_xero"))

    def xero_name(self, xero_id: str) -> str:
        """What people know another Xero record of the kind by."""
        found = self.pairer.xero_index().by_id[xero_id]
        return found.number if self.scope.traits.known_by == "code" else found.name or found.number

    def voided(self, pairing: Pairing) -> Item | None:
        """None: only invoices have a status that says so."""
        return None

    def renamed(self, pairing: Pairing, merged: Merged) -> Cause | None:
        """The cause when a new name, code or number is another record's in Xero."""
        row = self.scope.traits
        text = str(merged.to_xero.get(row.known_field) or "")
        if not text:
            return self.numbered(pairing, merged)
        by_name = row.known_by == "name"
        own = Candidate("", name=text) if by_name else Candidate("", number=text)
        match = self.pairer.xero_index().match(own, by_name=by_name)
        others = [i for i in match.ids if i != pairing.xero_id]
        if match.how in ("none", "near_name", "archived") or not others:
            return self.numbered(pairing, merged)
        if left_behind(self.bench, self.scope.kind, others):
            return cause_of("entered_anew", name=text)
        if row.known_by == "code":
            return cause_of("code_taken", code=text, other=self.xero_name(others[0]))
        if row.known_by == "number":
            return cause_of("number_taken", number=text)
        code: CauseCode = "crm_duplicate" if match.how == "taken_name" else "contact_same_name"
        return cause_of(code, name=text)

    def numbered(self, pairing: Pairing, merged: Merged) -> Cause | None:
        """The cause when a new account number is another contact's, in Xero or in this plan."""
        number = account_number(merged)
        if not number:
            return None
        match = self.pairer.xero_index().match(Candidate("", number=number), by_name=False)
        others = [i for i in match.ids if i != pairing.xero_id]
        if others and match.how != "archived":
            return cause_of("account_number_taken", number=number, other=self.xero_name(others[0]))
        own = shown_name(pairing, self.scope)
        ref = Ref(self.scope.name, pairing.crm_id) if pairing.crm_id else None
        other = self.state.claim_code("account number", number.casefold(), own, ref)
        if other is None:
            return None
        return cause_of("account_number_taken", number=number, other=other)


@dataclass(slots=True)
class FieldJudge(JudgeParts):
    """Judges contacts and items: records of mapped fields and nothing else."""

    def prepare(self, pairings: Sequence[Pairing]) -> None:
        """Nothing: the pairings hold all."""

    def both(self, pairing: Pairing, *, linking: bool) -> Item:
        """Merged field by field."""
        merged = merge_fields(pairing, self.scope, self.state.lookups())
        cause = Cause.of_all(merged.causes) if merged.causes else self.renamed(pairing, merged)
        cause = cause or _kept_in_xero(pairing, merged)
        if cause is not None:
            return self.stop(pairing, cause)
        return merged_item(pairing, self.scope, merged, linking=linking)

    def new(self, pairing: Pairing, record: Record) -> Item:
        """Created once per code or name; the later twin is held."""
        merged = new_in_xero(record, self.scope, self.state.lookups())
        self._give_code(pairing, record, merged)
        if merged.causes:
            return self.stop(pairing, Cause.of_all(merged.causes))
        if handles(self.scope, "suffix"):
            add_suffix(self.scope, merged.to_xero, record.ref.id, self._is_taken)
        sent = str(merged.to_xero.get(self.scope.traits.known_field) or "")
        named = self.state.is_claimed(self.scope.kind, self._claim(sent))
        by_code = self.scope.traits.known_by == "code"
        taken = self.renamed if by_code else self.numbered
        twin = None if named else taken(pairing, merged)
        if twin is not None:
            number = account_number(merged).casefold()
            owner = self.state.claimer("account number", number)
            other = str(twin.data.get("other") or twin.data["name"])
            return self._double(pairing, other, twin, owner)
        item = create_item(pairing, self.scope, merged)
        own = crm_candidate(self.scope, record)
        claim, own_ref = self._claim(sent), Ref(self.scope.name, record.ref.id)
        claimed = self.state.claim_code(self.scope.kind, claim, item.name, own_ref)
        if claimed is None:
            return replace(item, to_crm=merged.to_crm) if merged.to_crm else item
        if by_code:
            cause = cause_of("code_taken", code=own.number, other=claimed)
        else:
            cause = cause_of("crm_duplicate", name=own.name)
        return self._double(pairing, claimed, cause, self.state.claimer(self.scope.kind, claim))

    def _give_code(self, pairing: Pairing, record: Record, merged: Merged) -> None:
        """Give a record without a code the one of the mapping's template, on both sides."""
        template, missing = self.scope.option(CODE_TEMPLATE), cause_of("code_missing")
        row = next((one for one in self.scope.rows if one.xero.path == "Code"), None)
        if not template or row is None or missing not in merged.causes:
            return
        limit = next(one.limit for one in self.scope.traits.unique if one.field == "Code")
        named = code_of(template, record.ref.id, shown_name(pairing, self.scope), limit)
        code = free_code(named, limit, self._is_anywhere)
        merged.causes.remove(missing)
        merged.to_xero["Code"] = code
        merged.differences.append(Difference(row.key, row.label, None, None, code, "to_xero"))
        if effective(row, self.scope) == "both":
            merged.to_crm[row.crm.name] = code
            merged.differences.append(Difference(row.key, row.label, None, None, code, "to_crm"))

    def _is_anywhere(self, code: str) -> bool:
        """Whether a record of either side has this code, or this plan gives it to one."""
        return self._is_taken("Code", code) or self.pairer.crm_index().has(number=code)

    def _double(self, pairing: Pairing, other: str, cause: Cause, first: Ref | None) -> Item:
        """The item of a new record that is another's double: held, shared or skipped by choice."""
        own = pairing.crm_id or ""
        if first is not None and handles(self.scope, "share") and self.pairer.may_share(own, first):
            return sharing(pairing, self.scope, other, first)
        skips = handles(self.scope, "skip")
        return self.stop(pairing, cause_of("duplicate_skipped", name=other) if skips else cause)

    def _claim(self, text: str) -> str:
        """What two records of this plan may not both have in Xero: the code, or the name."""
        return text.casefold() if self.scope.traits.known_by == "code" else exact_name(text)

    def _is_taken(self, field: str, text: str) -> bool:
        """Whether Xero has a record of this name, number or code, or this plan makes one."""
        index, kind = self.pairer.xero_index(), self.scope.kind
        if field == "AccountNumber":
            claimed = self.state.is_claimed("account number", text.casefold())
            return claimed or index.has(number=text)
        known = index.has(number=text) if field == "Code" else index.has(name=text)
        return known or self.state.is_claimed(kind, self._claim(text))

    def incoming(self, pairing: Pairing) -> Item:
        """Created in the CRM, unless a record there is its twin."""
        twin = self._crm_twin(pairing) or self._not_brought(pairing)
        if twin is not None:
            return self.stop(pairing, twin)
        merged = new_in_crm(pairing, self.scope, self.state.lookups())
        if merged.causes:
            return self.stop(pairing, Cause.of_all(merged.causes))
        return crm_create_item(pairing, self.scope, merged)

    def _not_brought(self, pairing: Pairing) -> Cause | None:
        """Why a contact of Xero becomes no CRM record: it is not who was asked for."""
        if self.scope.kind != "Contact" or pairing.xero is None:
            return None
        customer = bool(pairing.xero.raw.get("IsCustomer"))
        start = self.scope.start
        if is_brought(start, is_customer=customer):
            return None
        if start.bring == "customers" and self.state.is_needed(pairing.xero.id):
            return None
        return cause_of("not_brought")

    def stranger(self, pairing: Pairing, record: Record) -> Cause | None:
        """Never: our key, an account number or an item code is proof enough."""
        return None

    def settled_gone(self, pairing: Pairing) -> bool:
        """Never: contacts and items have no status of their own in the CRM."""
        return False

    def _crm_twin(self, pairing: Pairing) -> Cause | None:
        """What holds it: a CRM record is this one already, though it did not ask to be synced.

        Items are known by their code alone. A contact of nearly the same name is a twin, too:
        the person who ticks the CRM record is asked then.
        """
        assert pairing.xero is not None  # the caller's branch
        values, row = pairing.xero.values, self.scope.traits
        # A person's number in the CRM is no account number.
        number = None if self.scope.people else values.get(row.number_field)
        own = Candidate(pairing.xero.id, str(values.get("Name") or ""), str(number or ""))
        known = xero_known(self.scope.kind, own.id, pairing.xero.raw)
        marks = marks_of(known, wanted_marks(self.scope.match_rules))
        match = self.pairer.in_crm(replace(own, marks=marks))
        ids = [one for one in match.ids if self._may_be(match, one, pairing.xero.id)]
        if not ids:
            return None
        # Of one number and called different: it waits until one of them has another.
        one = Match(match.how, (pairing.xero.id,))
        apart = match.how == "number" and not self.pairer.known_apart(one, ids[0], "number").ids
        return self._twin_cause(Match("taken" if apart else match.how, tuple(ids)), own)

    def _may_be(self, match: Match, crm_id: str, xero_id: str) -> bool:
        """Whether no person called the twin that was found different."""
        one = Match(match.how, (xero_id,))
        return bool(self.pairer.known_apart(one, crm_id).ids)

    def _twin_cause(self, match: Match, own: Candidate) -> Cause:
        twin = self.pairer.crm_index().by_id[match.ids[0]]
        name = twin.name or twin.number
        if match.how not in ("taken", "taken_name", "shared"):
            return cause_of("twin_not_selected", name=name)
        if self.scope.traits.known_by == "code":
            return cause_of("code_taken", code=twin.number, other=name)
        if match.how == "taken":
            return cause_of("account_number_taken", number=own.number, other=name)
        if match.how == "shared":
            return cause_of("number_shared", number=own.number)
        return cause_of("contact_same_name", name=name)


def account_number(merged: Merged) -> str:
    """The number of a contact that is to be sent, "" for none."""
    return str(merged.to_xero.get("AccountNumber") or "")


def _kept_in_xero(pairing: Pairing, merged: Merged) -> Cause | None:
    """What Xero does not let change by what it has beside: persons, or stock."""
    raw = pairing.xero.raw if pairing.xero is not None else {}
    emptied = merged.to_xero.get("EmailAddress", "") is None
    if emptied:
        persons = raw.get("ContactPersons") or ()
        return cause_of("email_needed", count=len(persons)) if persons else None
    account = merged.to_xero.get("PurchaseDetails.AccountCode")
    if account and raw.get("IsTrackedAsInventory"):
        return cause_of("purchase_account_tracked", account=account)
    return None
