"""The conformance kit: the checks that every host adapter passes, as pytest classes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from xtiger.ports.host import Host
from xtiger.testing.conformance_changes import ChangeContract
from xtiger.testing.conformance_identity import IdentityContract
from xtiger.testing.conformance_reading import ReadingContract
from xtiger.testing.conformance_records import RecordContract
from xtiger.testing.conformance_tenants import TenantContract


class HostContract(RecordContract, ReadingContract, ChangeContract, IdentityContract):
    """Subclass it as Test…, give a fixture `host` and a method `sample`.

    `host` is a fresh, empty CRM for each test. `sample` answers a new record that the host
    takes, another one each time, and makes the records it points to. Override `edit` and
    `later` where the CRM has its own way of changing records or its own clock.
    """

    @pytest.fixture(autouse=True)
    def _first_tenant(self, host: Host) -> Iterator[None]:
        tenants = host.tenants()
        if len(tenants) < 2:
            yield
        else:
            with host.tenant(tenants[0]):
                yield


__all__ = ["HostContract", "TenantContract"]
