"""Let a recipient get proofs as signed files, and a letter carry one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add xt_mail_recipient.proofs, and the file of xt_letter: before, nobody got one."""
    proofs = sa.Column("proofs", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("xt_mail_recipient", proofs)
    for name in ("file_name", "file"):
        op.add_column("xt_letter", sa.Column(name, sa.Text, nullable=False, server_default=""))
