"""A CRM on SQLAlchemy that counts otherwise than Xero, with sums that its columns must have."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tests.hosts.odd_crm import Base, Firm, Money, books
from xtiger.hosts.sqlalchemy import Field, Lines, Module
from xtiger.model.records import Arithmetic


class Slip(Base):
    """An invoice whose sums may not be NULL."""

    __tablename__ = "slip"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(40))
    firm_id: Mapped[int] = mapped_column(sa.ForeignKey("firm.id"))
    day: Mapped[date]
    due: Mapped[date | None]
    status: Mapped[str] = mapped_column(sa.String(20))
    net: Mapped[Decimal] = mapped_column(Money)
    tax: Mapped[Decimal] = mapped_column(Money)
    total: Mapped[Decimal] = mapped_column(Money)
    adjustment: Mapped[Decimal | None] = mapped_column(Money)
    rows: Mapped[list[SlipRow]] = relationship(cascade="all", order_by="SlipRow.id")


class SlipRow(Base):
    """A line of it."""

    __tablename__ = "slip_row"
    id: Mapped[int] = mapped_column(primary_key=True)
    slip_id: Mapped[int] = mapped_column(sa.ForeignKey("slip.id"))
    text: Mapped[str] = mapped_column(sa.String(80))
    quantity: Mapped[Decimal] = mapped_column(Money)
    price: Mapped[Decimal] = mapped_column(Money)
    rate: Mapped[Decimal | None] = mapped_column(Money)


SLIPS = Module(
    "Invoices",
    Slip,
    role="invoice",
    fields=[
        Field("number", role="invoice.number"),
        Field("firm_id", role="invoice.organisation", ref="Organizations"),
        Field("day", role="invoice.date"),
        Field("due", role="invoice.due_date"),
        Field("status", role="invoice.status", choices=["Created", "Approved", "Paid", "Cancel"]),
        Field("net", role="invoice.net"),
        Field("tax", role="invoice.tax"),
        Field("total", role="invoice.total"),
        Field("adjustment", role="invoice.adjustment"),
    ],
    lines=Lines(
        "rows",
        [
            Field("text", role="line.description"),
            Field("quantity", role="line.quantity"),
            Field("price", role="line.unit_price"),
            Field("rate", role="line.tax_rate"),
        ],
    ),
)
#: Three lines of 9.99 at 20 %: what the CRM makes of them, Xero's line, and the CRM's rest.
WAYS: list[tuple[Arithmetic, str, str | None, str | None]] = [
    ("line", "35.97", None, None),
    ("document", "35.96", "-0.01", "0.01"),
    ("none", "35.964", "-0.01", "0.01"),
]


@pytest.mark.parametrize(("arithmetic", "total", "rounding", "adjustment"), WAYS)
def test_both_directions_agree_to_the_cent(
    tmp_path: Path, arithmetic: Arithmetic, total: str, rounding: str | None, adjustment: str | None
) -> None:
    """Out with a line for rounding, in with an adjustment; the sums are not the line's way."""
    with books(tmp_path, SLIPS, arithmetic=arithmetic) as crm:
        with crm.session.begin() as session:
            session.add(kea := Firm(name="Kea"))
            session.flush()
            rows = [SlipRow(text="Part", quantity=1, price=Decimal("9.99"), rate=20) for _ in "abc"]
            sums: dict[str, Any] = {"net": Decimal("29.97"), "tax": 6, "total": Decimal(total)}
            day = {"day": date(2026, 11, 2), "due": date(2026, 12, 2)}
            session.add(
                Slip(number="B-1", firm_id=kea.id, status="Approved", rows=rows, **day, **sums)
            )
        crm.world.sync()
        last = crm.of_xero()["LineItems"][3:]
        crm.new_in_xero([{"UnitAmount": "9.99", "Description": f"Part {n}"} for n in "abc"])
        crm.world.sync()

        assert [rounding] * bool(rounding) == [f"{one['UnitAmount']:.2f}" for one in last]
        with crm.session() as session:
            came = session.scalars(sa.select(Slip).where(Slip.number == "X-1")).one()
        assert Decimal("35.97") == came.total
        assert adjustment == (f"{came.adjustment:.2f}" if came.adjustment else None)
        crm.agree()
