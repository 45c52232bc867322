"""A small CRM on FastAPI and asynchronous SQLAlchemy: UUID keys, soft delete, enums, GST."""

import enum
import os
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from html import escape

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from pydantic import BaseModel
from sqlalchemy import Enum, ForeignKey, Numeric, create_engine, func, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, sessionmaker
from starlette.middleware.sessions import SessionMiddleware

DATABASE = os.environ.get("CRM_DATABASE", "sqlite:///crm.db")
engine = create_async_engine(DATABASE.replace("sqlite:", "sqlite+aiosqlite:"))
#: XTiger works in plain sessions, and sees by their class what the asynchronous ones save.
Plain = sessionmaker(create_engine(DATABASE))
Session = async_sessionmaker(engine, sync_session_class=Plain.class_, expire_on_commit=False)
GST, CENT = Decimal(15), Decimal("0.01")
#: Who works here. A real CRM asks for a password.
STAFF = {"anna": "bookkeeper", "ben": "seller"}


class Base(DeclarativeBase):
    """All tables."""

    type_annotation_map = {Decimal: Numeric(12, 4)}
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, insert_default=uuid.uuid4)


class Kept(Base):
    """A record with a history: it is marked as deleted, never removed."""

    __abstract__ = True
    updated_at: Mapped[datetime] = mapped_column(
        insert_default=func.now(), onupdate=func.now(), server_default=func.now()
    )
    deleted_at: Mapped[datetime | None]


class Customer(Kept):
    """A company that buys."""

    __tablename__ = "customer"
    legal_name: Mapped[str]
    email: Mapped[str | None]
    gst_number: Mapped[str | None]
    address: Mapped[str | None]
    city: Mapped[str | None]


class Product(Kept):
    """Something that is sold."""

    __tablename__ = "product"
    code: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str]
    unit_price: Mapped[Decimal]


class Status(enum.Enum):
    """The life of an invoice."""

    DRAFT = "Draft"
    SENT = "Sent"
    PAID = "Paid"
    VOID = "Void"


WORDS = Enum(Status, values_callable=lambda members: [member.value for member in members])


class Invoice(Kept):
    """An invoice, with GST on each line."""

    __tablename__ = "invoice"
    number: Mapped[str]
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer.id"))
    invoice_date: Mapped[date]
    due_date: Mapped[date]
    status: Mapped[Status] = mapped_column(WORDS, insert_default=Status.DRAFT)
    total_incl_gst: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    customer: Mapped[Customer] = relationship(lazy="joined")
    lines: Mapped[list["InvoiceLine"]] = relationship(
        cascade="all, delete-orphan", order_by="InvoiceLine.position", lazy="selectin"
    )


class InvoiceLine(Base):
    """One line of an invoice."""

    __tablename__ = "invoice_line"
    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("invoice.id"))
    product_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("product.id"))
    position: Mapped[int] = mapped_column(insert_default=0)
    description: Mapped[str]
    quantity: Mapped[Decimal]
    unit_price: Mapped[Decimal]
    gst_rate: Mapped[Decimal] = mapped_column(insert_default=GST)
    product: Mapped[Product | None] = relationship()


class Payment(Base):
    """Money that came in for an invoice."""

    __tablename__ = "payment"
    invoice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("invoice.id"))
    received_on: Mapped[date]
    amount: Mapped[Decimal]
    invoice: Mapped[Invoice] = relationship()


class NewInvoice(BaseModel):
    """What is needed to write an invoice for one product."""

    client_id: uuid.UUID
    sku: str
    quantity: Decimal
    issued: date


app = FastAPI()


def worker(request: Request) -> str:
    """The name of who is logged in."""
    if "user" not in request.session:
        raise HTTPException(401)
    return request.session["user"]


@app.post("/login")
async def login(request: Request, given: dict[str, str]):
    """Say who you are."""
    if given["user"] not in STAFF:
        raise HTTPException(403)
    request.session["user"] = given["user"]
    return {"id": given["user"]}


@app.post("/clients", dependencies=[Depends(worker)])
async def add_customer(given: dict[str, str]):
    """Save a new customer."""
    async with Session.begin() as session:
        customer = Customer(
            legal_name=given["name"], email=given.get("mail"), city=given.get("town")
        )
        session.add(customer)
    return {"id": customer.id}


@app.delete("/clients/{key}", dependencies=[Depends(worker)])
async def delete_customer(key: uuid.UUID):
    """Mark a customer as deleted."""
    async with Session.begin() as session:
        (await session.get_one(Customer, key)).deleted_at = func.now()
    return {"id": key}


@app.post("/items", dependencies=[Depends(worker)])
async def add_product(given: dict[str, str]):
    """Save a new product."""
    price = Decimal(given["price"])
    async with Session.begin() as session:
        product = Product(code=given["sku"], label=given["title"], unit_price=price)
        session.add(product)
    return {"id": product.id}


@app.post("/invoices", dependencies=[Depends(worker)])
async def add_invoice(given: NewInvoice):
    """Write an invoice, to be paid on the 20th of the next month."""
    month = (given.issued.replace(day=1) + timedelta(days=31)).replace(day=20)
    async with Session.begin() as session:
        product = await session.scalar(select(Product).filter_by(code=given.sku))
        count = await session.scalar(select(func.count(Invoice.id)))
        gross = given.quantity * product.unit_price * (100 + GST) / 100
        line = InvoiceLine(product_id=product.id, description=product.label, gst_rate=GST)
        line.quantity, line.unit_price = given.quantity, product.unit_price
        invoice = Invoice(
            number=f"INV-{count + 1:04d}",
            customer_id=given.client_id,
            invoice_date=given.issued,
            due_date=month,
            status=Status.SENT,
            total_incl_gst=gross.quantize(CENT, ROUND_HALF_UP),
            lines=[line],
        )
        session.add(invoice)
    return {"id": invoice.id}


@app.post("/invoices/{key}/payments", dependencies=[Depends(worker)])
async def pay(key: uuid.UUID, given: dict[str, str]):
    """Note that money came in."""
    today = datetime.now(UTC).date()
    async with Session.begin() as session:
        payment = Payment(invoice_id=key, received_on=today, amount=Decimal(given["amount"]))
        session.add(payment)
        (await session.get_one(Invoice, key)).status = Status.PAID
    return {"id": payment.id}


async def _page(request: Request, model, module: str, key: uuid.UUID) -> HTMLResponse:
    async with Session() as session:
        record = await session.get(model, key)
    if record is None or record.deleted_at is not None:
        raise HTTPException(404)
    names = [column.key for column in model.__table__.columns]
    rows = "".join(f"<li>{name}: {escape(str(getattr(record, name)))}</li>" for name in names)
    panel = await run_in_threadpool(request.app.state.xero.panel, module, key)
    return HTMLResponse(f"<!doctype html><title>CRM</title><ul>{rows}</ul>{panel}")


@app.get("/clients/{key}", dependencies=[Depends(worker)])
async def customer_page(request: Request, key: uuid.UUID):
    """One customer, with the panel of Xero."""
    return await _page(request, Customer, "Organizations", key)


@app.get("/invoices/{key}", dependencies=[Depends(worker)])
async def invoice_page(request: Request, key: uuid.UUID):
    """One invoice, with the panel of Xero."""
    return await _page(request, Invoice, "Invoices", key)


def create_app() -> FastAPI:
    """The CRM, with XTiger's pages: bookkeepers set it up, all who work here use the panels."""
    from examples.fastapi_crm.xero import make_host
    from xtiger import XTiger
    from xtiger.web.asgi import asgi_pages

    Base.metadata.create_all(Plain.kw["bind"])
    secret = os.environ.get("CRM_SECRET_KEY", "only good for trying it")
    app.add_middleware(SessionMiddleware, secret_key=secret)
    app.state.xero = asgi_pages(
        XTiger(make_host()),
        "/xero",
        secret_key=secret,
        who=lambda scope: scope["session"].get("user"),
        may_configure=lambda user: STAFF.get(user) == "bookkeeper",
        may_use=lambda user, ref: user is not None,
    )
    app.mount("/xero", app.state.xero)
    return app
