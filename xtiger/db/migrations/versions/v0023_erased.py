"""Keep marks of erased persons, by which a later sync leaves them out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make xt_erased; nobody is marked yet."""
    op.create_table(
        "xt_erased",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("tenant", "digest")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("erasure", "by")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "digest", name="pk_xt_erased"),
    )
