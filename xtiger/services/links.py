"""What a person decides about single records: link, create anyway, unlink, panel fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from xtiger.engine.observe.invoice_payments import payments_of
from xtiger.errors import LinkRefused, NeedsPerson, RecordMissing, UnknownModule
from xtiger.hookspecs import SyncModule
from xtiger.model.connections import Connection
from xtiger.model.links import Link
from xtiger.model.records import Change, Module, Record, Ref, Write
from xtiger.model.setting_keys import create_anyway
from xtiger.ports import Clock, Host, Store
from xtiger.rules.contact_persons import is_person
from xtiger.rules.kinds import paid_by
from xtiger.services.aliasing import add_alias, find_link, remove


class Linking:
    """Carries out a person's decisions; each makes the record dirty, the next sync acts."""

    def __init__(
        self,
        store: Store,
        host: Host,
        clock: Clock,
        modules: Callable[[str | None], Sequence[SyncModule]],
        require_crm: Callable[[str], None],
    ) -> None:
        """`require_crm` raises OtherCrm for a tenant whose CRM is not the one linked."""
        self._require_crm = require_crm
        self._store, self._host, self._clock, self._modules = store, host, clock, modules

    def _sync_module(self, module: str) -> SyncModule:
        known = self._modules(None)
        found = next((sync for sync in known if sync.name == module), None)
        if found is None:
            raise UnknownModule(module, [sync.name for sync in known])
        return found

    def _described(self, module: str) -> Module:
        known = self._host.modules()
        found = next((one for one in known if one.name == module), None)
        if found is None:
            raise UnknownModule(module, [one.name for one in known])
        return found

    def link(
        self,
        connection: Connection,
        module: str,
        crm_id: str,
        xero_id: str | None,
        *,
        alias: bool = False,
    ) -> str:
        """Link both records, or (None) let the next sync make a new one in Xero."""
        self._require_crm(connection.tenant)
        sync = self._sync_module(module)
        with self._host.tenant(connection.tenant):
            self._record(module, crm_id)
        # A contact without organisation is linked to a contact of its own.
        alone = bool(sync.alone_kind) and not is_person(xero_id or "")
        kind = sync.alone_kind if alone else sync.kind
        if xero_id is not None:
            self._require_seen(connection, kind, xero_id)
        if alias and xero_id is not None:
            return self._alias(connection, sync, crm_id, xero_id)
        if xero_id is not None:
            self._let_go(connection, kind, module, crm_id, xero_id)
        if crm_id in self._store.links_by_crm(connection.id, module, [crm_id]):
            raise LinkRefused(
                f"{module} {crm_id} is linked already. Unlink it first: xtiger unlink"
            )
        if xero_id is None:
            self._store.save_setting(create_anyway(connection.id, module, crm_id), True)
            self._mark(connection, "crm", module, crm_id)
            return f"{module} {crm_id} will be made in Xero by the next sync."
        with self._store.transaction():
            self._store.add_link(
                Link(connection.id, kind, xero_id, module, crm_id, created_at=self._clock.now())
            )
            self._mark(connection, "crm", module, crm_id)
            if paid_by(sync.kind):
                self._mark_payments(connection, xero_id)
        return f"{module} {crm_id} is linked. The next sync compares both."

    def _alias(self, connection: Connection, sync: SyncModule, crm_id: str, xero_id: str) -> str:
        """Make the record one more name of what is linked already."""
        with self._store.transaction():
            now = self._clock.now()
            said = add_alias(self._store, connection, sync, crm_id, xero_id, now)
            self._mark(connection, "crm", sync.name, crm_id)
            self._mark(connection, "xero", sync.kind, xero_id)
        return said

    def _mark_payments(self, connection: Connection, invoice_id: str) -> None:
        """Look at an invoice's payments: they were left out as long as it was not synced."""
        seen = self._store.shadows(connection.id, "xero", "Invoice", [invoice_id])
        paid = payments_of(seen[invoice_id].payload)
        self._store.mark(connection.id, "xero", "Payment", paid, "invoice", self._clock.now())

    def _let_go(
        self, connection: Connection, kind: str, module: str, crm_id: str, xero_id: str
    ) -> None:
        """Forget the links of both to records that are gone: what was entered anew takes over."""
        own = self._store.links_by_crm(connection.id, module, [crm_id]).get(crm_id)
        theirs = self._store.links_by_xero(connection.id, kind, [xero_id]).get(xero_id)
        if own is not None and theirs is not None and own.id == theirs.id:
            return
        with self._store.transaction():
            for link in (own, theirs):
                if link is not None and link.state in ("orphan", "removed"):
                    remove(self._store, link, None)
                    self._store.forget_decisions(connection.id, link.module, link.crm_id)

    def _require_seen(self, connection: Connection, kind: str, xero_id: str) -> None:
        """Raise LinkRefused for a record that was never read."""
        if xero_id not in self._store.shadows(connection.id, "xero", kind, [xero_id]):
            raise LinkRefused(f"Xero has no {kind} {xero_id} that was read. Run: xtiger plan")

    def unlink(
        self,
        connection: Connection,
        module: str,
        crm_id: str,
        *,
        xero_id: str | None = None,
        promote: str | None = None,
    ) -> None:
        """Forget the link, or that of an alias in Xero; `promote` takes the place of a primary.

        Raises LinkRefused when there is none, and for a primary whose aliases would lead nowhere.
        """
        self._require_crm(connection.tenant)
        sync = self._sync_module(module)
        link = find_link(self._store, connection, sync, crm_id, xero_id)
        with self._store.transaction():
            heir = remove(self._store, link, promote)
            self._store.forget_decisions(connection.id, module, crm_id)
            if heir is not None:
                self._mark(connection, "crm", heir.module, heir.crm_id)
            self._mark(connection, "crm", module, crm_id)
            self._mark(connection, "xero", link.kind, link.xero_id)

    def _mark(self, connection: Connection, side: Any, type_: str, record_id: str) -> None:
        self._store.mark(connection.id, side, type_, [record_id], "person", self._clock.now())

    def _record(self, module: str, crm_id: str) -> Record:
        found = self._host.get(module, [crm_id]).get(crm_id)
        if found is None or found.deleted:
            raise RecordMissing(module, crm_id)
        return found

    def save_fields(
        self, tenant: str, module: str, crm_id: str, values: Mapping[str, str | bool]
    ) -> None:
        """Set fields by their role, all or none; changing one is a change of the record."""
        if not values:
            return
        self._require_crm(tenant)
        with self._host.tenant(tenant):
            described = self._described(module)
            self._record(module, crm_id)
            fields = {role: described.by_role(role) for role in values}
            in_host = {f.name: values[role] for role, f in fields.items() if f is not None}
            in_store = {role: values[role] for role, f in fields.items() if f is None}
            with self._store.transaction() if in_store else nullcontext():
                for role, value in in_store.items():
                    self._store.save_panel_value(tenant, module, crm_id, role, value)
                with self._host.transaction():
                    if in_store:
                        self._host.note(Change(Ref(module, crm_id), "updated", self._clock.now()))
                    if in_host:
                        self._write(module, crm_id, in_host, described)

    def _write(
        self, module: str, crm_id: str, values: Mapping[str, str | bool], described: Module
    ) -> None:
        """Write fields of a record in one write; raises NeedsPerson when the CRM refuses it."""
        problem = self._host.save(module, [Write(dict(values), id=crm_id)])[0].problem
        if problem is not None:
            labels = {field.name: field.label or field.name for field in described.fields}
            refused = [problem.field] if problem.field in labels else [*values]
            named = ", ".join(labels[name] for name in refused)
            raise NeedsPerson(f"The CRM refused {named}: {problem.message} Nothing was changed.")
