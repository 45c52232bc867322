"""Make the table of jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "q0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make xt_queue_job."""
    # Written out: a step stays as it was when the table changes later.
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "xt_queue_job",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("connection_id", sa.Text, nullable=False),
        sa.Column("module", sa.Text, nullable=False),
        sa.Column("crm_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("company", sa.Integer, nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("wished_at", moment, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("fix", sa.Text, nullable=False),
        sa.Column("holder", sa.Text),
        sa.Column("claimed_until", moment),
        sa.UniqueConstraint("connection_id", "module", "crm_id", name="uq_xt_queue_job_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_xt_queue_job_due", "xt_queue_job", ["state", "due_at"])


def downgrade() -> None:
    """Remove xt_queue_job."""
    op.drop_table("xt_queue_job")
