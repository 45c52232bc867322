"""Give webhook events a connection, a time to try again and a result; nothing used them before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make xt_webhook_event anew."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    texts = ("key", "connection_id", "organisation_id", "kind", "xero_id", "event_type", "result")
    op.drop_table("xt_webhook_event")
    op.create_table(
        "xt_webhook_event",
        sa.Column("number", number, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        *(sa.Column(name, MOMENT, nullable=False) for name in ("received_at", "due_at")),
        *(sa.Column(name, MOMENT, nullable=True) for name in ("happened_at", "done_at")),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_xt_webhook_event"),
        sa.UniqueConstraint("key", name="uq_xt_webhook_event_key"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_xt_webhook_event_waiting",
        "xt_webhook_event",
        ["connection_id", "number"],
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
