"""The demo CRM's tables, mapped with SQLAlchemy's ORM."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Dialect, ForeignKey, Numeric, String, Text, TypeDecorator
from sqlalchemy.ext.orderinglist import ordering_list
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship
from sqlalchemy.types import TypeEngine

from xtiger.demo.totals import Totals, invoice_totals, line_net

#: Models have a field named date, which hides the type of that name.
Day = date

#: The statuses of an invoice, in the order of its life.
STATUSES = (
    "Created",
    "Approved",
    "Sent",
    "Partially Paid",
    "Paid",
    "Cancel",
    "Credit Invoice",
)
#: What counts as money that arrived.
RECEIVED = "Received"


class Exact(TypeDecorator[Decimal]):
    """A Decimal that stays exact: SQLite has no decimal type, so there it is kept as text."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, NUMERIC elsewhere."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(40))
        return dialect.type_descriptor(Numeric(18, 6))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Decimal to what the driver takes."""
        return str(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        """What the driver gave to Decimal."""
        return None if value is None else Decimal(value)


def _now() -> datetime:
    # Naive UTC, as CRMs on SQLite keep it: the column has no time zone.
    return datetime.now(UTC).replace(tzinfo=None)


class Model(DeclarativeBase):
    """What all tables have: an id, a version for optimistic checks, the moment of change."""

    #: SQLite would hand out the id of a deleted record again, which links must never see.
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    modified: Mapped[datetime] = mapped_column(default=_now, onupdate=_now, index=True)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805  # SQLAlchemy calls it on the class
        return {"version_id_col": cls.__dict__.get("version", Model.version)}


class Organization(Model):
    """A customer, or a supplier, or both."""

    __tablename__ = "organizations"

    number: Mapped[str] = mapped_column(String(40), default="", index=True)
    name: Mapped[str] = mapped_column(String(400), default="", index=True)
    type: Mapped[str] = mapped_column(String(40), default="Customer")
    industry: Mapped[str] = mapped_column(String(80), default="")
    email: Mapped[str] = mapped_column(String(255), default="")
    phone: Mapped[str] = mapped_column(String(60), default="")
    mobile: Mapped[str] = mapped_column(String(60), default="")
    fax: Mapped[str] = mapped_column(String(60), default="")
    website: Mapped[str] = mapped_column(String(255), default="")
    tax_number: Mapped[str] = mapped_column(String(50), default="")
    company_number: Mapped[str] = mapped_column(String(50), default="")
    billing_street: Mapped[str] = mapped_column(Text, default="")
    billing_city: Mapped[str] = mapped_column(String(255), default="")
    billing_region: Mapped[str] = mapped_column(String(255), default="")
    billing_postal_code: Mapped[str] = mapped_column(String(100), default="")
    billing_country: Mapped[str] = mapped_column(String(100), default="")
    shipping_street: Mapped[str] = mapped_column(Text, default="")
    shipping_city: Mapped[str] = mapped_column(String(255), default="")
    shipping_region: Mapped[str] = mapped_column(String(255), default="")
    shipping_postal_code: Mapped[str] = mapped_column(String(100), default="")
    shipping_country: Mapped[str] = mapped_column(String(100), default="")
    xero_sync: Mapped[bool] = mapped_column(default=True)

    # "all": deleting an organisation must not quietly take it off its invoices and people.
    contacts: Mapped[list[Contact]] = relationship(
        back_populates="organization", passive_deletes="all"
    )
    invoices: Mapped[list[Invoice]] = relationship(
        back_populates="organization", passive_deletes="all"
    )

    def __str__(self) -> str:
        return self.name or f"{self.number} (no name)"


class Contact(Model):
    """A person, mostly of an organisation."""

    __tablename__ = "contacts"

    first_name: Mapped[str] = mapped_column(String(100), default="")
    last_name: Mapped[str] = mapped_column(String(100), default="", index=True)
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"), index=True)
    email: Mapped[str] = mapped_column(String(255), default="")
    phone: Mapped[str] = mapped_column(String(60), default="")
    mobile: Mapped[str] = mapped_column(String(60), default="")
    title: Mapped[str] = mapped_column(String(80), default="")
    xero_sync: Mapped[bool] = mapped_column(default=True)

    organization: Mapped[Organization | None] = relationship(back_populates="contacts")

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class _Sold(Model):
    """What products and services have in common."""

    __abstract__ = True

    code: Mapped[str] = mapped_column(String(60), default="", index=True)
    name: Mapped[str] = mapped_column(String(120), default="", index=True)
    description: Mapped[str] = mapped_column(Text, default="")
    sales_price: Mapped[Decimal | None] = mapped_column(Exact)
    sales_account: Mapped[str] = mapped_column(String(20), default="")
    sales_tax: Mapped[str] = mapped_column(String(80), default="")
    active: Mapped[bool] = mapped_column(default=True)
    xero_sync: Mapped[bool] = mapped_column(default=True)

    def __str__(self) -> str:
        return self.name or self.code or f"no name ({self.id})"


class Product(_Sold):
    """A thing that is bought and sold."""

    __tablename__ = "products"

    purchase_price: Mapped[Decimal | None] = mapped_column(Exact)
    purchase_account: Mapped[str] = mapped_column(String(20), default="")


class Service(_Sold):
    """Work that is sold."""

    __tablename__ = "services"


class Tax(Model):
    """A tax that may stand on a line."""

    __tablename__ = "taxes"

    name: Mapped[str] = mapped_column(String(80), unique=True)
    percent: Mapped[Decimal] = mapped_column(Exact)


class CurrencyRow(Model):
    """A currency that invoices may be written in."""

    __tablename__ = "currencies"

    code: Mapped[str] = mapped_column(String(3), unique=True)


class Invoice(Model):
    """An invoice to a customer; its sums are written whenever its lines change."""

    __tablename__ = "invoices"

    number: Mapped[str] = mapped_column(String(60), default="", index=True)
    reference: Mapped[str] = mapped_column(String(255), default="")
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    #: The invoice that it gives back, in whole or in part.
    credits_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"))
    date: Mapped[Day | None] = mapped_column(index=True)
    due_date: Mapped[Day | None] = mapped_column()
    status: Mapped[str] = mapped_column(String(40), default="Created", index=True)
    currency: Mapped[str] = mapped_column(String(3), default="GBP")
    #: Pounds for one unit of the currency.
    rate: Mapped[Decimal] = mapped_column(Exact, default=Decimal(1))
    discount_percent: Mapped[Decimal] = mapped_column(Exact, default=Decimal(0))
    deducted_tax: Mapped[Decimal] = mapped_column(Exact, default=Decimal(0))
    subtotal: Mapped[Decimal] = mapped_column(Exact, default=Decimal(0))
    tax_total: Mapped[Decimal] = mapped_column(Exact, default=Decimal(0))
    total: Mapped[Decimal] = mapped_column(Exact, default=Decimal(0))
    received: Mapped[Decimal] = mapped_column(Exact, default=Decimal(0))
    #: What credit settled of it, as Xero has it.
    credited: Mapped[Decimal] = mapped_column(Exact, default=Decimal(0))
    balance: Mapped[Decimal] = mapped_column(Exact, default=Decimal(0))
    xero_sync: Mapped[bool] = mapped_column(default=True)
    xero_status: Mapped[str] = mapped_column(String(20), default="")
    xero_type: Mapped[str] = mapped_column(String(20), default="")

    organization: Mapped[Organization | None] = relationship(back_populates="invoices")
    contact: Mapped[Contact | None] = relationship()
    lines: Mapped[list[InvoiceLine]] = relationship(
        back_populates="invoice",
        order_by="InvoiceLine.position",
        collection_class=ordering_list("position"),
        cascade="all, delete-orphan",
    )
    payments: Mapped[list[Payment]] = relationship(
        back_populates="invoice", order_by="Payment.date", cascade="all, delete-orphan"
    )

    def __str__(self) -> str:
        return self.number or f"Invoice {self.id}"

    def totals(self) -> Totals:
        """The sums as the lines give them."""
        return invoice_totals(
            [(line.net(), line.percents()) for line in self.lines],
            self.discount_percent or Decimal(0),
            self.deducted_tax or Decimal(0),
        )

    def recompute(self) -> None:
        """Write the sums of lines and head, and what is left to pay."""
        for line in self.lines:
            line.total = line.net()
        totals = self.totals()
        self.subtotal, self.tax_total, self.total = totals.subtotal, totals.tax, totals.total
        settled = (self.received or Decimal(0)) + (self.credited or Decimal(0))
        self.balance = self.total - settled


class InvoiceLine(Model):
    """One line: a product, a service, or free text."""

    __tablename__ = "invoice_lines"

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id"))
    name: Mapped[str] = mapped_column(String(200), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    quantity: Mapped[Decimal | None] = mapped_column(Exact, default=Decimal(1))
    unit_price: Mapped[Decimal] = mapped_column(Exact, default=Decimal(0))
    discount_percent: Mapped[Decimal] = mapped_column(Exact, default=Decimal(0))
    discount_amount: Mapped[Decimal] = mapped_column(Exact, default=Decimal(0))
    tax_name: Mapped[str] = mapped_column(String(80), default="")
    tax_percent: Mapped[Decimal] = mapped_column(Exact, default=Decimal(0))
    #: Only where a line has more than one tax: name and percent of each.
    taxes: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    account: Mapped[str] = mapped_column(String(20), default="")
    total: Mapped[Decimal] = mapped_column(Exact, default=Decimal(0))

    invoice: Mapped[Invoice] = relationship(back_populates="lines")

    def net(self) -> Decimal:
        """The line before tax."""
        zero = Decimal(0)
        return line_net(
            self.quantity if self.quantity is not None else Decimal(1),
            self.unit_price or zero,
            self.discount_percent or zero,
            self.discount_amount or zero,
        )

    def percents(self) -> list[Decimal]:
        """The percentages of its taxes."""
        if self.taxes:
            return [Decimal(str(tax["percent"])) for tax in self.taxes]
        return [self.tax_percent or Decimal(0)]


class Payment(Model):
    """Money for an invoice."""

    __tablename__ = "payments"

    number: Mapped[str] = mapped_column(String(60), default="", index=True)
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    date: Mapped[Day | None] = mapped_column()
    amount: Mapped[Decimal] = mapped_column(Exact, default=Decimal(0))
    mode: Mapped[str] = mapped_column(String(40), default="Bank transfer")
    status: Mapped[str] = mapped_column(String(40), default=RECEIVED)
    reference: Mapped[str] = mapped_column(String(255), default="")
    #: Code of the bank account in Xero; empty leaves it to the mapping.
    account: Mapped[str] = mapped_column(String(60), default="")

    invoice: Mapped[Invoice | None] = relationship(back_populates="payments")

    def __str__(self) -> str:
        return self.number or f"Payment {self.id}"
