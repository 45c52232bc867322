"""What webhooks named: read by id, then judged, merged and linked as everything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from xtiger.engine.apply.crm_creates import finish_creates
from xtiger.engine.apply.recovery import writes_under_way
from xtiger.engine.apply.removals import finish_crm_removals
from xtiger.engine.cycle.received_money import note_received
from xtiger.engine.cycle.rereading import plan_rereading
from xtiger.engine.observe.both_sides import read_host, read_settings, read_xero, save_elements
from xtiger.engine.observe.contact_uses import refresh_uses
from xtiger.engine.plan.parents import with_parents
from xtiger.engine.workbench.limits import Limits, Wanted
from xtiger.engine.workbench.workbench import Workbench
from xtiger.hookspecs import SyncModule
from xtiger.mapping.xero_schema import parse_moment
from xtiger.model.links import Shadow
from xtiger.model.plans import Plan
from xtiger.model.records import XeroRef
from xtiger.model.setting_keys import xero_cursor
from xtiger.model.values import as_decimal
from xtiger.rules.contact_persons import contact_of
from xtiger.rules.kinds import WEBHOOK_KINDS, nature, paid_by, traits

#: The trigger of such a run.
WEBHOOK: Final = "webhook"
#: More records than these are read by their feed, which then takes fewer calls.
MOST_BY_ID = 200
#: The lease is prolonged after so many: one call.
_PART = 40
_MONEY = ("AmountPaid", "AmountCredited")


@dataclass(frozen=True, slots=True)
class NamedRecords:
    """What the webhooks of one connection named."""

    #: Kind → Xero ids.
    ids: Mapping[str, tuple[str, ...]]
    #: Kinds that are read by their feed: which records changed is not known, or there are many.
    feeds: frozenset[str] = frozenset()

    @property
    def kinds(self) -> list[str]:
        """All kinds, contacts first."""
        return [kind for kind in WEBHOOK_KINDS if kind in self.feeds or self.ids.get(kind)]

    def everything(self) -> set[XeroRef]:
        """All of it, with the id "" for a feed."""
        named = {XeroRef(kind, one) for kind, ids in self.ids.items() for one in ids}
        return named | {XeroRef(kind, "") for kind in self.feeds}


@dataclass(slots=True)
class _Read:
    """What a read came to."""

    #: What Xero did not give.
    absent: set[XeroRef] = field(default_factory=set)
    #: Whether an invoice has or had money on it.
    money: bool = False


@dataclass(frozen=True, slots=True)
class NamedModules:
    """The enabled modules of a connection, as webhooks concern them; parents first."""

    enabled: tuple[SyncModule, ...]
    #: Names of the modules that only list, where they are switched on.
    listed: frozenset[str] = frozenset()
    #: Module → the other kinds that records of it are, where some are.
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def kinds(self) -> set[str]:
        """The kinds that these modules sync."""
        usual = {kind for sync in self.enabled for kind in (sync.kind, sync.alone_kind) if kind}
        return usual | {kind for kinds in self.others.values() for kind in kinds}

    def about(self, kind: str) -> list[str]:
        """The modules whose records an event of this kind may be about.

        No webhook names a payment, but one names the invoice that got or lost it.
        """
        found = [
            sync.name
            for sync in self.enabled
            if kind in (nature(sync.kind).feed, sync.alone_kind, *self.others.get(sync.name, ()))
            or nature(sync.kind).pays == kind
        ]
        own = nature(kind).listed_as
        return [*found, own] if own in self.listed else found

    def in_crm(self, modules: Sequence[str]) -> list[str]:
        """Those of these modules that the CRM has: the others only list what is in Xero."""
        return [name for name in modules if name not in self.listed]

    def needed(self, kinds: Sequence[str]) -> list[str]:
        """The modules of a run for these kinds, and those that theirs name.

        A new invoice brings its contact along, and a bill says what its contact is used as.
        """
        found = {name for kind in kinds for name in self.about(kind)}
        if found & self.listed:
            # What is only listed is credit of invoices, which it may have changed.
            found |= {sync.name for sync in self.enabled if paid_by(sync.kind)}
        for sync in reversed(self.enabled):
            if sync.name in found:
                found |= set(sync.needs)
        return [sync.name for sync in self.enabled if sync.name in found]

    def covered(self, modules: Sequence[str]) -> list[str]:
        """The kinds of which a sync of these modules has judged everything."""
        # What is only listed is read by every sync.
        judged = {*modules, *self.listed}
        return [kind for kind in WEBHOOK_KINDS if set(self.about(kind)) <= judged]


def seen_since(shadow: Shadow | None, happened_at: datetime | None) -> bool:
    """Whether the last seen copy of a contact or invoice holds an event already.

    An echo of our own write does: Xero answered it with this or a later moment. With money on an
    invoice nobody can tell, since its payments are records of their own.
    """
    if shadow is None or happened_at is None or _has_money(shadow.payload):
        return False
    try:
        return parse_moment(str(shadow.payload.get("UpdatedDateUTC"))) >= happened_at
    except ValueError:
        return False


def plan_named(bench: Workbench, named: NamedRecords) -> tuple[Plan, set[XeroRef]]:
    """Read what the webhooks named and plan it; also what Xero did not give.

    Nothing else that waits on either side is planned, but for missing parents.
    """
    before = {kind: set(_dirty(bench, kind)) for kind in _kinds(bench)}
    read_settings(bench)
    for scope in bench.scopes:
        # What somebody made in the CRM a moment ago may be the twin of what comes in.
        read_host(bench, scope)
    read = _read(bench, named)
    # All of it was read just now; the feeds need not be asked again.
    bench.reads_feeds = False
    note_received(bench)
    limits: dict[str, Wanted | None] = {
        scope.name: Wanted(
            xero=tuple(
                one for part in scope.parts for one in _wanted(bench, named, part.kind, before)
            )
        )
        for scope in bench.scopes
    }
    return plan_rereading(bench, _recovered(bench, limits)), read.absent


def _recovered(bench: Workbench, limits: Limits) -> Limits:
    """The limits with missing parents; what a killed run left open in the CRM is finished."""
    found, under_way = with_parents(bench, limits), writes_under_way(bench)
    for scope in bench.scopes:
        for part in scope.parts:
            finish_creates(bench, part, under_way)
            finish_crm_removals(bench, part, under_way)
    return found


# --- reading ---------------------------------------------------------------------------------


def _read(bench: Workbench, named: NamedRecords) -> _Read:
    found = _Read()
    for kind in named.kinds:
        listed = nature(kind).listed_as
        if listed:
            count = read_xero(bench, kind, judged=kind in _kinds(bench))
            if bench.store.module_settings(bench.connection_id, listed).enabled:
                bench.listed[listed] = count
        elif kind in named.feeds:
            read_xero(bench, kind, uses=True)
            found.money = found.money or bool(paid_by(kind))
        else:
            _read_ids(bench, kind, named.ids[kind], found)
    pays = any(nature(scope.kind).pays for scope in bench.scopes)
    if found.money and pays and bench.store.cursor(bench.connection_id, xero_cursor("Payment")):
        read_xero(bench, "Payment")
    return found


def _read_ids(bench: Workbench, kind: str, ids: Sequence[str], found: _Read) -> None:
    store, connection_id = bench.store, bench.connection_id
    for start in range(0, len(ids), _PART):
        bench.keep_alive()
        part = ids[start : start + _PART]
        before = store.shadows(connection_id, "xero", kind, part)
        elements = bench.xero.fetch(kind, part)
        changed = save_elements(bench, kind, elements, bench.clock.now(), mark="new")
        given = {str(raw.get(traits(kind).id_field)).lower() for raw in elements}
        found.absent |= {XeroRef(kind, one) for one in part if one not in given}
        if paid_by(kind):
            refresh_uses(bench, changed)
            _read_parents(bench, elements)
            both = [*elements, *(shadow.payload for shadow in before.values())]
            found.money = found.money or any(map(_has_money, both))


def _read_parents(bench: Workbench, invoices: Sequence[Mapping[str, Any]]) -> None:
    """Read contacts and items that new invoices name and nobody has seen yet."""
    store, connection_id = bench.store, bench.connection_id
    sales = [raw for raw in invoices if raw.get("Type") == "ACCREC"]
    contacts = {str((raw.get("Contact") or {}).get("ContactID") or "") for raw in sales} - {""}
    unseen = sorted(contacts - set(store.shadows(connection_id, "xero", "Contact", contacts)))
    if unseen:
        found = bench.xero.fetch("Contact", unseen)
        save_elements(bench, "Contact", found, bench.clock.now(), mark="new")
    lines = [line for raw in sales for line in raw.get("LineItems") or ()]
    items = {str((line.get("Item") or {}).get("ItemID") or "") for line in lines} - {""}
    if items - set(store.shadows(connection_id, "xero", "Item", items)):
        read_xero(bench, "Item")


def _has_money(raw: Mapping[str, Any]) -> bool:
    amounts = (as_decimal(raw.get(name)) or Decimal(0) for name in _MONEY)
    return any(amounts) or bool(raw.get("Payments"))


# --- what is planned -------------------------------------------------------------------------


def _kinds(bench: Workbench) -> list[str]:
    return list(dict.fromkeys(part.kind for scope in bench.scopes for part in scope.parts))


def _dirty(bench: Workbench, kind: str) -> Iterator[tuple[str, int]]:
    for key in bench.store.dirty(bench.connection_id, "xero", kind):
        yield key.id, key.generation


def _wanted(
    bench: Workbench, named: NamedRecords, kind: str, before: Mapping[str, set[tuple[str, int]]]
) -> Iterator[str]:
    """Dirty ids of a kind: those named, those that the read marked, or all after a feed.

    One that was named and marked by a run that died before it judged it is among them.
    """
    pays = nature(kind).pays
    source = pays or nature(kind).feed
    ids = set(named.ids.get(source, ()))
    waiting = list(_dirty(bench, kind))
    parents = _invoices(bench, [one for one, _ in waiting]) if pays else {}
    for one, generation in waiting:
        parent = parents.get(one, "") if pays else contact_of(one)
        new = (one, generation) not in before.get(kind, set())
        if source in named.feeds or new or parent in ids:
            yield one


def _invoices(bench: Workbench, payments: Sequence[str]) -> dict[str, str]:
    """PaymentID → InvoiceID."""
    known = bench.store.shadows(bench.connection_id, "xero", "Payment", payments)
    return {
        key: str((shadow.payload.get("Invoice") or {}).get("InvoiceID") or "")
        for key, shadow in known.items()
    }
