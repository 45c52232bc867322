"""The part of the conformance kit for hosts of several tenants."""

# ruff: noqa: SIM300  the expected value stands first, as in all tests

from __future__ import annotations

import pytest

from xtiger.errors import XTigerError
from xtiger.ports.host import Host
from xtiger.testing.conformance_kit import Kit


class TenantContract(Kit):
    """Subclass it beside HostContract where the CRM has several customers.

    `host` is a fresh CRM of at least two tenants; none is entered.
    """

    def test_tenants_do_not_see_each_other(self, host: Host) -> None:
        """A record of one tenant is neither read, found, changed nor deleted by another."""
        tenants = host.tenants()
        with host.tenant(tenants[0]):
            module = self.first(host, "update", "delete")
            ref = self.make(host, module.name)
        with host.tenant(tenants[1]):
            read = dict(host.get(module.name, [ref.id]))
            walked = self.walk(host, module.name, 50)
            (deleted,) = host.delete(module.name, [ref.id])

        assert ({}, [], True) == (read, walked, deleted.problem is not None)

    def test_changes_carry_their_tenant(self, host: Host) -> None:
        """The outbox says whose record was changed; within a tenant only its rows are returned."""
        tenants = host.tenants()
        for tenant in tenants[:2]:
            with host.tenant(tenant):
                module = self.first(host)
                self.make(host, module.name)
        with host.tenant(tenants[0]):
            inside = {row.tenant for row in self.outbox(host)}

        assert ({tenants[0]}, set(tenants[:2])) == (inside, {r.tenant for r in self.outbox(host)})

    def test_without_a_tenant_nothing_is_read(self, host: Host) -> None:
        """A host of several tenants refuses to read before one is entered."""
        with pytest.raises(XTigerError):
            host.changed_since(host.modules()[0].name, None)

    def test_an_unknown_tenant_is_refused(self, host: Host) -> None:
        """Entering a tenant that is not there raises an error of the library."""
        with pytest.raises(XTigerError), host.tenant("no such tenant"):
            pass
