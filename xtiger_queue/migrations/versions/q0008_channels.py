"""Let jobs go first or last, and let each channel have a capacity of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "q0008"
down_revision = "q0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make xt_queue_channel, and the priority of jobs: until now all have the usual one."""
    op.add_column(
        "xt_queue_job", sa.Column("priority", sa.Integer, nullable=False, server_default="0")
    )
    op.create_table(
        "xt_queue_channel",
        sa.Column("connection_id", sa.Text, nullable=False),
        sa.Column("module", sa.Text, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "module", name="pk_xt_queue_channel"),
    )


def downgrade() -> None:
    """Take both away."""
    op.drop_table("xt_queue_channel")
    op.drop_column("xt_queue_job", "priority")
