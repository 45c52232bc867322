"""Keep when a lease was taken: one from a clock that was wrong is none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add xt_lease.taken_at; a lease from before says nothing of it and ends as it would."""
    op.add_column("xt_lease", sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))
