"""The SQLAlchemy adapter passes the conformance kit on SQLite, PostgreSQL and MariaDB."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.hosts.conftest import ALL
from tests.hosts.crm import Company, Invoice, Item, Model, Payment, Person
from tests.hosts.databases import Shared, emptied, shared
from xtiger.model.records import Write
from xtiger.model.values import Plain
from xtiger.ports import Host
from xtiger.testing.conformance import HostContract
from xtiger.testing.conformance_changes import ChangeContract

_NUMBERS = count(1)
_MODELS: Mapping[str, type[Model]] = {
    "Organizations": Company,
    "Contacts": Person,
    "Products": Item,
    "Services": Item,
    "Invoices": Invoice,
    "Payments": Payment,
}


@pytest.fixture(scope="module")
def databases() -> Iterator[Shared]:
    with shared(Model.metadata) as made:
        yield made


@pytest.fixture(params=ALL)
def engine(
    request: pytest.FixtureRequest, databases: Shared, tmp_path: Path
) -> Iterator[sa.Engine]:
    with emptied(databases, request.param, tmp_path) as address:
        made = sa.create_engine(address)
        yield made
        made.dispose()


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
    """What the library itself writes, in sessions of its own."""

    def sample(self, host: Host, module: str) -> Write:
        return sample(host, module)


class TestUsersWrites(ChangeContract):
    """Edits are made by the CRM's own code, in its own session."""

    @pytest.fixture(autouse=True)
    def _own_sessions(self, sessions: sessionmaker[Session]) -> None:
        self.sessions = sessions

    def sample(self, host: Host, module: str) -> Write:
        return sample(host, module)

    def edit(self, host: Host, module: str, record_id: str, values: Mapping[str, Plain]) -> None:
        with self.sessions.begin() as session:
            owner = session.get(_MODELS[module], int(record_id))
            for name, value in values.items():
                setattr(owner, name, value)
