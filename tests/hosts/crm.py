"""A home-made CRM on SQLAlchemy, as the adapter's tests use it: ordinary models, ordinary traps."""

from __future__ import annotations

import enum
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, validates

from xtiger.hosts.sqlalchemy import Field, Lines, Module, SQLAlchemyHost
from xtiger.model.records import Currency, Tax
from xtiger.ports.clock import Clock


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


class Amount(sa.TypeDecorator[Decimal]):
    """Numbers kept exactly: as text on SQLite, which has no decimals of its own."""

    impl = sa.Numeric(20, 4)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """The column's type."""
        kind: Any = sa.String(40) if dialect.name == "sqlite" else sa.Numeric(20, 4)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        """To the database."""
        exact = None if value is None else Decimal(value).quantize(Decimal("0.0001"))
        return str(exact) if exact is not None and dialect.name == "sqlite" else exact

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal | None:
        """From the database."""
        return None if value is None else Decimal(value)


class Model(DeclarativeBase):
    """All tables of the CRM."""


class Tier(enum.Enum):
    """How good a customer is."""

    GOLD = "gold"
    PLAIN = "plain"


class Company(Model):
    """A customer."""

    __tablename__ = "company"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    number: Mapped[str | None] = mapped_column(sa.String(20), unique=True)
    email: Mapped[str] = mapped_column(sa.String(80), default="")
    notes: Mapped[str | None] = mapped_column(sa.Text)
    active: Mapped[bool | None]
    founded: Mapped[date | None]
    seen_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    score: Mapped[float | None]
    staff: Mapped[int | None]
    credit: Mapped[Decimal | None] = mapped_column(Amount)
    tier: Mapped[Tier | None] = mapped_column(sa.Enum(Tier))
    extra: Mapped[Any] = mapped_column(sa.JSON, nullable=True)
    last_login: Mapped[datetime | None]
    xero_sync: Mapped[bool] = mapped_column(default=True)
    modified_at: Mapped[datetime] = mapped_column(default=_now, onupdate=_now)

    @validates("email")
    def _check_email(self, key: str, value: str | None) -> str | None:
        if value and "@" not in value:
            raise ValueError("An e-mail address needs an @.")
        return value


class Person(Model):
    """Somebody at a customer."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    last_name: Mapped[str] = mapped_column(sa.String(80))
    company_id: Mapped[int | None] = mapped_column(sa.ForeignKey("company.id"))
    company: Mapped[Company | None] = relationship()
    trashed_at: Mapped[datetime | None]


class Item(Model):
    """A thing to sell, by a key of its own."""

    __tablename__ = "item"
    id: Mapped[Any] = mapped_column(sa.Uuid, primary_key=True, insert_default=uuid.uuid4)
    kind: Mapped[str] = mapped_column(sa.String(10))
    name: Mapped[str] = mapped_column(sa.String(120))
    code: Mapped[str | None] = mapped_column(sa.String(60))
    price: Mapped[Decimal | None] = mapped_column(Amount)
    __mapper_args__ = {"polymorphic_on": "kind"}


class Product(Item):
    """Goods."""

    __mapper_args__ = {"polymorphic_identity": "product"}


class Service(Item):
    """Work."""

    __mapper_args__ = {"polymorphic_identity": "service"}


class Invoice(Model):
    """What a customer has to pay."""

    __tablename__ = "invoice"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str | None] = mapped_column(sa.String(40), unique=True)
    company_id: Mapped[int] = mapped_column(sa.ForeignKey("company.id"))
    day: Mapped[date | None]
    status: Mapped[str] = mapped_column(sa.String(20), default="Created")
    revision: Mapped[int] = mapped_column(default=1)
    company: Mapped[Company] = relationship()
    lines: Mapped[list[Line]] = relationship(
        back_populates="invoice", cascade="all, delete-orphan", order_by="Line.place"
    )
    payments: Mapped[list[Payment]] = relationship(
        back_populates="invoice", cascade="all, delete-orphan"
    )
    __mapper_args__ = {"version_id_col": revision}


class Line(Model):
    """One line of an invoice."""

    __tablename__ = "line"
    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(sa.ForeignKey("invoice.id"))
    place: Mapped[int | None]
    text: Mapped[str | None] = mapped_column(sa.String(200))
    product_id: Mapped[Any] = mapped_column(sa.ForeignKey("item.id"), nullable=True)
    quantity: Mapped[Decimal] = mapped_column(Amount)
    price: Mapped[Decimal] = mapped_column(Amount)
    invoice: Mapped[Invoice] = relationship(back_populates="lines")


class Payment(Model):
    """Money that came in."""

    __tablename__ = "payment"
    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(sa.ForeignKey("invoice.id"))
    day: Mapped[date]
    amount: Mapped[Decimal] = mapped_column(Amount)
    invoice: Mapped[Invoice] = relationship(back_populates="payments")


STATUSES = ("Created", "Approved", "Paid")

MODULES = [
    Module(
        "Organizations",
        Company,
        role="organisation",
        modified="modified_at",
        url="https://crm.example/company/{id}",
        fields=[
            Field("name", role="organisation.name", required=True),
            Field("number", role="organisation.number"),
            Field("email", role="organisation.email"),
            Field("notes"),
            Field("active"),
            Field("founded"),
            Field("seen_at"),
            Field("staff"),
            Field("score", type="decimal"),
            Field("credit", type="money"),
            Field("tier"),
            Field("extra"),
            Field("xero_sync", role="xtiger.allow_sync"),
        ],
    ),
    Module(
        "Contacts",
        Person,
        role="contact",
        parents=["company"],
        deleted="trashed_at",
        fields=[
            Field("last_name", role="contact.last_name", required=True),
            Field("company", role="contact.organisation", ref="Organizations"),
        ],
    ),
    Module(
        "Products",
        Product,
        role="product",
        fields=[
            Field("name", role="product.name", required=True),
            Field("code", role="product.code"),
            Field("price", role="product.sales_price"),
        ],
    ),
    Module(
        "Services",
        Service,
        role="service",
        fields=[
            Field("name", role="service.name", required=True),
            Field("code", role="service.code"),
            Field("price", role="service.sales_price"),
        ],
    ),
    Module(
        "Invoices",
        Invoice,
        role="invoice",
        version="revision",
        url=lambda key: f"https://crm.example/invoice/{key}",
        fields=[
            Field("number", role="invoice.number"),
            Field("company_id", role="invoice.organisation", ref="Organizations", required=True),
            Field("day", role="invoice.date"),
            Field("status", role="invoice.status", choices=STATUSES),
        ],
        lines=Lines(
            "lines",
            order="place",
            fields=[
                Field("text", role="line.description"),
                Field("product_id", role="line.product", ref="Products"),
                Field("quantity", role="line.quantity", required=True),
                Field("price", role="line.unit_price", required=True),
            ],
        ),
    ),
    Module(
        "Payments",
        Payment,
        role="payment",
        parents=["invoice_id"],
        fields=[
            Field("invoice_id", role="payment.invoice", ref="Invoices", required=True),
            Field("day", role="payment.date"),
            Field("amount", role="payment.amount"),
        ],
    ),
]


def build(session: Any, clock: Clock | None = None, **given: Any) -> SQLAlchemyHost:
    """The CRM as a host."""
    return SQLAlchemyHost(
        session,
        modules=MODULES,
        base_currency="GBP",
        currencies=[Currency("GBP"), Currency("EUR")],
        taxes=[Tax("1", "VAT 20 %", Decimal(20))],
        clock=clock,
        **given,
    )
