"""A CRM of several customers in one database: each sees its own records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
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

from tests.hosts.conftest import ALL
from xtiger.hosts.sqlalchemy import Field, Lines, Module, SQLAlchemyHost, Tenants
from xtiger.hosts.tables import TABLES
from xtiger.model.records import Change, Ref, Write
from xtiger.ports import Host
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
    text: Mapped[str | None] = mapped_column(sa.String(100))
    order: Mapped[Order] = relationship(back_populates="rows")


MODULE = Module(
    "Orders",
    Order,
    fields=[Field("title", required=True)],
    lines=Lines("rows", [Field("text")], order="place"),
)


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


@pytest.mark.parametrize("engine", ALL, indirect=True)
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


class Note(Model):
    """A record whose customer and key are words."""

    __tablename__ = "note"
    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(sa.String(40))
    title: Mapped[str] = mapped_column(sa.String(100), default="")


#: Customers, and keys, that a database may take for one.
ALIKE = ("kea", "Kea", "kéa")


@pytest.mark.parametrize("engine", ALL, indirect=True)
def test_tenants_that_differ_in_case_or_accent_alone_are_two(
    engine: sa.Engine, sessions: sessionmaker[Session]
) -> None:
    """MariaDB compares words more loosely than people: no record is read, found or deleted."""
    Model.metadata.create_all(engine)
    host = SQLAlchemyHost(
        sessions,
        modules=[Module("Notes", Note, fields=[Field("title")])],
        base_currency="GBP",
        tenant=Tenants("owner", lambda: ALIKE),
    )
    with sessions.begin() as session:
        session.add_all([Note(id=f"n{n}", owner=one) for n, one in enumerate(ALIKE)])
    kit = TestTenants()
    seen, found = {}, {}
    for tenant in ALIKE:
        with host.tenant(tenant):
            seen[tenant] = sorted(one.ref.id for one in kit.walk(host, "Notes", 50))
            found[tenant] = sorted(host.get("Notes", ["n0", "n1", "n2"]))
            host.delete("Notes", [f"n{n}" for n, one in enumerate(ALIKE) if one != tenant])

    assert {"kea": ["n0"], "Kea": ["n1"], "kéa": ["n2"]} == seen == found


@pytest.mark.parametrize("engine", ALL, indirect=True)
def test_an_id_in_other_letters_is_no_record(
    engine: sa.Engine, sessions: sessionmaker[Session]
) -> None:
    """Asked for N1, a CRM that has n1 has nothing, and nothing is changed there."""
    Model.metadata.create_all(engine)
    host = SQLAlchemyHost(
        sessions, modules=[Module("Notes", Note, fields=[Field("title")])], base_currency="GBP"
    )
    with sessions.begin() as session:
        session.add(Note(id="n1", owner="kea"))

    read = host.get("Notes", ["N1", "ñ1"])
    (changed,) = host.save("Notes", [Write({"title": "Other"}, id="N1")])
    (deleted,) = host.delete("Notes", ["N1"])

    assert {} == read
    assert None not in (changed.problem, deleted.problem)
    assert "" == host.get("Notes", ["n1"])["n1"].values["title"]


@pytest.mark.parametrize("engine", ALL, indirect=True)
def test_tables_of_an_earlier_release_become_exact(engine: sa.Engine, host: SQLAlchemyHost) -> None:
    """Made with the database's own collation, they keep what waits and fold no two records."""
    host.create_tables()
    if engine.dialect.name == "mysql":
        with engine.begin() as db:
            for name in TABLES:
                db.execute(
                    sa.text(
                        f"ALTER TABLE {name} CONVERT TO CHARACTER SET utf8mb4 "
                        "COLLATE utf8mb4_general_ci"
                    )
                )
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    host.note(Change(Ref("Orders", "old"), "updated", noon, tenant="1"))

    host.create_tables()
    for key in ("a", "A", "ä"):
        host.note(Change(Ref("Orders", key), "updated", noon, tenant="1"))

    rows = host.outbox(noon + timedelta(hours=1))
    assert {"old", "a", "A", "ä"} == {row.ref.id for row in rows}
