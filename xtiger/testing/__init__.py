"""For authors of host adapters: `check_host` looks a CRM over, `HostContract` tests an adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xtiger.testing.check import check_host

__all__ = ["HostContract", "TenantContract", "check_host"]

if TYPE_CHECKING:
    from xtiger.testing.conformance import HostContract, TenantContract
else:  # a type checker would take any name from a __getattr__

    def __getattr__(name: str) -> object:
        """The contracts on demand: they need pytest, which a running CRM does not have."""
        if name in ("HostContract", "TenantContract"):
            from xtiger.testing import conformance

            return getattr(conformance, name)
        raise AttributeError(name)
