"""What the CRM reports: records saved, deleted or restored, sales won, tenants that come and go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xtiger.errors import XTigerError
from xtiger.model.records import Change, Result
from xtiger.services.connections import Connections

if TYPE_CHECKING:
    from xtiger.model.records import Kind, Ref
    from xtiger.ports import Host
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

    def sale_closed(self, ref: Ref) -> Ref | None:
        """Make the invoice of a won sale where the CRM says how; returns it.

        A sale becomes one invoice, however often it is reported. Where the CRM makes none or
        refuses it, extensions are called without an invoice: somebody is to make it. Raises
        BrokenHost where the CRM's function fails: then nothing was made.
        """
        parts, tenant = self._parts, self._parts.tenant()
        with parts.host.tenant(tenant):
            made = _invoice_of(parts.host, ref)
            parts.hooks.robust(
                "sale_closed",
                context=parts.context_of(tenant),
                tenant=tenant,
                ref=ref,
                invoice=made.ref,
                problem=made.problem.message if made.problem is not None else "",
            )
        return made.ref

    def tenant_added(self) -> None:
        """Report that the tenant is new."""
        self._tenant_hook("tenant_added")

    def tenant_removed(self) -> None:
        """End the tenant's connections, then report that it goes; raises XeroUnreachable.

        One that cannot be ended now stops no other.
        """
        connections = Connections(self._parts)
        failed: list[XTigerError] = []
        for connection in connections.all():
            if connection.state == "active":
                try:
                    connections.end(connection)
                except XTigerError as error:
                    failed.append(error)
        if failed:
            raise failed[0]
        self._tenant_hook("tenant_removed")

    def _tenant_hook(self, hook: str) -> None:
        tenant = self._parts.tenant()
        self._parts.hooks.robust(hook, context=self._parts.context_of(tenant), tenant=tenant)


def _invoice_of(host: Host, sale: Ref) -> Result:
    """What became of the invoice of a sale: its address, a problem, or neither."""
    module = next((one.name for one in host.modules() if one.role == "invoice"), None)
    if module is None:
        return Result(None)
    with host.transaction():
        write = host.invoice_of_sale(sale)
        if write is None:
            return Result(None)
        # The key makes it once, in the CRM's own transaction: a rollback takes both away.
        keyed = replace(write, id=None, key=f"sale:{sale.module}:{sale.id}")
        (result,) = host.save(module, [keyed])
    return result if result.problem is None else Result(None, problem=result.problem)
