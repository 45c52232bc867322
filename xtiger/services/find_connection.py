"""Which connection and which tenant a call means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xtiger.errors import (
    NeedsPerson,
    NotConnected,
    TenantMissing,
)
from xtiger.model.connections import Connection

if TYPE_CHECKING:
    from xtiger.ports import Host
    from xtiger.ports.store import ConnectionStore


def find_connection(store: ConnectionStore, name_or_id: str | None, tenant: str) -> Connection:
    """The named connection of a tenant, or its only active one; others are not known.

    Raises NotConnected when there is none, NeedsPerson when several fit.
    """
    known = store.connections(tenant)
    if name_or_id is not None:
        by_id = [c for c in known if c.id == name_or_id]
        fitting = by_id or [c for c in known if name_or_id in (c.name, c.organisation_id)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            ids = ", ".join(c.id for c in fitting)
            raise NeedsPerson(f"Several connections are called {name_or_id!r}. Name the id: {ids}.")
        names = ", ".join(c.name for c in known) or "none"
        raise NeedsPerson(
            f"There is no connection {name_or_id!r}. Known: {names}. See: xtiger connections"
        )
    active = [c for c in known if c.state == "active"]
    if len(active) == 1:
        return active[0]
    if active:
        names = ", ".join(c.name for c in active)
        raise NeedsPerson(f"Several organisations are connected ({names}). Name one: --connection")
    if len(known) == 1:
        return known[0]
    raise NotConnected


def find_tenant(host: Host, tenant: str | None) -> str:
    """The named tenant, or the only one; raises TenantMissing when the CRM has several."""
    if tenant is not None:
        return tenant
    known = list(host.tenants()) or [""]
    if len(known) == 1:
        return known[0]
    raise TenantMissing(host.name)
