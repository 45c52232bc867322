"""Let each direction of a module have a schedule of its own, with quiet hours and an own pace."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "q0009"
down_revision = "q0008"
branch_labels = None
depends_on = None

_NAME = "xt_queue_schedule"
#: What the schedules of before had: both ways, no quiet hours, a fixed pace.
_USUAL = {"direction": "", "quiet": "", "idle": 0}


def upgrade() -> None:
    """Add xt_queue_schedule.direction to the key, and the columns quiet and idle."""
    found = _rows(sa.true())
    _make(directions=True)
    _fill([{**row, **_USUAL} for row in found])


def downgrade() -> None:
    """Take them away, and the schedules of one direction with them."""
    found = _rows(sa.column("direction") == "")
    _make(directions=False)
    _fill([{key: value for key, value in row.items() if key not in _USUAL} for row in found])


def _rows(which: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    table = sa.Table(_NAME, sa.MetaData(), autoload_with=op.get_bind())
    return [dict(row) for row in op.get_bind().execute(sa.select(table).where(which)).mappings()]


def _make(*, directions: bool) -> None:
    """The table anew: not every database changes a key in place, and the rows are few."""
    moment = sa.DateTime(timezone=True)
    texts = [sa.Column(name, sa.Text, nullable=False) for name in ("direction", "quiet")]
    number = sa.Column("idle", sa.Integer, nullable=False)
    key = ["connection_id", "module", "proof", *(["direction"] if directions else [])]
    op.drop_table(_NAME)
    op.create_table(
        _NAME,
        *(sa.Column(name, sa.Text, nullable=False) for name in ("connection_id", "module")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("every", "zone", "sentence")),
        *(sa.Column(name, moment) for name in ("due_at", "done_at", "claimed_until")),
        sa.Column("holder", sa.Text),
        sa.Column("proof", sa.Boolean, nullable=False),
        *(texts if directions else []),
        *([number] if directions else []),
        sa.PrimaryKeyConstraint(*key, name=f"pk_{_NAME}"),
    )


def _fill(rows: list[dict[str, Any]]) -> None:
    if rows:
        op.bulk_insert(sa.Table(_NAME, sa.MetaData(), autoload_with=op.get_bind()), rows)
