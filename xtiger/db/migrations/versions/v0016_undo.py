"""Keep what runs write of each record, before and after, and what was taken back of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

#: A number that the database counts up; SQLite counts only its own INTEGER.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make xt_image and xt_undo_hold; images of before are found by their time."""
    text = ("connection_id", "run_id", "module", "kind", "crm_id", "xero_id", "name", "did")
    op.create_table(
        "xt_image",
        sa.Column("id", NUMBER, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in text),
        sa.Column("link_id", NUMBER),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_xt_image"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_xt_image_run", "xt_image", ["run_id"])
    op.create_index("ix_xt_image_at", "xt_image", ["at"])
    op.create_index("ix_xt_before_image_at", "xt_before_image", ["at"])
    key = ("connection_id", "module", "crm_id", "xero_id")
    op.create_table(
        "xt_undo_hold",
        *(sa.Column(name, sa.Text(), nullable=False) for name in key),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "name", "run_id", "did")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(*key, name="pk_xt_undo_hold"),
    )
