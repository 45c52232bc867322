"""Make the table of a person's decisions, and let a CRM record have several Xero records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add xt_decision, and links with the role xero_alias."""
    _decisions()
    with op.batch_alter_table("xt_link", table_kwargs={"sqlite_autoincrement": True}) as link:
        link.drop_constraint("uq_xt_link_connection_id_module_crm_id", type_="unique")
        link.drop_constraint("ck_xt_link_role", type_="check")
        link.create_check_constraint(
            "ck_xt_link_role", "role IN ('primary', 'alias', 'xero_alias')"
        )
    op.drop_index("uq_xt_link_primary", "xt_link")
    for name, columns, where in (
        ("uq_xt_link_crm", ["connection_id", "module", "crm_id"], "role <> 'xero_alias'"),
        ("uq_xt_link_xero", ["connection_id", "kind", "xero_id"], "role <> 'alias'"),
    ):
        op.create_index(
            name,
            "xt_link",
            columns,
            unique=True,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
    op.create_index("ix_xt_link_record", "xt_link", ["connection_id", "module", "crm_id"])


def _decisions() -> None:
    key = ("connection_id", "module", "crm_id", "field")
    op.create_table(
        "xt_decision",
        *(sa.Column(name, sa.Text(), nullable=False) for name in (*key, "keep", "seen")),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint(*key, name="pk_xt_decision"),
        sa.CheckConstraint("keep IN ('crm', 'xero')", name="ck_xt_decision_keep"),
    )
