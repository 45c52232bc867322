"""A CRM on SQLAlchemy whose records have keys of several columns, numbers and texts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from xtiger.hosts.sqlalchemy import Field, Lines, Module, SQLAlchemyHost
from xtiger.model.records import Tax
from xtiger.ports.clock import Clock

Money = sa.Numeric(20, 4)
#: A key of text that has in it what stands between the columns.
BRANCH = "north~%7E"
_NUMBERS = count(1001)


class Base(DeclarativeBase):
    """All tables of the CRM."""


class Firm(Base):
    """A customer, numbered within its branch."""

    __tablename__ = "keyed_firm"
    branch: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(sa.String(120))
    email: Mapped[str | None] = mapped_column(sa.String(80))


class Thing(Base):
    """What a branch sells."""

    __tablename__ = "keyed_thing"
    branch: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(80))


class Bill(Base):
    """An invoice of a branch, whose customer is one of the same branch."""

    __tablename__ = "keyed_bill"
    branch: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    firm_no: Mapped[int]
    number: Mapped[str | None] = mapped_column(sa.String(40))
    day: Mapped[date | None]
    due: Mapped[date | None]
    status: Mapped[str] = mapped_column(sa.String(20), default="Created")
    firm: Mapped[Firm] = relationship(viewonly=True)
    rows: Mapped[list[Row]] = relationship(
        cascade="all, delete-orphan", order_by="Row.place", overlaps="firm"
    )
    __table_args__ = (
        sa.ForeignKeyConstraint(["branch", "firm_no"], ["keyed_firm.branch", "keyed_firm.no"]),
    )


class Row(Base):
    """A line of an invoice, its key is that of the invoice and a place."""

    __tablename__ = "keyed_row"
    branch: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    bill_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    serial: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    thing_no: Mapped[int | None]
    thing: Mapped[Thing] = relationship(viewonly=True)
    place: Mapped[int | None]
    text: Mapped[str | None] = mapped_column(sa.String(200))
    quantity: Mapped[Decimal | None] = mapped_column(Money)
    price: Mapped[Decimal | None] = mapped_column(Money)
    vat: Mapped[Decimal | None] = mapped_column(Money)
    __table_args__ = (
        sa.ForeignKeyConstraint(["branch", "bill_no"], ["keyed_bill.branch", "keyed_bill.no"]),
        sa.ForeignKeyConstraint(["branch", "thing_no"], ["keyed_thing.branch", "keyed_thing.no"]),
    )


class Receipt(Base):
    """What was paid on an invoice."""

    __tablename__ = "keyed_money"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(sa.String(20))
    bill_no: Mapped[int]
    day: Mapped[date]
    amount: Mapped[Decimal] = mapped_column(Money)
    bill: Mapped[Bill] = relationship()
    __table_args__ = (
        sa.ForeignKeyConstraint(["branch", "bill_no"], ["keyed_bill.branch", "keyed_bill.no"]),
    )


def _next(_: Any) -> int:
    return next(_NUMBERS)


FIRMS = Module(
    "Organizations",
    Firm,
    role="organisation",
    url="https://crm.example/firm/{id}",
    defaults={"branch": BRANCH, "no": _next},
    fields=[
        Field("name", role="organisation.name", required=True),
        Field("email", role="organisation.email"),
    ],
)
THINGS = Module(
    "Products",
    Thing,
    role="product",
    url="https://crm.example/thing/{id}",
    defaults={"branch": BRANCH, "no": _next},
    fields=[
        Field("code", role="product.code", required=True),
        Field("name", role="product.name", required=True),
    ],
)
BILLS = Module(
    "Invoices",
    Bill,
    role="invoice",
    url="https://crm.example/bill/{id}",
    defaults={"branch": BRANCH, "no": _next},
    fields=[
        Field("number", role="invoice.number"),
        Field("firm", role="invoice.organisation", ref="Organizations", required=True),
        Field("day", role="invoice.date"),
        Field("due", role="invoice.due_date"),
        Field("status", role="invoice.status", choices=["Created", "Approved", "Paid"]),
    ],
    lines=Lines(
        "rows",
        order="place",
        defaults={"serial": _next},
        fields=[
            Field("thing", role="line.product", ref="Products"),
            Field("text", role="line.description"),
            Field("quantity", role="line.quantity"),
            Field("price", role="line.unit_price"),
            Field("vat", role="line.tax_rate"),
        ],
    ),
)
MONEY = Module(
    "Payments",
    Receipt,
    role="payment",
    parents=["bill"],
    fields=[
        Field("bill", role="payment.invoice", ref="Invoices", required=True),
        Field("day", role="payment.date", required=True),
        Field("amount", role="payment.amount", required=True),
    ],
)


def build(session: Any, clock: Clock | None = None, *modules: Module) -> SQLAlchemyHost:
    """The CRM as the library sees it."""
    return SQLAlchemyHost(
        session,
        modules=modules or (FIRMS, THINGS, BILLS, MONEY),
        base_currency="GBP",
        taxes=[Tax("1", "VAT", Decimal(20))],
        clock=clock,
    )
