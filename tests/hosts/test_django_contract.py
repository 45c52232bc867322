"""The Django adapter passes the conformance kit on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from xtiger.hosts.django import DjangoHost
from xtiger.model.records import Write
from xtiger.model.values import Plain
from xtiger.ports import Host
from xtiger.testing.conformance import HostContract
from xtiger.testing.conformance_changes import ChangeContract

_NUMBERS = count(1)


@pytest.fixture
def host(django_crm: DjangoHost) -> Host:
    return django_crm


def sample(host: Host, module: str) -> Write:
    """A new record of the CRM."""

    def made(other: str) -> str:
        ref = host.save(other, [sample(host, other)])[0].ref
        assert ref is not None
        return ref.id

    number = next(_NUMBERS)
    if module == "Organizations":
        return Write({"name": f"Company {number}", "number": f"A{number}"})
    if module == "Contacts":
        return Write({"last_name": f"Person {number}", "company": made("Organizations")})
    if module in ("Products", "Services"):
        return Write({"name": f"Thing {number}", "price": Decimal("9.99")})
    if module == "Invoices":
        line = {"quantity": Decimal(2), "price": Decimal("1.5"), "text": "one"}
        values: dict[str, Plain] = {"company_id": made("Organizations"), "day": date(2026, 1, 1)}
        lines = [line, {**line, "text": "two"}]
        return Write({**values, "number": f"INV-{number}"}, lines=lines)
    return Write({"invoice_id": made("Invoices"), "day": date(2026, 2, 1), "amount": Decimal(3)})


class TestOwnWrites(HostContract):
    """What the library itself writes."""

    def sample(self, host: Host, module: str) -> Write:
        return sample(host, module)


class TestUsersWrites(ChangeContract):
    """Edits are made by the CRM's own code, without any transaction around them."""

    def sample(self, host: Host, module: str) -> Write:
        return sample(host, module)

    def edit(self, host: Host, module: str, record_id: str, values: Mapping[str, Plain]) -> None:
        from tests.djangocrm import models

        names = {"Organizations": "Company", "Contacts": "Person"}
        model: Any = getattr(models, names.get(module, module.rstrip("s")))
        owner = model.objects.get(pk=record_id)
        for name, value in values.items():
            setattr(owner, name, value)
        owner.save()
