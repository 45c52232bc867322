"""Habits of invoicing apps on Flask: lines by query, one tax rate for the whole invoice."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DynamicMapped, Mapped, mapped_column, relationship

from tests.hosts.odd_crm import Base, Firm, SqlBooks, books
from xtiger.hosts.sqlalchemy import Field, Lines, Module

Money = sa.Numeric(12, 4)


class Faktura(Base):
    """An invoice whose lines are a query, and whose only tax rate is its own."""

    __tablename__ = "faktura"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(40))
    firm_id: Mapped[int] = mapped_column(sa.ForeignKey("firm.id"))
    day: Mapped[date]
    due: Mapped[date | None]
    status: Mapped[str] = mapped_column(sa.String(20))
    tax_rate: Mapped[Decimal] = mapped_column(Money)
    total: Mapped[Decimal] = mapped_column(Money)
    # A column that no field names, and that no new record may leave empty.
    title: Mapped[str] = mapped_column(sa.String(40))
    lines: DynamicMapped[Item] = relationship(
        back_populates="invoice", cascade="all, delete-orphan"
    )

    def __init__(self, number: str, firm_id: int) -> None:
        """As apps do it that want the most important at once."""
        self.number, self.firm_id = number, firm_id


class Item(Base):
    """A line of it."""

    __tablename__ = "faktura_item"
    id: Mapped[int] = mapped_column(primary_key=True)
    faktura_id: Mapped[int] = mapped_column(sa.ForeignKey("faktura.id"))
    text: Mapped[str] = mapped_column(sa.String(80))
    quantity: Mapped[Decimal] = mapped_column(Money)
    price: Mapped[Decimal] = mapped_column(Money)
    invoice: Mapped[Faktura] = relationship(back_populates="lines")


def _one_rate() -> Any:
    """What docs/money.md has for one rate of all lines, run with these models."""
    text = (Path(__file__).parents[2] / "docs" / "money.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {"Line": Item}
    exec(block.replace("from mycrm.models import Invoice, Line\n", ""), names)
    return names["one_rate"]


INVOICES = Module(
    "Invoices",
    Faktura,
    role="invoice",
    defaults={"title": lambda head: f"From Xero: {head.number}"},
    fields=[
        Field("number", role="invoice.number"),
        Field("firm_id", role="invoice.organisation", ref="Organizations"),
        Field("day", role="invoice.date"),
        Field("due", role="invoice.due_date"),
        Field("status", role="invoice.status", choices=["draft", "sent", "paid"]),
        Field("tax_rate", computed=_one_rate()),
        Field("total", role="invoice.total"),
    ],
    lines=Lines(
        "lines",
        [
            Field("text", role="line.description"),
            Field("quantity", role="line.quantity"),
            Field("price", role="line.unit_price"),
            Field("rate", role="line.tax_rate", type="decimal"),
        ],
    ),
)


def _save(crm: SqlBooks) -> int:
    with crm.session() as session:
        firm = Firm(name="Kererū Café")
        session.add(firm)
        session.flush()
        made = Faktura("B-1", firm.id)
        made.day, made.due, made.status = date(2026, 11, 2), date(2026, 12, 2), "sent"
        made.tax_rate, made.total, made.title = Decimal(20), Decimal(120), "Beans"
        made.lines.append(Item(text="Beans", quantity=Decimal(4), price=Decimal(25)))
        session.add(made)
        session.commit()
        return int(made.id)


def _kept(crm: SqlBooks, number: str) -> tuple[Any, ...]:
    """Rate, sum and lines of an invoice, as the CRM has them now."""
    with crm.session() as session:
        found = session.scalars(sa.select(Faktura).where(Faktura.number == number)).one()
        lines = [(item.text, int(item.quantity)) for item in found.lines.order_by(Item.id)]
        return int(found.tax_rate), found.total, found.title, lines


def test_an_invoice_there_and_back(tmp_path: Path) -> None:
    """A line added and one changed in Xero come into the query, and both sides agree."""
    with books(tmp_path, INVOICES) as crm:
        _save(crm)
        crm.world.sync()
        sent = crm.of_xero("B-1")
        (line,) = sent["LineItems"]
        changed = {**line, "Quantity": 5, "LineAmount": None, "TaxAmount": None}
        tea = {"Description": "Tea", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
        lines = [changed, {**tea, "TaxType": line["TaxType"]}]
        crm.world.sandbox.edit("Invoices", sent["InvoiceID"], {"LineItems": lines})
        crm.world.sync()

        assert (20, Decimal(162), "Beans", [("Beans", 5), ("Tea", 1)]) == _kept(crm, "B-1")
        crm.agree()


def test_a_new_invoice_of_xero_sets_the_rate(tmp_path: Path) -> None:
    """The one rate of its lines becomes the invoice's, and what no field names is filled."""
    with books(tmp_path, INVOICES) as crm:
        _save(crm)
        crm.world.sync()
        crm.new_in_xero([{"UnitAmount": "12.5", "Quantity": 2}])
        crm.world.sync()

        assert (20, Decimal(30), "From Xero: X-1", [("Tea", 2)]) == _kept(crm, "X-1")
        crm.agree()


def test_two_rates_wait(tmp_path: Path) -> None:
    """Such an invoice cannot be kept: nothing of it is written, and the proof names it."""
    with books(tmp_path, INVOICES) as crm:
        _save(crm)
        crm.world.sync()
        crm.new_in_xero([{"UnitAmount": "12.5"}, {"UnitAmount": "10", "TaxType": "NONE"}])
        crm.world.sync()

        assert ["B-1"] == _numbers(crm)
        proof = crm.world.xt.proof.reconcile()
        assert ["record"] == [one.field for one in proof.differences]


def _numbers(crm: SqlBooks) -> list[str]:
    with crm.session() as session:
        return list(session.scalars(sa.select(Faktura.number)))
