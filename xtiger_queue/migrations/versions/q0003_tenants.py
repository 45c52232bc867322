"""Give each job the tenant of its connection; what no connection tells is nobody's yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "q0003"
down_revision = "q0002"
branch_labels = None
depends_on = None

KEY = "uq_xt_queue_job_key"
COLUMNS = ("connection_id", "module", "crm_id")


def upgrade() -> None:
    """Add xt_queue_job.tenant and let it be part of the key."""
    _change(add=True)
    if not sa.inspect(op.get_bind()).has_table("xt_connection"):
        return  # a queue without the library's own tables has no connections either
    op.execute(
        "UPDATE xt_queue_job SET tenant = (SELECT c.tenant FROM xt_connection c "
        "WHERE c.id = xt_queue_job.connection_id)"
    )


def downgrade() -> None:
    """Take it away; of jobs that differ in the tenant alone the first stays."""
    op.execute(
        "DELETE FROM xt_queue_job WHERE id NOT IN "
        "(SELECT MIN(id) FROM xt_queue_job GROUP BY connection_id, module, crm_id)"
    )
    _change(add=False)


def _change(*, add: bool) -> None:
    key = ("tenant", *COLUMNS) if add else COLUMNS
    with op.batch_alter_table("xt_queue_job") as job:
        job.drop_constraint(KEY, type_="unique")
        if add:
            job.add_column(sa.Column("tenant", sa.Text))
        job.create_unique_constraint(KEY, list(key))
        if not add:
            job.drop_column("tenant")
