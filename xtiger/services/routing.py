"""The service for routes: which records go to which of several connections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from xtiger.engine.observe.look_again import look_again
from xtiger.errors import NeedsPerson, UnknownModule
from xtiger.rules.routing import Routes, Rule
from xtiger.services.syncing.router import load_routes, save_routes

if TYPE_CHECKING:
    from xtiger.model.connections import Connection
    from xtiger.services.parts import Parts


class Routing:
    """What an administrator does: show and change the routes; the next syncs act by them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> Routes:
        """What was decided for the tenant."""
        return load_routes(self._parts.store, self._parts.tenant())

    def set_rule(self, module: str, field: str, value: str, connection: str) -> Rule:
        """Let records with this value go to a connection; an older rule of this value is replaced.

        `connection` is a name or id, `field` a field of the CRM by name or role. Raises
        UnknownModule and NeedsPerson.
        """
        found = self._parts.connection(connection)
        name = self._field(found, module, field)
        rule = Rule(module, name, value, found.id)

        def change(old: Routes) -> Routes:
            kept = [r for r in old.rules if (r.module, r.field, r.value) != (module, name, value)]
            return replace(old, rules=(*kept, rule))

        self._change(found.tenant, change)
        return rule

    def drop_rules(self, module: str) -> int:
        """Take all rules of a module away; returns how many there were."""
        tenant = self._parts.tenant()
        before = self.routes().rules
        kept = tuple(rule for rule in before if rule.module != module)
        self._change(tenant, lambda old: replace(old, rules=kept))
        return len(before) - len(kept)

    def drop_rule(self, module: str, field: str, value: str) -> bool:
        """Take one rule away; returns whether there was one."""
        asked = (module, field, value)
        before = self.routes().rules
        kept = tuple(rule for rule in before if (rule.module, rule.field, rule.value) != asked)
        if len(kept) == len(before):
            return False
        self._change(self._parts.tenant(), lambda old: replace(old, rules=kept))
        return True

    def set_default(self, connection: str) -> Connection:
        """Let documents that no rule fits go to a connection."""
        found = self._parts.connection(connection)
        self._change(found.tenant, lambda old: replace(old, default=found.id))
        return found

    def set_master(self, connection: str) -> Connection:
        """Let the new contacts and items of this connection become CRM records, of no other."""
        found = self._parts.connection(connection)
        self._change(found.tenant, lambda old: replace(old, master=found.id))
        return found

    def set_all(self, routes: Routes) -> None:
        """Put these in the place of all that was decided; raises UnknownModule, NeedsPerson."""
        for rule in routes.rules:
            self._field(self._parts.connection(rule.connection_id), rule.module, rule.field)
        self._change(self._parts.tenant(), lambda _old: routes)

    def _field(self, connection: Connection, module: str, asked: str) -> str:
        described = {one.name: one for one in self._parts.described()}
        known = [sync.name for sync in self._parts.modules() if sync.name in described]
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
        store = self._parts.store
        with store.transaction():
            save_routes(store, tenant, change(load_routes(store, tenant)))
            for connection in store.connections(tenant):
                for sync in self._parts.modules(connection.id):
                    look_again(store, connection.id, sync, self._parts.clock.now())
