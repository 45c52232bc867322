"""What the CRM reports: records saved, deleted or restored, sales won, tenants that come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xtiger.model.records import Change
from xtiger.services.connections import Connections

if TYPE_CHECKING:
    from xtiger.model.records import Kind, Ref
    from xtiger.services.parts import Parts


class CrmEvents:
    """Puts changes into the CRM's outbox within its transaction, and reports to extensions."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def changed(self, ref: Ref, kind: Kind, hook: str) -> None:
        """Note the change of a record, and call the hook of this name with it."""
        tenant = self._parts.tenant()
        change = Change(ref, kind, self._parts.clock.now(), tenant=tenant)
        with self._parts.host.tenant(tenant):
            self._parts.host.note(change)
            self._parts.hooks.robust(
                hook, context=self._parts.context_of(tenant), tenant=tenant, change=change
            )

    def sale_closed(self, ref: Ref) -> None:
        """Report a won sale, which may become an invoice."""
        tenant = self._parts.tenant()
        with self._parts.host.tenant(tenant):
            self._parts.hooks.robust(
                "sale_closed", context=self._parts.context_of(tenant), tenant=tenant, ref=ref
            )

    def tenant_added(self) -> None:
        """Report that the tenant is new."""
        self._tenant_hook("tenant_added")

    def tenant_removed(self) -> None:
        """End the tenant's connections, then report that it goes; raises XeroUnreachable."""
        connections = Connections(self._parts)
        for connection in connections.all():
            if connection.state == "active":
                connections.end(connection)
        self._tenant_hook("tenant_removed")

    def _tenant_hook(self, hook: str) -> None:
        tenant = self._parts.tenant()
        self._parts.hooks.robust(hook, context=self._parts.context_of(tenant), tenant=tenant)
