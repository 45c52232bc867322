"""A CRM for adapters with a mistake in them: its models, its sessions, and one sound adapter."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, sessionmaker
from sqlalchemy.pool import StaticPool

Day = date


class Base(DeclarativeBase):
    """All tables."""


class Plain:
    """No model at all."""


class Company(Base):
    """A customer."""

    __tablename__ = "company"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None]
    staff: Mapped[int | None]
    slug: Mapped[int]
    founded: Mapped[Day | None]
    changed_at: Mapped[datetime | None]


class Ware(Base):
    """Something that is sold."""

    __tablename__ = "ware"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    name: Mapped[str]
    price: Mapped[Decimal | None] = mapped_column(sa.Numeric(18, 4))
    old_price: Mapped[Decimal | None] = mapped_column(sa.Numeric(18, 2))


class Bill(Base):
    """An invoice."""

    __tablename__ = "bill"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    company_id: Mapped[int | None] = mapped_column(sa.ForeignKey("company.id"))
    day: Mapped[Day | None]
    status: Mapped[str | None]
    company: Mapped[Company | None] = relationship()
    lines: Mapped[list[Line]] = relationship(cascade="all, delete-orphan")


class Line(Base):
    """One line of an invoice."""

    __tablename__ = "line"
    id: Mapped[int] = mapped_column(primary_key=True)
    bill_id: Mapped[int] = mapped_column(sa.ForeignKey("bill.id"))
    place: Mapped[int | None]
    ware_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ware.id"))
    text: Mapped[str | None]
    quantity: Mapped[Decimal | None] = mapped_column(sa.Numeric(18, 4))
    price: Mapped[Decimal | None] = mapped_column(sa.Numeric(18, 4))
    ware: Mapped[Ware | None] = relationship()


class Receipt(Base):
    """A payment."""

    __tablename__ = "receipt"
    id: Mapped[int] = mapped_column(primary_key=True)
    bill_id: Mapped[int | None] = mapped_column(sa.ForeignKey("bill.id"))
    day: Mapped[Day | None]
    amount: Mapped[Decimal | None] = mapped_column(sa.Numeric(18, 2))
    bill: Mapped[Bill | None] = relationship()


Session = sessionmaker(sa.create_engine("sqlite://", poolclass=StaticPool))
Base.metadata.create_all(Session.kw["bind"])

#: An adapter without a mistake.
SOUND: Final = """\
from tests.cli.mistaken_crm import Bill, Company, Line, Plain, Receipt, Session, Ware
from xtiger.hosts.sqlalchemy import Field, Lines, Module, SQLAlchemyHost
from xtiger.records import Tax

SITE = "https://crm.example"
companies = Module(
    "Organizations", Company, role="organisation",
    modified="changed_at",
    url=f"{SITE}/companies/{{id}}",
    defaults={"slug": 0},
    fields=[
        Field("name", role="organisation.name"),
        Field("email", role="organisation.email"),
        Field("staff"),
    ],
)
wares = Module(
    "Products", Ware, role="product",
    fields=[
        Field("code", role="product.code"),
        Field("name", role="product.name"),
        Field("price", role="product.sales_price"),
    ],
)
bills = Module(
    "Invoices", Bill, role="invoice",
    url=f"{SITE}/bills/{{id}}",
    fields=[
        Field("number", role="invoice.number"),
        Field("company", role="invoice.organisation", ref="Organizations"),
        Field("day", role="invoice.date"),
        Field("status", role="invoice.status", choices=["Draft", "Sent"]),
    ],
    lines=Lines("lines", order="place", fields=[
        Field("ware", role="line.product", ref="Products"),
        Field("text", role="line.description"),
        Field("quantity", role="line.quantity"),
        Field("price", role="line.unit_price"),
    ]),
)
payments = Module(
    "Payments", Receipt, role="payment",
    parents=["bill"],
    fields=[
        Field("bill", role="payment.invoice", ref="Invoices"),
        Field("day", role="payment.date"),
        Field("amount", role="payment.amount"),
    ],
)
MODULES = [companies, wares, bills, payments]


def make_host():
    return SQLAlchemyHost(
        Session,
        modules=MODULES,
        base_currency="GBP",
        taxes=[Tax("1", "VAT", 20)],
    )
"""
