"""Number what changed in Xero, once somebody asks for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

#: A number that the database counts up; SQLite counts only its own INTEGER.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add xt_shadow.number; what was seen before has none yet, and is given as new."""
    op.add_column("xt_shadow", sa.Column("number", NUMBER, nullable=True))
    _index("unnumbered", ["connection_id"], "side = 'xero' AND number IS NULL")
    _index("number", ["connection_id", "number"], "number IS NOT NULL")


def _index(name: str, columns: list[str], where: str) -> None:
    op.create_index(
        f"ix_xt_shadow_{name}",
        "xt_shadow",
        columns,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
