"""Let jobs go on that were held though their run had only not come to them."""

from __future__ import annotations

from alembic import op

revision = "q0004"
down_revision = "q0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let them wait, due as they were."""
    op.execute(
        "UPDATE xt_queue_job SET state = 'waiting', sentence = '', fix = '', code = '' "
        "WHERE state = 'held' AND code IN ('stopped_before', 'reconnect_needed', "
        "'too_many_changes', 'not_released', 'changed_meanwhile')"
    )


def downgrade() -> None:
    """Nothing: what waits may wait in the release before, too."""
