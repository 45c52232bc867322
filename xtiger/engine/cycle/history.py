"""Historical syncs: the unlinked records of a range of days, found once, planned in batches.

That a person names the range is their word for it: what is older than the day where syncing
starts goes, too. Nothing else of the connection's answers is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from xtiger.engine.cycle.kind_parts import planned_kind
from xtiger.engine.cycle.received_money import note_received
from xtiger.engine.cycle.rereading import plan_rereading
from xtiger.engine.observe.both_sides import read_host, read_outbox, read_settings, read_xero
from xtiger.engine.observe.crm_taxes import coming_taxes
from xtiger.engine.pair.selection import Selection
from xtiger.engine.plan.invoice.said import role_day
from xtiger.engine.plan.parents import with_parents
from xtiger.engine.plan.plan_state import PlanState
from xtiger.engine.workbench.limits import Limits, Wanted
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.xero_schema import parse_moment
from xtiger.model.links import Shadow
from xtiger.model.plans import Plan
from xtiger.model.records import Record
from xtiger.model.starting.historical import HistoricalSync
from xtiger.rules.kinds import nature
from xtiger.rules.plan_view import one_way
from xtiger.rules.starting import oldest_first

#: (its day, None where it has none; its id)
_Found = tuple[date | None, str]


def find_records(bench: Workbench, wanted: HistoricalSync) -> tuple[str, ...]:
    """The ids of the unlinked records of its days, the oldest first; Xero's feed is read before."""
    scope = bench.scopes[0]
    read_settings(bench)
    found = _in_crm(bench, scope) if wanted.way == "to_xero" else _in_xero(bench, scope)
    return oldest_first(found, wanted.from_day, wanted.to_day)


def plan_batch(bench: Workbench, wanted: HistoricalSync, ids: Sequence[str]) -> tuple[Plan, int]:
    """The plan of these, one way, with the parents they need; and how many wait for both ways."""
    scope, bench.direction = bench.scopes[0], wanted.way
    read_settings(bench)
    read_outbox(bench)
    # A twin that was entered or made meanwhile must be known before anything is made.
    read_host(bench, scope)
    store, connection_id, now = bench.store, bench.connection_id, bench.clock.now()
    limits: Limits
    if wanted.way == "to_xero":
        store.mark(connection_id, "crm", scope.name, ids, "person", now)
        limits = {scope.name: Wanted(crm=tuple(ids))}
    else:
        bench.taxes_coming = coming_taxes(bench)
        for kind in dict.fromkeys(part.kind for part in scope.parts):
            known = store.shadows(connection_id, "xero", kind, ids)
            store.mark(connection_id, "xero", kind, sorted(known), "person", now)
        limits = {scope.name: Wanted(xero=tuple(ids))}
    note_received(bench)
    limits = with_parents(bench, limits)
    bench.scopes = tuple(_from_the_first_day(one) for one in bench.scopes)
    made = plan_rereading(bench, limits)
    going = one_way(made, wanted.way)
    own = [sum(item.module == scope.name for item in plan.items) for plan in (made, going)]
    return replace(going, taxes=bench.taxes_coming), own[0] - own[1]


def unlinked(bench: Workbench, wanted: HistoricalSync, ids: Sequence[str]) -> list[str]:
    """Those of these that nothing has linked since they were found, in their order."""
    scope, store, connection_id = bench.scopes[0], bench.store, bench.connection_id
    if not ids:
        return []
    if wanted.way == "to_xero":
        taken = set(store.links_by_crm(connection_id, scope.name, ids))
    else:
        taken = set[str]().union(*(_taken(bench, part.kind, ids) for part in scope.parts))
    return [one for one in ids if one not in taken]


def _from_the_first_day(scope: Scope) -> Scope:
    """The scope without the day where syncing starts."""
    start = replace(scope.start, from_day=None)
    alone = _from_the_first_day(scope.alone) if scope.alone is not None else None
    others = tuple(_from_the_first_day(one) for one in scope.others)
    return replace(scope, start=start, alone=alone, others=others)


# --- the CRM ---------------------------------------------------------------------------------


def _in_crm(bench: Workbench, scope: Scope) -> Iterator[_Found]:
    """The selected records of the CRM without a link."""
    selection = Selection(bench, scope)
    cursor = None
    while True:
        page = bench.host.changed_since(scope.name, cursor)
        bench.keep_alive()
        ids = [record.ref.id for record in page.records]
        linked = bench.store.links_by_crm(bench.connection_id, scope.name, ids) if ids else {}
        records = [one for one in page.records if not one.deleted and one.ref.id not in linked]
        selection.prepare(records)
        for record in records:
            if selection.left_alone(record) is None and selection.barred_status(record) is None:
                yield _day_in_crm(bench, scope, record), record.ref.id
        if not page.more or page.cursor == cursor:
            return
        cursor = page.cursor


def _day_in_crm(bench: Workbench, scope: Scope, record: Record) -> date | None:
    """The date of a document or payment; of all others the day of their last change."""
    if _is_dated(scope):
        found = role_day(scope, record, "date")
        return found.date() if isinstance(found, datetime) else found
    return _day(record.modified, bench)


def _is_dated(scope: Scope) -> bool:
    return scope.traits.document or bool(scope.traits.pays)


def _day(moment: datetime | None, bench: Workbench) -> date | None:
    """The day of a moment in the CRM's zone; one without a zone is of that zone."""
    if moment is None or moment.tzinfo is None:
        return None if moment is None else moment.date()
    return moment.astimezone(bench.host.host.caps.zone).date()


# --- Xero ------------------------------------------------------------------------------------


def _in_xero(bench: Workbench, scope: Scope) -> Iterator[_Found]:
    """The records of Xero without a link that this module takes in."""
    store, connection_id, state = bench.store, bench.connection_id, PlanState(bench)
    for feed in dict.fromkeys(nature(part.kind).feed for part in scope.parts):
        read_xero(bench, feed, uses=True)
    for part in scope.parts:
        days = {
            shadow.id: _day_in_xero(bench, part, shadow)
            for shadow in store.each_shadow(connection_id, "xero", part.kind)
            if not shadow.gone
        }
        taken = _taken(bench, part.kind, list(days))
        free = [one for one in days if one not in taken]
        owners = planned_kind(part).pairer(state, bench, part).owners(free)
        for one in free:
            if owners.get(one) == part.name:
                yield days[one], one


def _taken(bench: Workbench, kind: str, ids: Sequence[str]) -> set[str]:
    store, connection_id = bench.store, bench.connection_id
    if not ids:
        return set()
    aliases = store.xero_aliases(connection_id, kind, ids)
    return {*store.links_by_xero(connection_id, kind, ids), *aliases}


def _day_in_xero(bench: Workbench, scope: Scope, shadow: Shadow) -> date | None:
    dated = _is_dated(scope)
    text = shadow.payload.get("Date" if dated else "UpdatedDateUTC")
    if not text:
        return None
    try:
        moment = parse_moment(str(text))
    except ValueError:
        return None
    return moment.date() if dated else _day(moment, bench)
