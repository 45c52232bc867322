"""Keep who saved each version of a mapping."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add xt_mapping.saved_by; of versions from before nobody knows it."""
    op.add_column("xt_mapping", sa.Column("saved_by", sa.Text(), nullable=True))
