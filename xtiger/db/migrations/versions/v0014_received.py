"""Keep the payments of CRMs that only know how much was received of an invoice."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

#: A number that the database counts up; SQLite counts only its own INTEGER.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MAPPING = sa.table(
    "xt_mapping", *(sa.column(name, sa.Text()) for name in ("connection_id", "module", "kind"))
)
_SETTINGS = sa.table(
    "xt_module_settings",
    *(sa.column(name, sa.Text()) for name in ("connection_id", "module", "value")),
)
#: What the module of these payments is called.
_PAYMENTS = "Payments"


def upgrade() -> None:
    """Add xt_received; where payments were never mapped, they stay off until somebody asks."""
    op.create_table(
        "xt_received",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("invoice", sa.Text(), nullable=False),
        sa.Column("values", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("grown", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_xt_received"),
        sa.UniqueConstraint("tenant", "key", name="uq_xt_received_tenant_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_xt_received_invoice", "xt_received", ["tenant", "invoice"])
    db = op.get_bind()
    for connection_id in _without_payments(db):
        off = {"module": _PAYMENTS, "enabled": False}
        text = json.dumps(off, sort_keys=True, separators=(",", ":"))
        row = {"connection_id": connection_id, "module": _PAYMENTS, "value": text}
        db.execute(sa.insert(_SETTINGS).values(row))


def _without_payments(db: sa.Connection) -> list[str]:
    """The connections that map invoices, and of payments neither map nor choose anything."""
    of_kind = sa.select(_MAPPING.c.connection_id).distinct()
    invoices = set(db.execute(of_kind.where(_MAPPING.c.kind == "Invoice")).scalars())
    payments = set(db.execute(of_kind.where(_MAPPING.c.kind == "Payment")).scalars())
    chosen = sa.select(_SETTINGS.c.connection_id).where(_SETTINGS.c.module == _PAYMENTS)
    return sorted(invoices - payments - set(db.execute(chosen).scalars()))
