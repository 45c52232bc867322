"""Let a link say that its record was removed on both sides, or is being made anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CHECK = "ck_xt_link_state"
STATES = "state IN ('live', 'orphan', 'removed', 'remaking')"
PRIMARY = sa.text("role = 'primary'")


def upgrade() -> None:
    """Widen the check; SQLite does that with a new table, PostgreSQL in place."""
    if op.get_context().dialect.name != "sqlite":
        op.drop_constraint(CHECK, "xt_link", type_="check")
        op.create_check_constraint(CHECK, "xt_link", STATES)
        return
    with op.batch_alter_table("xt_link", copy_from=_before(), recreate="always") as link:
        link.drop_constraint(CHECK, type_="check")
        link.create_check_constraint(CHECK, STATES)


def _before() -> sa.Table:
    """The table as the first release made it; SQLite alone tells too little of it."""
    text = [
        sa.Column(name, sa.Text(), nullable=False)
        for name in ("connection_id", "kind", "xero_id", "module", "crm_id", "role", "state")
    ]
    return sa.Table(
        "xt_link",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        *text,
        sa.Column("created_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_xt_link"),
        sa.UniqueConstraint(
            "connection_id", "module", "crm_id", name="uq_xt_link_connection_id_module_crm_id"
        ),
        sa.CheckConstraint("role IN ('primary', 'alias')", name="ck_xt_link_role"),
        sa.CheckConstraint("state IN ('live', 'orphan')", name=CHECK),
        sa.Index(
            "uq_xt_link_primary",
            "connection_id",
            "kind",
            "xero_id",
            unique=True,
            sqlite_where=PRIMARY,
            postgresql_where=PRIMARY,
        ),
        sqlite_autoincrement=True,
    )
