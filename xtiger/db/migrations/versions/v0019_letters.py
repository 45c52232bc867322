"""Keep who gets mails, and each letter until the mail server took it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

#: A number that the database counts up; SQLite counts only its own INTEGER.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make xt_mail_recipient and xt_letter."""
    key = ("tenant", "address", "connection_id")
    op.create_table(
        "xt_mail_recipient",
        *_texts(*key, "every", "occasion"),
        sa.Column("alerts", sa.Boolean(), nullable=False),
        *_texts("language", "zone"),
        sa.Column("due_at", MOMENT),
        sa.Column("reported_until", MOMENT),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*key, name="pk_xt_mail_recipient"),
    )
    _letter()


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _letter() -> None:
    op.create_table(
        "xt_letter",
        sa.Column("id", NUMBER, nullable=False),
        *_texts("tenant", "address", "connection_id", "kind", "key"),
        *_texts("message_id", "subject", "text", "html"),
        sa.Column("since", MOMENT),
        sa.Column("until", MOMENT),
        *_texts("state"),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("unanswered", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT),
        *_texts("answer"),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'refused', 'given_up')",
            name="ck_xt_letter_state",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_xt_letter"),
        sa.UniqueConstraint("message_id", name="uq_xt_letter_message_id"),
        sa.UniqueConstraint("tenant", "address", "key", name="uq_xt_letter_tenant_address_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_xt_letter_state", "xt_letter", ["tenant", "state", "due_at"])
