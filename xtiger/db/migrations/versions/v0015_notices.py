"""Keep what documents are worth as columns, notices, and how invoices reached their customers."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

from xtiger.model.values import from_json, to_json

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

#: A number that the database counts up; SQLite counts only its own INTEGER.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SHADOW = sa.table(
    "xt_shadow",
    *(sa.column(name, sa.Text()) for name in ("connection_id", "side", "type", "id", "payload")),
    sa.column("gone", sa.Boolean()),
)
#: Kind → field of its number, and its type of sales.
_KINDS = {
    "Invoice": ("InvoiceNumber", "ACCREC"),
    "CreditNote": ("CreditNoteNumber", "ACCRECCREDIT"),
    "Prepayment": ("Reference", "RECEIVE-PREPAYMENT"),
    "Overpayment": ("Reference", "RECEIVE-OVERPAYMENT"),
}
#: Rows that are written at once.
_PART = 500


def upgrade() -> None:
    """Add the three tables, and fill the first one from the copies as last seen."""
    money = _document_money()
    op.create_index("ix_xt_document_money_contact", money.name, ["connection_id", "contact_id"])
    op.create_index(
        "ix_xt_document_money_open",
        money.name,
        ["connection_id", "due_day"],
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    _notice()
    _delivery()
    _fill(op.get_bind(), money)


def _document_money() -> sa.Table:
    return op.create_table(
        "xt_document_money",
        sa.Column("connection_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("xero_id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("sells", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total", sa.Text(), nullable=False),
        sa.Column("settled", sa.Text(), nullable=False),
        sa.Column("left", sa.Text(), nullable=False),
        sa.Column("due_day", sa.Date(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("paid_then", sa.Text(), nullable=False),
        sa.Column("is_sent", sa.Boolean(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "kind", "xero_id", name="pk_xt_document_money"),
    )


def _notice() -> None:
    op.create_table(
        "xt_notice",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("connection_id", sa.Text(), nullable=False),
        sa.Column("xero_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("module", sa.Text(), nullable=False),
        sa.Column("crm_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivering', 'delivered', 'dropped')", name="ck_xt_notice_state"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_xt_notice"),
        sa.UniqueConstraint(
            "connection_id",
            "xero_id",
            "event",
            "key",
            name="uq_xt_notice_connection_id_xero_id_event_key",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_xt_notice_state", "xt_notice", ["connection_id", "state", "id"])


def _delivery() -> None:
    op.create_table(
        "xt_delivery",
        sa.Column("connection_id", sa.Text(), nullable=False),
        sa.Column("xero_id", sa.Text(), nullable=False),
        sa.Column("online_url", sa.Text(), nullable=False),
        sa.Column("sent_times", sa.Integer(), nullable=False),
        sa.Column("sending", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("connection_id", "xero_id", name="pk_xt_delivery"),
    )


# --- what was seen before --------------------------------------------------------------------


def _fill(db: sa.Connection, money: sa.Table) -> None:
    """Read the copies in parts by their id: many do not fit into the memory at once."""
    for kind in _KINDS:
        last = ("", "")
        while rows := _some(db, kind, last):
            last = (rows[-1].connection_id, rows[-1].id)
            made = [_row(kind, one) for one in rows]
            db.execute(sa.insert(money), made)


def _some(db: sa.Connection, kind: str, last: tuple[str, str]) -> list[Any]:
    one = _SHADOW.c
    later = (one.connection_id > last[0]) | ((one.connection_id == last[0]) & (one.id > last[1]))
    query = sa.select(one.connection_id, one.id, one.payload).where(
        one.side == "xero", one.type == kind, ~one.gone, later
    )
    return list(db.execute(query.order_by(one.connection_id, one.id).limit(_PART)))


def _row(kind: str, kept: Any) -> dict[str, Any]:
    found: dict[str, Any] = dict(from_json(kept.payload) or {})
    number, sales = _KINDS[kind]
    left = _amount(found.get("AmountDue" if kind == "Invoice" else "RemainingCredit"))
    settled = _amount(found.get("AmountPaid")) + _amount(found.get("AmountCredited"))
    days: dict[date, Decimal] = {}
    for payment in found.get("Payments") or ():
        day = _day(payment.get("Date"))
        if day is not None:
            days[day] = days.get(day, Decimal(0)) + _amount(payment.get("Amount"))
    paid_on = max(days, default=None)
    status = str(found.get("Status") or "")
    return {
        "connection_id": kept.connection_id,
        "kind": kind,
        "xero_id": kept.id,
        "contact_id": str((found.get("Contact") or {}).get("ContactID") or ""),
        "sells": found.get("Type") == sales,
        "status": status,
        "number": str(found.get(number) or ""),
        "currency": str(found.get("CurrencyCode") or ""),
        "total": to_json(_amount(found.get("Total"))),
        "settled": to_json(settled),
        "left": to_json(left),
        "due_day": _day(found.get("DueDate")) if kind == "Invoice" else None,
        "paid_on": paid_on,
        "paid_then": to_json(days[paid_on] if paid_on else Decimal(0)),
        "is_sent": bool(found.get("SentToContact")),
        "is_open": status == "AUTHORISED" and left > 0,
    }


def _amount(value: Any) -> Decimal:
    return Decimal(str(value)) if isinstance(value, Decimal | int) else Decimal(0)


def _day(value: Any) -> date | None:
    text = str(value or "")
    try:
        if text.startswith("/Date("):
            since = timedelta(milliseconds=int(text[6:].partition(")")[0].partition("+")[0]))
            return date(1970, 1, 1) + since
        return date.fromisoformat(text[:10])
    except (ValueError, OverflowError):
        return None
