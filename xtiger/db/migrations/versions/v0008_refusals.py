"""Remember what Xero refused, so that it is not sent again while nothing of it has changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make xt_refusal."""
    key = ("connection_id", "module", "crm_id")
    words = ("digest", "result", "code", "data")
    op.create_table(
        "xt_refusal",
        *(sa.Column(name, sa.Text(), nullable=False) for name in (*key, *words)),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(*key, name="pk_xt_refusal"),
    )
