"""The routes of a tenant as they are kept, and as the run of one connection asks them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from xtiger.mapping.role_values import RoleValues
from xtiger.model.plans import Cause
from xtiger.model.setting_keys import ROUTES
from xtiger.ports.store import BatchStore, ConnectionStore, MappingStore, TenantSettingStore
from xtiger.rules.causes import cause_of
from xtiger.rules.kinds import nature
from xtiger.rules.routing import Route, Routes, Rule, master_of, rivals, route

if TYPE_CHECKING:
    from xtiger.hookspecs import SyncModule
    from xtiger.model.connections import Connection
    from xtiger.model.records import Module, Record


class RouterStore(ConnectionStore, MappingStore, TenantSettingStore, BatchStore, Protocol):
    """What a router reads: the routes, what each connection maps, and who owns a document."""


def load_routes(store: TenantSettingStore, tenant: str) -> Routes:
    """What was decided for a tenant; nothing at first."""
    kept = store.own_setting(tenant, ROUTES)
    if not isinstance(kept, dict):
        return Routes()
    rules = tuple(Rule(*row) for row in kept["rules"])
    return Routes(rules, kept["default"], kept["master"])


def save_routes(store: TenantSettingStore, tenant: str, routes: Routes) -> None:
    """Keep what was decided for a tenant."""
    rules = [[r.module, r.field, r.value, r.connection_id] for r in routes.rules]
    kept = {"rules": rules, "default": routes.default, "master": routes.master}
    store.save_own_setting(tenant, ROUTES, kept)


@dataclass(frozen=True, slots=True)
class Router:
    """Answers for one connection's run which records do not belong to it, and why."""

    store: RouterStore
    connection: Connection
    #: Connections of the tenant, oldest first.
    connections: Sequence[Connection]
    routes: Routes

    @classmethod
    def of(cls, store: RouterStore, connection: Connection) -> Router:
        """The router of a connection, with what was decided for its tenant."""
        tenant = connection.tenant
        return cls(store, connection, store.connections(tenant), load_routes(store, tenant))

    def __call__(
        self, sync: SyncModule, module: Module, records: Sequence[Record]
    ) -> Mapping[str, Cause]:
        """CRM id → why this record, not linked here, is none of this connection's."""
        if len(self.connections) < 2 and not self.routes.rules and not self.routes.default:
            return {}
        ids = [record.ref.id for record in records]
        document = nature(sync.kind).document
        owners = self.store.owners(self.connection.id, sync.name, ids) if document else {}
        of_invoice = self._of_invoice(sync, module, records)
        # One that nobody has set up yet takes no documents, and stops none.
        several = any(
            self.store.mapping(one.id, sync.name) is not None
            for one in rivals(self.connections, self.connection.id)
        )
        found = {}
        for record in records:
            crm_id = record.ref.id
            owner = owners.get(crm_id) or of_invoice.get(crm_id, "")
            where = route(
                sync.name,
                sync.kind,
                record.values,
                self.routes,
                here=self.connection.id,
                rivals=several and not nature(sync.kind).pays,
                owner=owner,
            )
            cause = self._ended(owner) or self._cause(where)
            if cause is not None:
                found[crm_id] = cause
        return found

    def _of_invoice(
        self, sync: SyncModule, module: Module, records: Sequence[Record]
    ) -> Mapping[str, str]:
        """A payment belongs where its invoice is."""
        if not nature(sync.kind).pays:
            return {}
        field = module.by_role("payment.invoice")
        if field is None or not field.targets:
            return {}
        texts = {r.ref.id: RoleValues(module, r.values).text("payment.invoice") for r in records}
        invoices = {own: invoice for own, invoice in texts.items() if invoice}
        owners = self.store.owners(self.connection.id, field.targets[0], invoices.values())
        return {own: owners[invoice] for own, invoice in invoices.items() if invoice in owners}

    def _ended(self, owner: str) -> Cause | None:
        """Why a document waits: the connection that it is linked in has ended."""
        ended = {one.id: one.name for one in self.connections if one.state == "ended"}
        return cause_of("owner_ended", organisation=ended[owner]) if owner in ended else None

    def _cause(self, where: Route) -> Cause | None:
        if where.place == "here":
            return None
        if where.place == "missing":
            names = ", ".join(c.name for c in self.connections if c.state == "active")
            return cause_of("routing_missing", organisations=names)
        return cause_of("routed_elsewhere", organisation=self._name(where.connection_id))

    def _name(self, connection_id: str) -> str:
        return next((c.name for c in self.connections if c.id == connection_id), "?")

    def not_master(self) -> Cause | None:
        """Why new contacts and items of this connection do not become CRM records."""
        master = master_of(self.routes, self.connections)
        if master is None or master.id == self.connection.id:
            return None
        return cause_of("not_master", organisation=master.name)
