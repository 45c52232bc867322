"""Keep when a waiting change was marked last, beside when it was marked first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add xt_change.touched_at; of a change from before only the first mark is known."""
    op.add_column("xt_change", sa.Column("touched_at", sa.DateTime(timezone=True), nullable=True))
