"""Keep who gets messages of the CRM's own systems, and each message until it was taken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

#: A number that the database counts up; SQLite counts only its own INTEGER.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make xt_receiver and xt_message."""
    op.create_table(
        "xt_receiver",
        sa.Column("id", NUMBER, nullable=False),
        *_texts("tenant", "address", "connection_id", "events"),
        sa.Column("secret", sa.Text()),
        *_texts("saved_by"),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rests_until", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_xt_receiver"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_xt_receiver_tenant", "xt_receiver", ["tenant"])
    _message()


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _message() -> None:
    state = "state IN ('waiting', 'sending', 'sent', 'given_up')"
    op.create_table(
        "xt_message",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("receiver_id", NUMBER, nullable=False),
        *_texts("tenant", "connection_id", "event", "key", "message_id", "body", "state"),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("tries", "unanswered")),
        *(sa.Column(name, MOMENT, nullable=False) for name in ("made_at", "due_at")),
        sa.Column("sent_at", MOMENT),
        *_texts("answer"),
        sa.CheckConstraint(state, name="ck_xt_message_state"),
        sa.PrimaryKeyConstraint("id", name="pk_xt_message"),
        sa.UniqueConstraint("message_id", name="uq_xt_message_message_id"),
        sa.UniqueConstraint("receiver_id", "key", name="uq_xt_message_receiver_id_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_xt_message_state", "xt_message", ["tenant", "state", "due_at"])
