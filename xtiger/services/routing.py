"""The routes of a tenant: kept in the store, changed by administrators, asked by runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xtiger.engine.observe.look_again import look_again
from xtiger.errors import NeedsPerson, UnknownModule
from xtiger.mapping.role_values import RoleValues
from xtiger.model.plans import Cause
from xtiger.model.setting_keys import ROUTES
from xtiger.rules.causes import cause_of
from xtiger.rules.kinds import nature
from xtiger.rules.routing import Route, Routes, Rule, master_of, rivals, route

if TYPE_CHECKING:
    from xtiger.app import XTiger
    from xtiger.hookspecs import SyncModule
    from xtiger.model.connections import Connection
    from xtiger.model.records import Module, Record
    from xtiger.ports import Store


def load_routes(store: Store, tenant: str) -> Routes:
    """What was decided for a tenant; nothing at first."""
    kept = store.own_setting(tenant, ROUTES)
    if not isinstance(kept, dict):
        return Routes()
    rules = tuple(Rule(*row) for row in kept["rules"])
    return Routes(rules, kept["default"], kept["master"])


def save_routes(store: Store, tenant: str, routes: Routes) -> None:
    """Keep what was decided for a tenant."""
    rules = [[r.module, r.field, r.value, r.connection_id] for r in routes.rules]
    kept = {"rules": rules, "default": routes.default, "master": routes.master}
    store.save_own_setting(tenant, ROUTES, kept)


@dataclass(frozen=True, slots=True)
class Router:
    """Answers for one connection's run which records do not belong to it, and why."""

    store: Store
    connection: Connection
    #: Connections of the tenant, oldest first.
    connections: Sequence[Connection]
    routes: Routes

    @classmethod
    def of(cls, store: Store, connection: Connection) -> Router:
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


class Routing:
    """What an administrator does: show and change the routes; the next syncs act by them."""

    def __init__(self, xt: XTiger) -> None:
        self._xt = xt

    def routes(self) -> Routes:
        """What was decided for the tenant."""
        return load_routes(self._xt.store, self._xt.tenant())

    def set_rule(self, module: str, field: str, value: str, connection: str) -> Rule:
        """Let records with this value go to a connection; an older rule of this value is replaced.

        `connection` is a name or id, `field` a field of the CRM by name or role. Raises
        UnknownModule and NeedsPerson.
        """
        found = self._xt.connection(connection)
        name = self._field(found, module, field)
        rule = Rule(module, name, value, found.id)

        def change(old: Routes) -> Routes:
            kept = [r for r in old.rules if (r.module, r.field, r.value) != (module, name, value)]
            return replace(old, rules=(*kept, rule))

        self._change(found.tenant, change)
        return rule

    def drop_rules(self, module: str) -> int:
        """Take all rules of a module away; answers how many there were."""
        tenant = self._xt.tenant()
        before = self.routes().rules
        kept = tuple(rule for rule in before if rule.module != module)
        self._change(tenant, lambda old: replace(old, rules=kept))
        return len(before) - len(kept)

    def set_default(self, connection: str) -> Connection:
        """Let documents that no rule fits go to a connection."""
        found = self._xt.connection(connection)
        self._change(found.tenant, lambda old: replace(old, default=found.id))
        return found

    def set_master(self, connection: str) -> Connection:
        """Let the new contacts and items of this connection become CRM records, of no other."""
        found = self._xt.connection(connection)
        self._change(found.tenant, lambda old: replace(old, master=found.id))
        return found

    def _field(self, connection: Connection, module: str, asked: str) -> str:
        with self._xt.host.tenant(connection.tenant):
            described = {one.name: one for one in self._xt.host.modules()}
        known = [sync.name for sync in self._xt.modules() if sync.name in described]
        if module not in known:
            raise UnknownModule(module, known)
        fields = described[module].fields
        found = next((f.name for f in fields if asked in (f.name, f.role)), None)
        if found is None:
            names = ", ".join(f.name for f in fields)
            raise NeedsPerson(f"{module} has no field {asked!r}. Use one of: {names}")
        return found

    def _change(self, tenant: str, change: Callable[[Routes], Routes]) -> None:
        """Save, and let the next run of each connection look at every record again."""
        store = self._xt.store
        with store.transaction():
            save_routes(store, tenant, change(load_routes(store, tenant)))
            for connection in store.connections(tenant):
                for sync in self._xt.modules(connection.id):
                    look_again(store, connection.id, sync, self._xt.clock.now())
