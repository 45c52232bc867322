"""Remember of each job who asked for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "q0010"
down_revision = "q0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add xt_queue_job.asked_by."""
    column = sa.Column("asked_by", sa.Text, nullable=False, server_default="")
    op.add_column("xt_queue_job", column)


def downgrade() -> None:
    """Take it away."""
    op.drop_column("xt_queue_job", "asked_by")
