"""Keep all reasons of a refusal, not the first alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add xt_refusal.also; a refusal from before has one reason."""
    op.add_column("xt_refusal", sa.Column("also", sa.Text(), nullable=False, server_default="[]"))
