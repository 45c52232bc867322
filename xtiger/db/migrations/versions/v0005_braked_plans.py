"""Keep the plans that the brake stopped until a person released them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make xt_braked_plan."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    words = ("modules", "records", "brakes", "changes", "state", "released_by")
    op.create_table(
        "xt_braked_plan",
        sa.Column("number", number, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in words),
        sa.Column("released_at", MOMENT),
        sa.CheckConstraint(
            "state IN ('waiting', 'released', 'done', 'replaced')",
            name="ck_xt_braked_plan_state",
        ),
        sa.UniqueConstraint("run_id", name="uq_xt_braked_plan_run_id"),
        sa.PrimaryKeyConstraint("number", name="pk_xt_braked_plan"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_xt_braked_plan_connection", "xt_braked_plan", ["connection_id", "number"])
