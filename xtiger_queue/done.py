"""What the queue and the schedules carried out, kept for a set time, and its statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from xtiger.model.values import Plain
from xtiger.ports.database import Transaction
from xtiger_queue.jobs import Job
from xtiger_queue.tables import done_table

#: How long what succeeded is listed; the log keeps it longer.
KEPT = timedelta(days=7)

_c = done_table.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One record that went through the queue, or one scheduled sync that ended well."""

    tenant: str
    connection_id: str
    module: str
    #: "" of a scheduled sync.
    crm_id: str = ""
    name: str = ""
    #: save, person, sale or schedule.
    reason: str
    #: created, updated, unchanged …; of a scheduled sync done.
    result: str
    tries: int = 0
    #: When it began to wait, and when it was done.
    created_at: datetime
    done_at: datetime
    #: Set by the store, rising.
    id: int | None = None


def done_job(job: Job, result: str, now: datetime, name: str = "") -> Done:
    """What is kept of a job that has left the queue."""
    return Done(
        tenant=job.key.tenant,
        connection_id=job.key.connection_id,
        module=job.key.module,
        crm_id=job.key.crm_id,
        name=name or job.name,
        reason=job.reason,
        result=result,
        tries=job.tries,
        created_at=job.created_at,
        done_at=now,
    )


def keep(connection: Transaction, found: Sequence[Done], now: datetime) -> None:
    """Keep these, and forget what is too old of their tenants; two statements for any number."""
    if not found:
        return
    rows = [{name: getattr(one, name) for name in _FIELDS} for one in found]
    connection.execute(sa.insert(done_table), rows)
    tenants = {one.tenant for one in found}
    old = sa.and_(_c.tenant.in_(tenants), _c.done_at < now - KEPT)
    connection.execute(sa.delete(done_table).where(old))


def find(
    connection: Transaction,
    tenant: str,
    *,
    module: str = "",
    connections: Sequence[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[Done]:
    """What a tenant's queue carried out, newest first; filters as those of jobs."""
    tests = [_c.tenant == tenant]
    tests += [_c.module == module] if module else []
    tests += [_c.connection_id.in_(connections)] if connections is not None else []
    tests += [_c.done_at >= since] if since else []
    tests += [_c.done_at < until] if until else []
    query = sa.select(done_table).where(*tests).order_by(_c.id.desc()).limit(limit)
    query = query.offset(offset) if offset else query
    return connection.execute(query).rows(Done)


def remove_tenant(connection: Transaction, tenant: str) -> None:
    """Forget what a tenant's queue carried out."""
    connection.execute(sa.delete(done_table).where(_c.tenant == tenant))


def every_row(connection: Transaction) -> list[Mapping[str, Plain]]:
    """The whole table as plain values, by id."""
    return connection.execute(sa.select(done_table).order_by(_c.id)).rows(dict)


_FIELDS = tuple(column.name for column in done_table.columns if column.name != "id")
