"""The tables of the queue: what waits, how much of it at once, what is due, what was done."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from xtiger.model.values import utc

VERSION_TABLE = "xt_version_queue"


class Moment(TypeDecorator[datetime]):
    """An aware moment in UTC; SQLite keeps no zone, so it gets UTC and gives UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment as the database keeps it; raises ValueError for a naive one."""
        if value is None:
            return None
        return utc(value).replace(tzinfo=None) if dialect.name == "sqlite" else utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The aware moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData()
job_table = sa.Table(
    "xt_queue_job",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
    # None: of a release that did not ask, and nobody can know it any more.
    sa.Column("tenant", sa.Text),
    sa.Column("connection_id", sa.Text, nullable=False),
    sa.Column("module", sa.Text, nullable=False),
    sa.Column("crm_id", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("taken", sa.Integer, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("company", sa.Integer, nullable=False),
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("wished_at", Moment, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sentence", sa.Text, nullable=False),
    sa.Column("fix", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False, server_default=""),
    sa.Column("cause", sa.Text, nullable=False, server_default=""),
    sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
    sa.Column("asked_by", sa.Text, nullable=False, server_default=""),
    sa.Column("holder", sa.Text),
    sa.Column("claimed_until", Moment),
    sa.UniqueConstraint("tenant", "connection_id", "module", "crm_id", name="uq_xt_queue_job_key"),
    sa.Index("ix_xt_queue_job_due", "state", "due_at"),
    sqlite_autoincrement=True,
)
schedule_table = sa.Table(
    "xt_queue_schedule",
    metadata,
    sa.Column("connection_id", sa.Text, primary_key=True),
    sa.Column("module", sa.Text, primary_key=True),
    sa.Column("every", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("due_at", Moment),
    sa.Column("done_at", Moment),
    sa.Column("sentence", sa.Text, nullable=False),
    sa.Column("holder", sa.Text),
    sa.Column("claimed_until", Moment),
    sa.Column("proof", sa.Boolean, primary_key=True),
    sa.Column("direction", sa.Text, primary_key=True),
    sa.Column("quiet", sa.Text, nullable=False),
    sa.Column("idle", sa.Integer, nullable=False),
)
channel_table = sa.Table(
    "xt_queue_channel",
    metadata,
    sa.Column("connection_id", sa.Text, primary_key=True),
    sa.Column("module", sa.Text, primary_key=True),
    sa.Column("capacity", sa.Integer, nullable=False),
)
done_table = sa.Table(
    "xt_queue_done",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("connection_id", sa.Text, nullable=False),
    # Of a scheduled sync its modules, with commas between.
    sa.Column("module", sa.Text, nullable=False),
    # "" of a scheduled sync.
    sa.Column("crm_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("done_at", Moment, nullable=False),
    sa.Index("ix_xt_queue_done_at", "tenant", "done_at"),
    sqlite_autoincrement=True,
)
