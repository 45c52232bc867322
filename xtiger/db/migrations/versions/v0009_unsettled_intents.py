"""Find creates whose answer never came without going through all that were ever sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_OPEN = "state NOT IN ('applied', 'failed')"


def upgrade() -> None:
    """Index them alone: there are few at any time."""
    op.create_index(
        "ix_xt_intent_unsettled",
        "xt_intent",
        ["module", "kind"],
        sqlite_where=sa.text(_OPEN),
        postgresql_where=sa.text(_OPEN),
    )
