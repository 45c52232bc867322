"""Keep with each write on its way what both sides agree on once it arrived."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add xt_intent.meant; a write that is on its way from before has none and is compared."""
    op.add_column("xt_intent", sa.Column("meant", sa.Text(), nullable=True))
