"""Missing parents: what an item needs and Xero lacks joins a run that was limited to other records.

An invoice of a new organisation cannot be sent alone. A run of one module, or of one record, takes
the organisation, the products and whatever these need into its plan, and nothing else of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from xtiger.engine.observe.both_sides import read_host
from xtiger.engine.pair.selection import Selection
from xtiger.engine.plan.plan_state import PlanState
from xtiger.engine.workbench.limits import Limits, Wanted
from xtiger.engine.workbench.scope import Scope, make_scopes
from xtiger.engine.workbench.workbench import Workbench
from xtiger.hookspecs import SyncModule
from xtiger.model.plans import Cause, Item
from xtiger.model.records import Field, Record, Ref, XeroRef
from xtiger.model.values import Plain
from xtiger.rules.causes import cause_of
from xtiger.rules.waiting import NEEDING, ORPHANS, PASSING

_OF_PARENTS = ("waits_for_parent", "parent_left_out")


def with_parents(bench: Workbench, limits: Limits) -> Limits:
    """These limits and the missing parents of what they name; the bench gets their scopes.

    Children are looked at before their parents, so that a parent's own parents come along, too.
    Raises MappingMissing when a parent is needed whose module has no mapping.
    """
    found = dict(limits)
    scopes = {scope.name: scope for scope in bench.scopes}
    described = {module.name for module in bench.host.modules()}
    order = [sync for sync in bench.offered if sync.name in described]
    for sync in reversed(order):
        if sync.name not in found:
            continue
        scope = scopes.get(sync.name) or _parent_scope(bench, sync)
        scopes[sync.name] = scope
        partial = [
            other
            for other in order
            if other.name in sync.needs
            and found.get(other.name, Wanted()) is not None
            and bench.store.module_settings(bench.connection_id, other.name).enabled
        ]
        for parent, wanted in _missing(bench, scope, found[sync.name], partial).items():
            found[parent] = (found.get(parent) or Wanted()).joined(wanted)
    bench.scopes = tuple(scopes[sync.name] for sync in order if sync.name in scopes)
    return found


def _parent_scope(bench: Workbench, sync: SyncModule) -> Scope:
    """The scope of a parent's module, all its records seen."""
    (scope,) = make_scopes(
        bench.store, bench.host, bench.connection_id, bench.offered, [sync.name], bench.mark
    )
    # One record is matched by number and name: a twin entered since the last walk must be known.
    read_host(bench, scope)
    return scope


def _missing(
    bench: Workbench, scope: Scope, wanted: Wanted | None, modules: Sequence[SyncModule]
) -> dict[str, Wanted]:
    """Module → parents of these records in these modules that are not linked yet."""
    found: dict[str, Wanted] = {}
    if not modules:
        return found
    names = [sync.name for sync in modules]
    for module, ids in _parents_in_crm(bench, scope, wanted, names).items():
        links = bench.store.links_by_crm(bench.connection_id, module, ids)
        missing = tuple(crm_id for crm_id in ids if crm_id not in links)
        if missing:
            found[module] = Wanted(crm=missing)
    incoming = _parents_in_xero(bench, scope, wanted)
    for sync in modules:
        ids = incoming.get(sync.kind, {})
        if not ids:
            continue
        known = bench.store.links_by_xero(bench.connection_id, sync.kind, ids)
        aliases = bench.store.xero_aliases(bench.connection_id, sync.kind, ids)
        missing = tuple(x for x in ids if x not in known and x not in aliases)
        if missing:
            found[sync.name] = found.get(sync.name, Wanted()).joined(Wanted(xero=missing))
    return found


def _parents_in_crm(
    bench: Workbench, scope: Scope, wanted: Wanted | None, names: Sequence[str]
) -> dict[str, dict[str, None]]:
    """Module → CRM ids that the selected records point to, on head and lines."""
    found: dict[str, dict[str, None]] = {}
    if not scope.carries("to_xero"):
        return found
    ids = list(wanted.crm) if wanted is not None else _waiting(bench, "crm", scope.name)
    selection = Selection(bench, scope)
    records = bench.host.get(scope.name, ids) if ids else {}
    linked = bench.store.links_by_crm(bench.connection_id, scope.name, list(records))
    new = [record for crm_id, record in records.items() if crm_id not in linked]
    # What belongs to another organisation needs nothing here.
    elsewhere = bench.routed(scope.sync, scope.module, new) if new else {}
    for record in records.values():
        if record.ref.id in elsewhere:
            continue
        if record.deleted or selection.left_alone(record) or selection.barred_status(record):
            continue
        for ref in references(scope, record):
            if ref.module in names:
                found.setdefault(ref.module, {})[ref.id] = None
    return found


def references(scope: Scope, record: Record) -> Iterator[Ref]:
    """Everything that a record points to."""
    rows: list[tuple[tuple[Field, ...], Mapping[str, object]]] = [
        (scope.module.fields, record.values)
    ]
    rows += [(scope.module.lines, line) for line in record.lines]
    for fields, values in rows:
        for field in fields:
            value = values.get(field.name) if field.targets else None
            if value not in (None, ""):
                yield Ref(field.targets[0], str(value))


def _parents_in_xero(
    bench: Workbench, scope: Scope, wanted: Wanted | None
) -> dict[str, dict[str, None]]:
    """Kind → Xero ids that new documents of Xero name."""
    found: dict[str, dict[str, None]] = {}
    if not scope.traits.document or not scope.carries("to_crm"):
        return found
    ids = list(wanted.xero) if wanted is not None else _waiting(bench, "xero", scope.kind)
    linked = bench.store.links_by_xero(bench.connection_id, scope.kind, ids) if ids else {}
    new = [xero_id for xero_id in ids if xero_id not in linked]
    shadows = bench.store.shadows(bench.connection_id, "xero", scope.kind, new) if new else {}
    for shadow in shadows.values():
        contact = (shadow.payload.get("Contact") or {}).get("ContactID")
        if contact:
            found.setdefault("Contact", {})[str(contact)] = None
        for line in shadow.payload.get("LineItems") or ():
            item = (line.get("Item") or {}).get("ItemID")
            if item:
                found.setdefault("Item", {})[str(item)] = None
    return found


def _waiting(bench: Workbench, side: str, type_: str) -> list[str]:
    keys = bench.store.dirty(bench.connection_id, side, type_)  # type: ignore[arg-type]  # one of both sides
    return [key.id for key in keys if key.id]


# --- why a child waits -----------------------------------------------------------------------


def explained(state: PlanState, item: Item) -> Item:
    """An item that waits for its parents, with their names and the reasons why those wait.

    What a person mends on the record itself stands before what it only waits for.
    """
    if item.cause is None or item.cause.first_of(_OF_PARENTS) is None:
        return item
    causes = [_explained(state, one) for one in item.cause.each()]
    causes.sort(key=lambda one: one.code in _OF_PARENTS)
    return replace(item, cause=Cause.of_all(causes))


def _explained(state: PlanState, cause: Cause) -> Cause:
    if cause.code != "waits_for_parent":
        return cause
    module = str(cause.data.get("module") or "")
    if not module:
        module = state.module_of(str(cause.data.get("role") or ""))
    name, crm_id = str(cause.data.get("parent")), str(cause.data.get("id") or "")
    if module and crm_id:
        ref = Ref(module, crm_id)
        reason, name = state.reason(ref), state.names.get(ref) or name
        stands = state.stands(ref) and not is_left(state.bench, ref, reason)
        return parent_cause(name, {"module": module, "id": crm_id}, reason, stands=stands)
    kind, xero_id = str(cause.data.get("xero_kind") or ""), str(cause.data.get("xero_id") or "")
    if kind and xero_id:
        there = XeroRef(kind, xero_id)
        known = {"xero_kind": kind, "xero_id": xero_id}
        reason = state.reason_in_xero(there)
        return parent_cause(name, known, reason, stands=state.stands_in_xero(there))
    return replace(cause, code="parent_left_out")


def parent_cause(
    name: str, known: Mapping[str, Plain], reason: Cause | None, *, stands: bool
) -> Cause:
    """The cause of a child that waits for this parent.

    `known` says which record that is; `stands`: this plan gives the reason, and nobody has decided
    to leave the parent. What keeps the parent and passes without anybody keeps the child, too. A
    parent that waits for a person is asked for itself; of one that is left out its child speaks.
    """
    if reason is not None and reason.code in PASSING and (stands or reason.code not in _OF_PARENTS):
        return replace(reason, also=())
    asked = reason is not None and stands and reason.code in NEEDING
    why, data = (reason.code, dict(reason.data)) if reason else ("", {})
    return cause_of(
        "waits_for_parent" if asked else "parent_left_out",
        parent=name,
        why=why,
        why_data=data,
        **known,
    )


def is_left(bench: Workbench, ref: Ref, reason: Cause | None) -> bool:
    """Whether a person decided to leave a record that is gone on the other side."""
    if reason is None or reason.code not in ORPHANS:
        return False
    decided = bench.store.decisions(bench.connection_id, ref.module, [ref.id])
    return any(not one.field for one in decided.get(ref.id, ()))
