"""Let rows leave the log after their time, count what is in step, and say who began a run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

#: A number of the chain; SQLite counts only its own INTEGER.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make xt_audit_note and xt_audit_gap; rows of before stay as they were hashed."""
    for column in ("correlation_id", "salt", "digest"):
        op.add_column("xt_outcome", sa.Column(column, sa.Text()))
    op.add_column("xt_run", sa.Column("started_by", sa.Text()))
    op.create_index("ix_xt_outcome_at", "xt_outcome", ["connection_id", "at"])
    for column in ("result", "code"):
        op.create_index(f"ix_xt_outcome_{column}", "xt_outcome", ["connection_id", column, "id"])
    op.create_table(
        "xt_audit_note",
        sa.Column("id", NUMBER, nullable=False, autoincrement=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("what", "connection_id")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("run_id", "module")),
        sa.Column("count", NUMBER, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_xt_audit_note"),
        sa.CheckConstraint(
            "what IN ('unchanged', 'cut', 'erased', 'hashed')", name="ck_xt_audit_note_what"
        ),
    )
    op.create_index("ix_xt_audit_note_run", "xt_audit_note", ["run_id", "id"])
    op.create_table(
        "xt_audit_gap",
        sa.Column("first_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("last_id", NUMBER, nullable=False),
        sa.Column("last_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("first_id", name="pk_xt_audit_gap"),
    )
