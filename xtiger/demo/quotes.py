"""Quotes of the demo CRM: a won one becomes an invoice, in the CRM and then in Xero."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from flask import abort, flash, redirect, render_template, url_for
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship
from werkzeug.wrappers import Response

from xtiger.demo.database import will_write
from xtiger.demo.models import Exact, Invoice, Model, Organization, Product
from xtiger.model.records import Ref, Write

if TYPE_CHECKING:
    from xtiger.demo.site import Site

#: The name of the module in the address of a sale.
QUOTES: Final = "Quotes"
OPEN, WON = "Open", "Won"
_TO_PAY = timedelta(days=14)


class Quote(Model):
    """What a customer was offered."""

    __tablename__ = "quotes"

    number: Mapped[str] = mapped_column(String(60), default="")
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    status: Mapped[str] = mapped_column(String(20), default=OPEN)
    organization: Mapped[Organization] = relationship()
    lines: Mapped[list[QuoteLine]] = relationship(
        order_by="QuoteLine.id", cascade="all, delete-orphan"
    )

    def __str__(self) -> str:
        return self.number

    def total(self) -> Decimal:
        """The sum before tax."""
        return sum((line.quantity * line.unit_price for line in self.lines), Decimal(0))


class QuoteLine(Model):
    """One line of a quote."""

    __tablename__ = "quote_lines"

    quote_id: Mapped[int] = mapped_column(ForeignKey("quotes.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    name: Mapped[str] = mapped_column(String(200), default="")
    quantity: Mapped[Decimal] = mapped_column(Exact, default=Decimal(1))
    unit_price: Mapped[Decimal] = mapped_column(Exact, default=Decimal(0))
    tax_percent: Mapped[Decimal] = mapped_column(Exact, default=Decimal(20))


def invoice_of_sale(session: Session, sale: Ref) -> Write | None:
    """The invoice that a won quote becomes, dated today."""
    quote = session.get(Quote, int(sale.id)) if sale.module == QUOTES else None
    if quote is None:
        return None
    today = datetime.now(UTC).date()
    head = {
        "number": f"INV-{quote.number}",
        "reference": quote.number,
        "organization_id": str(quote.organization_id),
        "date": today,
        "due_date": today + _TO_PAY,
        "status": "Approved",
        "currency": "GBP",
    }
    lines = [
        {
            "product_id": str(line.product_id) if line.product_id else None,
            "name": line.name,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "tax_percent": line.tax_percent,
        }
        for line in quote.lines
    ]
    return Write(head, lines=lines)


def add_some(session: Session) -> None:
    """Give the first two customers an open quote, of products that have a code and a price."""
    customers = session.scalars(select(Organization).order_by(Organization.id).limit(2)).all()
    sold = select(Product).where(Product.code != "", Product.sales_price > 0)
    goods = session.scalars(sold.order_by(Product.id).limit(2)).all()
    for place, customer in enumerate(customers, start=1):
        quote = Quote(number=f"Q-{place:03d}", organization_id=customer.id)
        quote.lines = [
            QuoteLine(
                product_id=one.id,
                name=one.name,
                quantity=Decimal(place),
                unit_price=one.sales_price,
            )
            for one in goods
        ]
        session.add(quote)


def show(site: Site) -> str:
    """The page of all quotes."""
    with site.sessions() as session:
        found = session.scalars(select(Quote).order_by(Quote.id)).all()
        made = {
            invoice.reference: invoice.id
            for invoice in session.scalars(
                select(Invoice).where(Invoice.reference.in_([one.number for one in found]))
            )
        }
        return render_template("demo/quotes.html", quotes=found, made=made, open=OPEN)


def win(site: Site, quote_id: int) -> Response:
    """Mark a quote as won; with XTiger its invoice is made in the same transaction."""
    made: Ref | None = None
    with site.sessions() as session, session.begin():
        quote = will_write(session).get(Quote, quote_id) or abort(404)
        quote.status = WON
        session.flush()
        if site.xt is not None:
            made = site.won(session, Ref(QUOTES, str(quote.id)))
        number = quote.number
    if made is None:
        flash(f"{number} is won. Make its invoice.", "good")
        return redirect(url_for("crm.quotes"), 303)
    flash(f"{number} is won, and its invoice is made.", "good")
    return redirect(url_for("crm.record", slug="invoices", record_id=made.id), 303)
