"""The reference host passes the conformance kit, in memory, in a file and with tenants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Tax, Write
from xtiger.model.values import Plain
from xtiger.ports import Host
from xtiger.testing.conformance import HostContract, TenantContract

_NUMBERS = count(1)


def _first(host: Host, module: str, values: Mapping[str, Plain]) -> str:
    (result,) = host.save(module, [Write(values)])
    assert result.ref is not None, result.problem
    return result.ref.id


class MemoryContract(HostContract):
    """What all its forms share."""

    def sample(self, host: Host, module: str) -> Write:
        """A new record of a standard module."""
        number = next(_NUMBERS)
        if module == "Organizations":
            return Write({"accountname": f"Company {number}", "account_no": f"A{number}"})
        if module == "Contacts":
            company = _first(host, "Organizations", {"accountname": "Employer"})
            return Write({"lastname": f"Person {number}", "account_id": company})
        if module in ("Products", "Services"):
            prefix = "product" if module == "Products" else "service"
            return Write({f"{prefix}name": f"Thing {number}", "unit_price": Decimal("9.99")})
        if module == "Invoices":
            company = _first(host, "Organizations", {"accountname": "Buyer"})
            line = {"quantity": Decimal(2), "listprice": Decimal("1.5"), "comment": "one"}
            lines = [line, {**line, "comment": "two"}]
            values: dict[str, Plain] = {"account_id": company, "invoicedate": date(2026, 1, 1)}
            return Write({**values, "invoice_no": f"INV-{number}"}, lines=lines)
        invoice = host.save("Invoices", [self.sample(host, "Invoices")])[0].ref
        assert invoice is not None
        paid: dict[str, Any] = {"paymentdate": date(2026, 2, 1), "amount": Decimal(3)}
        return Write({"invoice_id": invoice.id, **paid})


TAXES = [Tax("1", "VAT 20 %", Decimal(20))]


class TestInMemory(MemoryContract):
    """In memory, keeping what was deleted."""

    @pytest.fixture
    def host(self) -> Iterator[Host]:
        host = MemoryHost(modules=standard_modules(), taxes=TAXES)
        yield host
        host.close()


class TestInFile(MemoryContract):
    """In a file, forgetting what was deleted."""

    @pytest.fixture
    def host(self, tmp_path: Path) -> Iterator[Host]:
        host = MemoryHost(modules=standard_modules(), path=tmp_path / "crm.db", tombstones=False)
        yield host
        host.close()


def two_tenants() -> Iterator[Host]:
    """A CRM of two customers."""
    host = MemoryHost(modules=standard_modules(), tenants=("north", "south"))
    yield host
    host.close()


class TestWithinTenant(MemoryContract):
    """Inside one of two customers."""

    @pytest.fixture
    def host(self) -> Iterator[Host]:
        yield from two_tenants()


class TestTenants(TenantContract):
    """Two customers side by side."""

    sample = MemoryContract.sample

    @pytest.fixture
    def host(self) -> Iterator[Host]:
        yield from two_tenants()
