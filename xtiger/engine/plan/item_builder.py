"""Makes the items of a plan out of what was judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from xtiger.engine.pair.candidates import contact_key, crm_candidate
from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.field_merge import Merged, cause_of_stored
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.convert import (
    LINES,
)
from xtiger.model.cause_codes import CauseCode
from xtiger.model.plans import Cause, Item, Proposal
from xtiger.model.records import Ref, nameless
from xtiger.model.verbs import ResultName, Verb
from xtiger.rules.causes import FOUND_BY, cause_from, cause_of
from xtiger.rules.matching import Match


def shown_name(pairing: Pairing, scope: Scope) -> str:
    """What people call the record: its number or name."""
    wanted = "number" if scope.traits.known_by == "number" else "name"
    described = scope.module.by_role(f"{scope.sync.role}.{wanted}")
    if pairing.record is not None and described is not None:
        name = str(pairing.record.values.get(described.name) or "").strip()
        if name:
            return name
    if pairing.xero is not None:
        path = scope.traits.shown_field
        name = str(pairing.xero.values.get(path) or pairing.xero.values.get("Code") or "")
        if name:
            return name
    return nameless(scope.name, pairing.crm_id or pairing.xero_id or "?")


def item_of(pairing: Pairing, scope: Scope, **values: Any) -> Item:
    """An item addressed as the pairing is."""
    return Item(
        module=scope.name,
        kind=scope.kind,
        crm_id=pairing.crm_id,
        xero_id=pairing.xero_id,
        name=shown_name(pairing, scope),
        keys=tuple(pairing.keys),
        link_id=pairing.link.id if pairing.link else None,
        crm_version=pairing.record.version if pairing.record else None,
        **values,
    )


def stopped(
    pairing: Pairing,
    scope: Scope,
    cause: Cause,
    result: ResultName,
    proposals: tuple[Proposal, ...] = (),
) -> Item:
    """An item that ends without action."""
    return item_of(pairing, scope, result=result, cause=cause, proposals=proposals)


def sharing(pairing: Pairing, scope: Scope, name: str, first: Ref) -> Item:
    """An item that becomes an alias of the CRM record of this name; nothing of it is sent."""
    item = stopped(pairing, scope, cause_of("alias", primary=name), "unchanged")
    return replace(item, xero_id=None, shares=first)


def row_key(field: str) -> str:
    """The key of the base that a difference belongs to: one line's cells belong to the lines."""
    return LINES if field.startswith(f"{LINES}.") else field


def merged_item(pairing: Pairing, scope: Scope, merged: Merged, *, linking: bool) -> Item:
    """The item of a pairing with both sides: link, update, conflict or nothing."""
    switch_off = bool(merged.to_xero) and not scope.settings.update_in_xero
    sends, writes = dict(merged.to_xero), dict(merged.to_crm)
    agreed = set(merged.agreed)
    if switch_off:
        sends.clear()
        agreed -= {row_key(d.field) for d in merged.differences if d.decision == "to_xero"}
    if writes and not scope.settings.update_in_crm:
        writes.clear()
        agreed -= {row_key(d.field) for d in merged.differences if d.decision == "to_crm"}
        switch_off = True
    cause = _conflict_cause(merged)
    verb: Verb | None = "link" if linking else ("update" if sends or writes else None)
    result: ResultName = "linked" if linking else ("updated" if verb else "unchanged")
    if cause is not None:
        result = "conflict"
    elif switch_off:
        off = bool(merged.to_xero) and not scope.settings.update_in_xero
        # What stays back is said beside what goes the other way, too.
        cause = (
            scope.switched_off("update_off") if off else cause_of("update_off", module=scope.name)
        )
        result = "excluded" if verb is None else result
    # Most items of a plan move nothing, and no base is made of them.
    kept = verb is not None or bool(agreed)
    return item_of(
        pairing,
        scope,
        verb=verb,
        result=result,
        cause=cause,
        to_xero=sends or None,
        to_crm=writes or None,
        differences=tuple(merged.differences),
        agreed=frozenset(agreed),
        crm_values=merged.crm if kept else {},
        xero_values=merged.xero if kept else {},
    )


def _conflict_cause(merged: Merged) -> Cause | None:
    if not merged.conflicts:
        return None
    if merged.edited_in and len(merged.conflicts) == 1:
        edited: CauseCode = "edited_in_xero" if merged.edited_in == "xero" else "edited_in_crm"
        return cause_of(edited, fields=merged.conflicts[0])
    open_ = [one for one in merged.differences if one.decision == "conflict"]
    if open_ and all(one.field in merged.asked for one in open_):
        return cause_of_stored(open_)
    code: CauseCode = "both_changed" if merged.agreed_before else "first_link_differs"
    return cause_of(code, fields=", ".join(merged.conflicts))


def create_item(pairing: Pairing, scope: Scope, merged: Merged) -> Item:
    """The item that creates the record in Xero."""
    values = dict(merged.to_xero)
    if scope.traits.own_key and pairing.crm_id and not pairing.key_taken:
        values[scope.traits.natural_key] = contact_key(scope.mark, pairing.crm_id, scope.sync.role)
    return item_of(
        pairing,
        scope,
        verb="create",
        result="created",
        to_xero=values,
        differences=tuple(merged.differences),
        agreed=frozenset(merged.agreed),
        crm_values=merged.crm,
    )


def crm_create_item(pairing: Pairing, scope: Scope, merged: Merged) -> Item:
    """The item that creates the record in the CRM."""
    return item_of(
        pairing,
        scope,
        verb="create",
        result="created",
        to_crm=merged.to_crm,
        differences=tuple(merged.differences),
        agreed=frozenset(merged.agreed),
        xero_values=merged.xero,
    )


def match_cause(
    match: Match, pairing: Pairing, scope: Scope, name_of: Callable[[str], str]
) -> tuple[Cause, tuple[Proposal, ...]] | None:
    """The cause that stops an unlinked record after matching; None when it may go on."""
    names, kind = [name_of(i) for i in match.ids], scope.traits
    own = shown_name(pairing, scope)
    number = crm_candidate(scope, pairing.record).number if pairing.record else own
    verb: Literal["alias", "link"] = "alias" if match.how in ("taken", "taken_name") else "link"
    proposals = tuple(
        Proposal(verb, xero_id=i, crm_id=pairing.crm_id, name=n)
        for i, n in zip(match.ids, names, strict=True)
    )
    if match.how == "archived" and kind.known_by == "number":
        return cause_of("number_voided", number=number), ()
    if match.how == "archived":
        return cause_of("archived_in_xero", name=own), ()
    if match.how == "shared":
        return cause_of("number_shared", number=number), ()
    if match.rule == "number":
        return cause_of("number_proposed", name=names[0], number=number), proposals
    if match.how == "proposed" and match.rule is not None:
        return cause_of("likely_same", name=names[0], found_by=FOUND_BY[match.rule]), proposals
    if match.how == "taken":
        known = {"number": number, "code": number, "other": names[0]}
        return cause_from(kind.shared, known), proposals if kind.aliased else ()
    if kind.known_by == "name":
        codes: dict[str, CauseCode] = {
            "taken_name": "crm_duplicate",
            "same_name": "contact_same_name",
            "near_name": "contact_near_name",
        }
        code = codes.get(match.how)
        if code is None:
            return None
        shown = own if code == "crm_duplicate" else names[0]
        return cause_of(code, name=shown), proposals
    if kind.known_by == "code" and match.how == "same_name":
        return cause_of("item_same_name", code=names[0]), proposals
    return None
