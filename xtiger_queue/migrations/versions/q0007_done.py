"""Keep for a time what the queue and the schedules carried out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "q0007"
down_revision = "q0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make xt_queue_done."""
    # Written out: a step stays as it was when the table changes later.
    moment = sa.DateTime(timezone=True)
    texts = ("tenant", "connection_id", "module", "crm_id", "name", "reason", "result")
    op.create_table(
        "xt_queue_done",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("done_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_xt_queue_done"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_xt_queue_done_at", "xt_queue_done", ["tenant", "done_at"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("xt_queue_done")
