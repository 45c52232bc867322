"""The conformance kit where users save by Flask-SQLAlchemy or by asynchronous sessions."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask

from tests.hosts import async_crm, flask_crm
from tests.hosts.async_crm import Crm, Customer
from tests.hosts.conftest import ALL
from tests.hosts.databases import Shared, emptied, shared
from tests.hosts.flask_crm import Company, create_app, db
from tests.hosts.test_sqlalchemy_async import DRIVERS, crm_by
from xtiger.model.records import Write
from xtiger.model.values import Plain
from xtiger.ports import Host
from xtiger.testing.conformance import HostContract


@pytest.fixture(scope="module")
def of_flask() -> Iterator[Shared]:
    with shared(db.metadata) as made:
        yield made


@pytest.fixture(scope="module")
def of_fastapi() -> Iterator[Shared]:
    with shared(async_crm.Model.metadata) as made:
        yield made


class TestFlask(HostContract):
    """Users save within requests; the library works without any context."""

    @pytest.fixture(params=ALL)
    def app(
        self, request: pytest.FixtureRequest, of_flask: Shared, tmp_path: Path
    ) -> Iterator[Flask]:
        with emptied(of_flask, request.param, tmp_path) as address:
            made = create_app(address)
            yield made
            with made.app_context():
                db.engine.dispose()

    @pytest.fixture
    def host(self, app: Flask) -> Host:
        self.served = app
        return flask_crm.make_host(app)

    def sample(self, host: Host, module: str) -> Write:
        return Write({"name": "A company"})

    def edit(self, host: Host, module: str, record_id: str, values: Mapping[str, Plain]) -> None:
        with self.served.app_context():
            company = db.session.get(Company, record_id)
            for name, value in values.items():
                setattr(company, name, value)
            db.session.commit()


class TestAsynchronous(HostContract):
    """Users save by asynchronous sessions; the library works in plain ones."""

    @pytest.fixture(params=DRIVERS)
    def host(
        self, request: pytest.FixtureRequest, of_fastapi: Shared, tmp_path: Path
    ) -> Iterator[Host]:
        database = "sqlite" if request.param == "sqlite" else "postgresql"
        with emptied(of_fastapi, database, tmp_path) as address:
            self.crm = crm_by(request.param, address)
            yield self.crm.host()
            self.crm.plain.kw["bind"].dispose()

    def sample(self, host: Host, module: str) -> Write:
        return Write({"name": "A customer"})

    def edit(self, host: Host, module: str, record_id: str, values: Mapping[str, Plain]) -> None:
        asyncio.run(_edit(self.crm, uuid.UUID(record_id), values))


async def _edit(crm: Crm, key: uuid.UUID, values: Mapping[str, Plain]) -> None:
    async with crm.session.begin() as session:
        customer = await session.get_one(Customer, key)
        for name, value in values.items():
            setattr(customer, name, value)
    await crm.engine.dispose()
