"""Let a proof have a schedule of its own beside that of the sync; those from before are syncs."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "q0006"
down_revision = "q0005"
branch_labels = None
depends_on = None

_NAME = "xt_queue_schedule"


def upgrade() -> None:
    """Add xt_queue_schedule.proof and let it be part of the key."""
    found = _rows(sa.true())
    _make(proof=True)
    _fill([{**row, "proof": False} for row in found])


def downgrade() -> None:
    """Take it away, and the schedules of proofs with it."""
    found = _rows(sa.column("proof") == sa.false())
    _make(proof=False)
    _fill([{key: value for key, value in row.items() if key != "proof"} for row in found])


def _rows(which: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    table = sa.Table(_NAME, sa.MetaData(), autoload_with=op.get_bind())
    return [dict(row) for row in op.get_bind().execute(sa.select(table).where(which)).mappings()]


def _make(*, proof: bool) -> None:
    """The table anew: not every database changes a key in place, and the rows are few."""
    moment = sa.DateTime(timezone=True)
    flag = [sa.Column("proof", sa.Boolean, nullable=False)] if proof else []
    key = ["connection_id", "module", *(["proof"] if proof else [])]
    op.drop_table(_NAME)
    op.create_table(
        _NAME,
        sa.Column("connection_id", sa.Text, nullable=False),
        sa.Column("module", sa.Text, nullable=False),
        sa.Column("every", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("due_at", moment),
        sa.Column("done_at", moment),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("holder", sa.Text),
        sa.Column("claimed_until", moment),
        *flag,
        sa.PrimaryKeyConstraint(*key, name=f"pk_{_NAME}"),
    )


def _fill(rows: list[dict[str, Any]]) -> None:
    if rows:
        op.bulk_insert(sa.Table(_NAME, sa.MetaData(), autoload_with=op.get_bind()), rows)
