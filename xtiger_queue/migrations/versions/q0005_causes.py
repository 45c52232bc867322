"""Keep the cause of a job instead of one face's sentence; jobs from before keep theirs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "q0005"
down_revision = "q0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add xt_queue_job.cause."""
    op.add_column("xt_queue_job", sa.Column("cause", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Take it away: the next round tells again why a record waits."""
    with op.batch_alter_table("xt_queue_job") as job:
        job.drop_column("cause")
