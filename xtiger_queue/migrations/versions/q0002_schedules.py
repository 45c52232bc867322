"""Make the table of schedules, and keep the code of what a job waits for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "q0002"
down_revision = "q0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make xt_queue_schedule; add xt_queue_job.code."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "xt_queue_schedule",
        sa.Column("connection_id", sa.Text, nullable=False),
        sa.Column("module", sa.Text, nullable=False),
        sa.Column("every", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("due_at", moment),
        sa.Column("done_at", moment),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("holder", sa.Text),
        sa.Column("claimed_until", moment),
        sa.PrimaryKeyConstraint("connection_id", "module", name="pk_xt_queue_schedule"),
    )
    op.add_column("xt_queue_job", sa.Column("code", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Take both away."""
    op.drop_column("xt_queue_job", "code")
    op.drop_table("xt_queue_schedule")
