"""Which records are selected: Allow XTiger Sync, the status filter, and the panel's own fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import read_flag
from xtiger.mapping.role_values import RoleValues
from xtiger.model.records import Record


class Selection:
    """Answers for one module whether a record is to be synced, and what its panel says.

    The panel's fields live in the host where it describes them by role, else in the store.
    """

    def __init__(self, bench: Workbench, scope: Scope) -> None:
        self._bench, self._scope = bench, scope
        described = {f.role for f in scope.module.fields if f.role}
        self._in_host = {role for role in described if role.startswith("xtiger.")}

    def _value(self, record: Record, role: str) -> object:
        if role in self._in_host:
            return RoleValues(self._scope.module, record.values).raw(role)
        values = self._bench.store.panel_values(
            self._bench.connection.tenant, self._scope.name, record.ref.id
        )
        return values.get(role)

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
