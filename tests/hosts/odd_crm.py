"""A CRM that keeps its values in every way that CRMs do, and the library on it with a sandbox."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, sessionmaker

from tests.hosts.odd_books import CUSTOMER, MONEY_FACTS, Books, connected
from tests.world import MovingClock
from xtiger.hosts.sqlalchemy import Field, Lines, Module, SQLAlchemyHost

Money = sa.Numeric(12, 4)


class Stage(enum.Enum):
    """A status that is kept by its name."""

    DRAFT = 1
    APPROVED = 2


class Phase(enum.StrEnum):
    """A status that is kept by its value."""

    OPEN = "draft"
    DONE = "approved"


class Base(DeclarativeBase):
    """The CRM's tables."""


class Firm(Base):
    """A customer."""

    __tablename__ = "firm"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    days: Mapped[int | None]


class Bill(Base):
    """An invoice; each test uses the columns that it is about."""

    __tablename__ = "bill"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str | None] = mapped_column(sa.String(40))
    firm_id: Mapped[int | None] = mapped_column(sa.ForeignKey("firm.id"))
    day: Mapped[date | None]
    moment: Mapped[datetime | None] = mapped_column(sa.DateTime)
    aware: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    due: Mapped[date | None]
    status: Mapped[str | None] = mapped_column(sa.String(20))
    stage: Mapped[Stage | None] = mapped_column(sa.Enum(Stage))
    phase: Mapped[Phase | None] = mapped_column(
        sa.Enum(Phase, values_callable=lambda phases: [one.value for one in phases])
    )
    word: Mapped[str | None] = mapped_column(sa.String(20))
    net: Mapped[Decimal | None] = mapped_column(Money)
    vat: Mapped[Decimal | None] = mapped_column(Money)
    total: Mapped[Decimal | None] = mapped_column(Money)
    total_cents: Mapped[int | None]
    off: Mapped[Decimal | None] = mapped_column(Money)
    off_percent: Mapped[Decimal | None] = mapped_column(Money)
    rows: Mapped[list[Row]] = relationship(cascade="all, delete-orphan", order_by="Row.id")


class Row(Base):
    """A line of an invoice."""

    __tablename__ = "row"
    id: Mapped[int] = mapped_column(primary_key=True)
    bill_id: Mapped[int | None] = mapped_column(sa.ForeignKey("bill.id"))
    text: Mapped[str | None] = mapped_column(sa.String(80))
    quantity: Mapped[Decimal | None] = mapped_column(Money)
    price: Mapped[Decimal | None] = mapped_column(Money)
    price_cents: Mapped[int | None]
    price_float: Mapped[float | None]
    rate: Mapped[Decimal | None] = mapped_column(Money)
    rate_fraction: Mapped[Decimal | None] = mapped_column(sa.Numeric(6, 4))
    vat: Mapped[Decimal | None] = mapped_column(Money)
    off: Mapped[Decimal | None] = mapped_column(Money)
    off_percent: Mapped[Decimal | None] = mapped_column(Money)
    net: Mapped[Decimal | None] = mapped_column(Money)
    total: Mapped[Decimal | None] = mapped_column(Money)


FIRMS = Module(
    "Organizations", Firm, role="organisation", fields=[Field("name", role="organisation.name")]
)
#: Role → the field that has it unless a test says otherwise.
HEAD = {
    "invoice.number": Field("number", role="invoice.number"),
    "invoice.organisation": Field("firm_id", role="invoice.organisation", ref="Organizations"),
    "invoice.date": Field("day", role="invoice.date"),
    "invoice.due_date": Field("due", role="invoice.due_date"),
    "invoice.status": Field(
        "status", role="invoice.status", choices=["Created", "Approved", "Paid", "Cancel"]
    ),
}
LINE = {
    "line.description": Field("text", role="line.description"),
    "line.quantity": Field("quantity", role="line.quantity"),
    "line.unit_price": Field("price", role="line.unit_price"),
    "line.tax_rate": Field("rate", role="line.tax_rate"),
}


def bills(*fields: Field, lines: Sequence[Field] = (), without: Sequence[str] = ()) -> Module:
    """The invoices with these fields in place of those of the same roles."""
    head = {**HEAD, **{str(one.role): one for one in fields}}
    line = {**LINE, **{str(one.role): one for one in lines}}
    return Module(
        "Invoices",
        Bill,
        role="invoice",
        fields=[one for role, one in head.items() if role not in without],
        lines=Lines("rows", [one for role, one in line.items() if role not in without]),
    )


@dataclass
class SqlBooks(Books):
    """The CRM on SQLAlchemy."""

    session: sessionmaker[Any]

    def make(self, rows: Sequence[dict[str, Any]], values: dict[str, Any]) -> int:
        with self.session() as session:
            firm = session.scalar(sa.select(Firm)) or Firm(name=CUSTOMER)
            session.add(firm)
            session.flush()
            made = Bill(**values, firm_id=firm.id)
            made.rows = [Row(**row) for row in rows]
            session.add(made)
            session.commit()
            return int(made.id)

    def of_crm(self, bill: int) -> Bill:
        with self.session() as session:
            found: Bill = session.get_one(Bill, bill)
            _ = [row.text for row in found.rows]
            session.expunge_all()
            return found

    def edit(self, bill: int, **values: Any) -> None:
        with self.session() as session:
            found = session.get_one(Bill, bill)
            for name, value in values.items():
                setattr(found, name, value)
            session.commit()

    def numbered(self, number: str) -> int | None:
        with self.session() as session:
            found: int | None = session.scalar(sa.select(Bill.id).where(Bill.number == number))
            return found


@contextmanager
def books(
    folder: Path,
    invoices: Module,
    *more: Module,
    firms: Module = FIRMS,
    options: dict[str, Any] | None = None,
    **given: Any,
) -> Iterator[SqlBooks]:
    """Such a CRM, connected; `options` of the invoices' mapping, `given` to the host."""
    engine = sa.create_engine(f"sqlite:///{folder / 'crm.db'}")
    Base.metadata.create_all(engine)
    session, clock = sessionmaker(engine, expire_on_commit=False), MovingClock()
    host = SQLAlchemyHost(
        session, modules=[firms, invoices, *more], clock=clock, **{**MONEY_FACTS, **given}
    )
    try:
        with connected(host, clock, folder, options) as world:
            yield SqlBooks(world, session)
    finally:
        engine.dispose()
