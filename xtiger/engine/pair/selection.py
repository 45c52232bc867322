"""Which records are selected: Allow XTiger Sync, the status filter, and the panel's own fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from xtiger.engine.workbench.host_door import HostDoor
from xtiger.engine.workbench.scope import Scope
from xtiger.errors import SettingInvalid
from xtiger.mapping.convert import read_flag
from xtiger.mapping.filters.bound import BoundFilter, LeftOut, bound_filter
from xtiger.mapping.filters.faults import FilterFault
from xtiger.mapping.role_values import RoleValues
from xtiger.model.connections import Connection
from xtiger.model.plans import Cause
from xtiger.model.records import Record, Ref
from xtiger.model.values import Plain
from xtiger.ports import Clock
from xtiger.ports.store import PanelStore
from xtiger.rules.causes import cause_of


class SelectionBench(Protocol):
    """What selecting needs of a workbench."""

    @property
    def connection(self) -> Connection:
        """Whose records these are."""
        ...

    @property
    def store(self) -> PanelStore:
        """Where the panel's own values are."""
        ...

    @property
    def host(self) -> HostDoor:
        """The CRM."""
        ...

    @property
    def clock(self) -> Clock:
        """What says which day it is."""
        ...


class Selection:
    """Answers for one module whether a record is to be synced, and what its panel says.

    The panel's fields live in the host where it describes them by role, else in the store.
    """

    def __init__(self, bench: SelectionBench, scope: Scope) -> None:
        self._bench, self._scope = bench, scope
        #: CRM id → the panel's own values, of records that were read beforehand.
        self._kept: Mapping[str, Mapping[str, Plain]] = {}
        described = {f.role for f in scope.module.fields if f.role}
        self._filter = filter_of(bench, scope)
        self._in_host = {role for role in described if role.startswith("xtiger.")}

    def _value(self, record: Record, role: str) -> object:
        if role in self._in_host:
            return RoleValues(self._scope.module, record.values).raw(role)
        if record.ref.id in self._kept:
            return self._kept[record.ref.id].get(role)
        values = self._bench.store.panel_values(
            self._bench.connection.tenant, self._scope.name, record.ref.id
        )
        return values.get(role)

    def prepare(self, records: Sequence[Record]) -> None:
        """Read what the panels of these say, in one statement, in place of those before."""
        ids = [record.ref.id for record in records]
        tenant = self._bench.connection.tenant
        found = self._bench.store.panel_values_of(tenant, self._scope.name, ids)
        self._kept = {crm_id: found.get(crm_id, {}) for crm_id in ids}

    def selected(self, record: Record) -> bool:
        """Whether Allow XTiger Sync lets this record pass; an untouched box means the default."""
        settings = self._scope.settings
        if settings.selection == "all":
            return True
        value = self._value(record, "xtiger.allow_sync")
        if value is None or value == "":
            return settings.sync_by_default
        return bool(read_flag(value))

    def barred_status(self, record: Record) -> str | None:
        """The status when the module's status filter leaves this record out."""
        wanted = self._scope.settings.statuses
        if not wanted:
            return None
        values = RoleValues(self._scope.module, record.values)
        status = values.text(f"{self._scope.sync.role}.status") or ""
        return None if status in wanted else status

    def left_alone(self, record: Record) -> Cause | None:
        """Why a record is left as it is on both sides, linked or not: its box, or the filter."""
        if not self.selected(record):
            return cause_of("not_selected")
        found = self._filter.left_out(record) if self._filter is not None else None
        return None if found is None else _cause(found)

    def filtered_out_coming(self, values: Mapping[str, Plain]) -> Cause | None:
        """Why the filter leaves out what would be made in the CRM of these values by field name.

        What no mapping row brings is not known before the record exists, and keeps nothing out.
        """
        if self._filter is None:
            return None
        rows = (row.crm.name for row in self._scope.rows if row.row.direction != "to_xero")
        known = frozenset({*rows, *values})
        made = Record(Ref(self._scope.name, ""), values)
        found = self._filter.left_out_coming(made, known)
        return None if found is None else _cause(found)

    def own(self, record: Record, role: str) -> str:
        """The panel's own text of a role, "" when not set."""
        value = self._value(record, role)
        return "" if value is None else str(value).strip()

    def own_of(self, records: Sequence[Record], role: str) -> Mapping[str, str]:
        """CRM id → the same of many records, in one statement; without those that have none."""
        found: Mapping[str, object]
        if role in self._in_host:
            module = self._scope.module
            found = {r.ref.id: RoleValues(module, r.values).raw(role) for r in records}
        else:
            store, tenant = self._bench.store, self._bench.connection.tenant
            kept = store.panel_values_of(tenant, self._scope.name, [r.ref.id for r in records])
            found = {crm_id: values.get(role) for crm_id, values in kept.items()}
        return {crm_id: str(text).strip() for crm_id, text in found.items() if text}


def filter_of(bench: SelectionBench, scope: Scope) -> BoundFilter | None:
    """The filter of a module today, in the CRM's zone; None where it has none.

    Raises SettingInvalid for one that no longer fits the module: its field is gone from the CRM.
    """
    text = scope.settings.filter
    if not text:
        return None
    zone = bench.host.host.caps.zone
    try:
        return bound_filter(text, scope.module, bench.clock.now().astimezone(zone).date(), zone)
    except FilterFault as fault:
        raise SettingInvalid(
            scope.name,
            f"cannot be synced by their filter: {str(fault).rstrip('.')}",
            f"Change it: xtiger modules set {scope.name} --filter TEXT",
        ) from fault


def _cause(found: LeftOut) -> Cause:
    return cause_of("filtered_out", field=found.field, value=found.value)
