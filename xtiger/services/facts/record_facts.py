"""What is known of some records of one module, read with as many statements as of one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from xtiger.mapping.convert import read_flag
from xtiger.mapping.role_values import RoleValues
from xtiger.panels import ALLOW_SYNC, INVOICE_TYPE, STATUS
from xtiger.ports.store import OutcomeStore, SettingStore
from xtiger.rules.identity import known_since

if TYPE_CHECKING:
    from xtiger.model.connections import Connection
    from xtiger.model.links import Link
    from xtiger.model.mappings import ModuleSettings
    from xtiger.model.records import Module, Record
    from xtiger.model.runs import Outcome
    from xtiger.model.values import Plain
    from xtiger.ports.store import ShadowStore
    from xtiger.services.parts import Parts

#: CRM id → role → value.
Chosen = Mapping[str, Mapping[str, Any]]
#: A save is due after a moment of quiet; all that are due soon are looked through, so many.
_QUIET, _SOON, _OUTBOX_ROWS = timedelta(seconds=2), timedelta(hours=1), 1_000


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What the store and the outbox know of a record in one connection."""

    link: Link | None = None
    #: The Xero element as last seen.
    shadow: Mapping[str, Any] | None = None
    outcome: Outcome | None = None
    #: Changed after its newest outcome, and no run has looked at it since.
    waiting: bool = False


def records_known(
    parts: Parts, connection: Connection, module: str, records: Sequence[Record]
) -> dict[str, RecordFacts]:
    """CRM id → what is known of the record, for some records of one module."""
    store, ids = parts.store, [record.ref.id for record in records]
    links = store.links_by_crm(connection.id, module, ids)
    shadows = _shadows(store, connection, links.values())
    newest = newest_of_this_crm(store, connection, module, ids)
    changed = _changed(parts, connection, module, records)
    found = {}
    for crm_id in ids:
        link, outcome = links.get(crm_id), newest.get(crm_id)
        seen_at = outcome.at if outcome is not None else None
        found[crm_id] = RecordFacts(
            link,
            shadows.get((link.kind, link.xero_id)) if link is not None else None,
            outcome,
            any(seen_at is None or at > seen_at for at in changed[crm_id]),
        )
    return found


class NewestStore(OutcomeStore, SettingStore, Protocol):
    """What the newest outcomes are read from."""


def newest_of_this_crm(
    store: NewestStore, connection: Connection, module: str, ids: Collection[str]
) -> dict[str, Outcome]:
    """CRM id → its newest outcome, without those of another CRM's records."""
    since = known_since(store, connection.id)
    newest = store.newest_outcomes(connection.id, module, ids)
    return {
        crm_id: one
        for crm_id, one in newest.items()
        if since is None or (one.at is not None and one.at >= since)
    }


def _shadows(
    store: ShadowStore, connection: Connection, links: Collection[Link]
) -> dict[tuple[str, str], Mapping[str, Any]]:
    """(kind, Xero id) → the element as last seen."""
    by_kind: dict[str, list[str]] = {}
    for link in links:
        by_kind.setdefault(link.kind, []).append(link.xero_id)
    return {
        (kind, xero_id): shadow.payload
        for kind, xero_ids in by_kind.items()
        for xero_id, shadow in store.shadows(connection.id, "xero", kind, xero_ids).items()
    }


def _changed(
    parts: Parts, connection: Connection, module: str, records: Sequence[Record]
) -> dict[str, list[datetime]]:
    """CRM id → when the record was saved or marked for the next run."""
    found: dict[str, list[datetime]] = {record.ref.id: [] for record in records}
    modified = {record.ref.id: record.modified for record in records}
    # What was saved a moment ago is due soon.
    for row in parts.host.outbox(parts.clock.now() + _SOON, _OUTBOX_ROWS):
        if row.ref.module == module and row.ref.id in found and row.origin != "xero":
            found[row.ref.id].append(row.due_at - _QUIET)
    for key in parts.store.dirty(connection.id, "crm", module, ids=list(found)):
        # A record that is held stays marked since then: a new save marks it once more, or the
        # CRM tells of one that is not taken out of its outbox yet.
        found[key.id] += [at for at in (key.touched_at, modified[key.id]) if at is not None]
    return found


# --- what a person chose -----------------------------------------------------------------------


def chosen_values(parts: Parts, tenant: str, module: Module, records: Sequence[Record]) -> Chosen:
    """CRM id → role → what stands in the panel's own fields of the record."""
    kept = parts.store.panel_values_of(tenant, module.name, [one.ref.id for one in records])
    found = {}
    for record in records:
        values = dict(kept.get(record.ref.id, {}))
        reader = RoleValues(module, record.values)
        for role in (ALLOW_SYNC, STATUS, INVOICE_TYPE):
            if module.by_role(role) is not None:
                values[role] = reader.raw(role)
        found[record.ref.id] = values
    return found


def selects(settings: ModuleSettings | None) -> bool:
    """Whether Allow XTiger Sync decides which records of the module are synced."""
    return settings is None or settings.selection == "selected"


def is_allowed(settings: ModuleSettings | None, value: Plain) -> bool:
    """Whether a record whose box says this is selected; None is no connection."""
    if not selects(settings):
        return True
    if value in (None, ""):
        return settings is None or settings.sync_by_default
    return bool(read_flag(value))
