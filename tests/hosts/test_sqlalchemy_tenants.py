"""A CRM of several customers in one database: each sees its own records."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    sessionmaker,
)

from xtiger.hosts.sqlalchemy import Field, Lines, Module, SQLAlchemyHost, Tenants
from xtiger.ports import Host
from xtiger.records import Write
from xtiger.testing.conformance import HostContract, TenantContract

_NUMBERS = count(1)


class Model(DeclarativeBase):
    """Each head row says whose it is; lines do not."""


class Order(Model):
    """A record of one customer of the CRM."""

    __tablename__ = "order"
    id: Mapped[int] = mapped_column(primary_key=True)
    org_id: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(100))
    rows: Mapped[list[Row]] = relationship(cascade="all, delete-orphan", back_populates="order")


class Row(Model):
    """A line."""

    __tablename__ = "row"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("order.id"))
    place: Mapped[int | None]
    text: Mapped[str | None]
    order: Mapped[Order] = relationship(back_populates="rows")


MODULE = Module("Orders", Order, fields=[Field("title", required=True)],
                lines=Lines("rows", [Field("text")], order="place"))  # fmt: skip


@pytest.fixture
def host(engine: sa.Engine, sessions: sessionmaker[Session]) -> SQLAlchemyHost:
    """A CRM of two customers."""
    Model.metadata.create_all(engine)
    tenants = Tenants("org_id", lambda: [1, 2])
    return SQLAlchemyHost(sessions, modules=[MODULE], base_currency="GBP", tenant=tenants)


def _sample(self: Any, host: Host, module: str) -> Write:
    return Write({"title": f"Order {next(_NUMBERS)}"}, lines=[{"text": "one"}, {"text": "two"}])


class TestWithinTenant(HostContract):
    """Inside one of two customers."""

    sample = _sample


class TestTenants(TenantContract):
    """Two customers side by side."""

    sample = _sample


@pytest.mark.parametrize(
    "act",
    [
        lambda session: setattr(session.get_one(Row, 1), "text", "other"),
        lambda session: session.execute(sa.update(Row).values(text="other")),
        lambda session: session.delete(session.get_one(Row, 1)),
    ],
    ids=["saved", "in bulk", "deleted"],
)
def test_a_line_belongs_to_the_tenant_of_its_record(
    host: SQLAlchemyHost, sessions: sessionmaker[Session], act: Any
) -> None:
    """A line without a mark of its own counts to the customer of its record."""
    with sessions.begin() as session:
        session.add(Order(id=1, org_id=2, title="Theirs", rows=[Row(id=1, text="one")]))
    kit = TestTenants()
    kit.drain(host)
    with sessions.begin() as session:
        act(session)

    assert [("2", "Orders", "1")] == [
        (row.tenant, row.ref.module, row.ref.id) for row in kit.outbox(host)
    ]
