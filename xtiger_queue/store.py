"""What is asked of the table of waiting jobs, and the end of all tables of the queue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, TypedDict, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import DropTable

from xtiger.model.records import Ref
from xtiger.model.values import Plain
from xtiger.ports import Context
from xtiger.ports.database import Transaction
from xtiger_queue import channels, jobs
from xtiger_queue.jobs import Job, Key, Reason
from xtiger_queue.tables import VERSION_TABLE, channel_table, job_table, metadata

T = TypeVar("T")

#: Keys per statement; databases limit the values of one.
_CHUNK = 400
_c = job_table.c


def begin(context: Context) -> AbstractContextManager[Transaction]:
    """A transaction of the store: the one this thread is in, if any."""
    return context.database.writing()


def look(context: Context) -> AbstractContextManager[Transaction]:
    """A transaction that only reads, so that it waits for no writer."""
    return context.database.reading()


def enqueue(
    connection: Transaction,
    tenant: str,
    connection_id: str,
    refs: Sequence[Ref],
    reason: Reason,
    now: datetime,
    by: str = "",
) -> int:
    """Request a sync of these records, each folded into its one job; returns how many records."""
    keys = list(dict.fromkeys(Key(tenant, connection_id, ref.module, ref.id) for ref in refs))
    for chunk in _chunks(keys):
        # The insert takes the lock (or waits for it), so no request is lost between two writers.
        fresh = [_values(jobs.new_job(key, reason, now)) for key in chunk]
        connection.execute(_insert_or_leave(connection), fresh)
        _save(connection, [jobs.fold(job, reason, now, by) for job in _of_keys(connection, chunk)])
    return len(keys)


#: How long a claim may last at most, seen by a clock that is up to five minutes behind.
LONGEST_CLAIM = timedelta(seconds=900)


def claim(
    connection: Transaction,
    holder: str,
    now: datetime,
    *,
    connections: Sequence[str],
    modules: Sequence[str],
    limit: int,
    lease_seconds: float,
) -> list[Job]:
    """Take up to `limit` due jobs for one round, in the order of `jobs.in_order`.

    Each channel gets its own capacity, and where `limit` is not enough for all, the first of each
    before the second of any: what is changed in thousands keeps nothing else waiting.
    Jobs of a round that stopped without a word (its lease ended) are taken over; that counts
    as a failure, lest a record that kills its worker is tried for ever.
    """
    place = {module: index for index, module in enumerate(modules)}
    if not place or not connections:
        return []
    free = _free(now, connections, modules)
    placed = _placed(free)
    first = (
        sa.select(_c.id)
        .join(placed, placed.c.id == _c.id)
        .where(free, placed.c.place <= placed.c.capacity)
        .order_by(placed.c.place, sa.case(place, value=_c.module), _c.id)
        .limit(limit)
        .with_for_update(of=job_table, skip_locked=True)
    )
    ids = connection.execute(first).column(int)
    found = _of_ids(connection, ids)
    _give_up_lost(connection, [job for job in found if job.state == "running"], now)
    taken = sa.update(job_table).where(_c.id.in_(ids), free)
    until = now + timedelta(seconds=lease_seconds)
    connection.execute(
        taken.values(state="running", taken=_c.generation, holder=holder, claimed_until=until)
    )
    return jobs.in_order(_read(connection, _c.holder == holder), modules)


def _placed(free: sa.ColumnElement[bool]) -> sa.Subquery:
    """The free jobs with their places in their channels, and what each channel holds."""
    asked_for = sa.case((_c.reason == "person", 0), else_=1)
    own = channel_table.c
    place = sa.func.row_number().over(
        partition_by=(_c.connection_id, _c.module),
        order_by=(_c.priority.desc(), asked_for, _c.due_at, _c.id),
    )
    capacity = sa.func.coalesce(own.capacity, channels.USUAL_CAPACITY)
    with_channel = job_table.outerjoin(
        channel_table, sa.and_(own.connection_id == _c.connection_id, own.module == _c.module)
    )
    query = sa.select(_c.id, place.label("place"), capacity.label("capacity"))
    return query.select_from(with_channel).where(free).subquery("placed")


def claim_ids(
    connection: Transaction, holder: str, jobs_to_run: Sequence[Job], until: datetime, by: str = ""
) -> list[Job]:
    """Take these jobs for a round at a person's word, due or not; those that run are left out."""
    ids = [job.id for job in jobs_to_run if job.id is not None]
    asked = {"reason": "person", "tries": 0, "company": jobs.MOST_PER_RUN}
    asked |= {"asked_by": by} if by else {}
    taken = sa.update(job_table).values(
        state="running", taken=_c.generation, holder=holder, claimed_until=until, **asked
    )
    for chunk in _chunks(ids):
        connection.execute(taken.where(_c.id.in_(chunk), _c.state != "running"))
    return _read(connection, _c.holder == holder)


def is_due(
    connection: Transaction, now: datetime, connections: Sequence[str], modules: Sequence[str]
) -> bool:
    """Whether `claim` would find anything; reads only, so that idle workers take no lock."""
    query = sa.select(_c.id).where(_free(now, connections, modules)).limit(1)
    return bool(connection.execute(query).column(int))


def _free(
    now: datetime, connections: Sequence[str], modules: Sequence[str]
) -> sa.ColumnElement[bool]:
    due = sa.and_(_c.state == "waiting", _c.due_at <= now)
    # One that lasts longer than any can was taken by a clock that was wrong.
    ended = sa.or_(_c.claimed_until <= now, _c.claimed_until > now + LONGEST_CLAIM)
    lost = sa.and_(_c.state == "running", ended)
    return sa.and_(sa.or_(due, lost), _c.connection_id.in_(connections), _c.module.in_(modules))


def wake_children(
    connection: Transaction, connection_id: str, modules: Sequence[str], now: datetime
) -> int:
    """Let jobs that waited for another record go on now; returns how many."""
    waiting = sa.and_(
        _c.connection_id == connection_id,
        _c.state == "held",
        _c.module.in_(modules),
        _c.code == jobs.WAITS_FOR_PARENT,
    )
    found = _read(connection, waiting)
    _save(connection, [jobs.released(job, now) for job in found])
    return len(found)


def renew(connection: Transaction, holder: str, until: datetime) -> None:
    """Prolong the lease of everything that the round still holds."""
    held = sa.update(job_table).where(_c.holder == holder, _c.state == "running")
    connection.execute(held.values(claimed_until=until))


def holding(connection: Transaction, holder: str, claimed: Iterable[Job]) -> list[Job]:
    """Those of the claimed jobs that the round still holds, as they are now and locked."""
    ids = [job.id for job in claimed if job.id is not None]
    return [job for job in _of_ids(connection, ids) if job.holder == holder]


def put_back(connection: Transaction, decided: Iterable[tuple[Job, Job | None]]) -> None:
    """Write what a decision made of each job; None removes it. Two statements for any number."""
    pairs = list(decided)
    gone = [job.id for job, after in pairs if after is None]
    for chunk in _chunks(gone):
        connection.execute(sa.delete(job_table).where(_c.id.in_(chunk)))
    _save(connection, [after for _, after in pairs if after is not None])


def postpone_waiting(
    connection: Transaction,
    connection_id: str,
    module: str | None,
    sentence: str,
    until: datetime,
) -> None:
    """Let everything that waits, of one module or (None) all, wait at least until then."""
    rows = sa.update(job_table).where(
        _c.connection_id == connection_id, _c.state == "waiting", _c.due_at < until
    )
    if module is not None:
        rows = rows.where(_c.module == module)
    connection.execute(rows.values(due_at=until, sentence=sentence, fix=""))


def tell_waiting(connection: Transaction, connection_id: str, sentence: str) -> int:
    """Say why everything that waits for a connection goes on waiting; returns how many."""
    rows = sa.update(job_table).where(_c.connection_id == connection_id, _c.state == "waiting")
    return connection.execute(rows.values(sentence=sentence, fix="")).changed


def wake_waiting(connection: Transaction, connection_id: str, now: datetime) -> int:
    """Let everything that waits for a connection go on now; returns how many."""
    rows = sa.update(job_table).where(_c.connection_id == connection_id, _c.state == "waiting")
    return connection.execute(rows.values(due_at=now, sentence="", fix="", cause="")).changed


class JobFilters(TypedDict, total=False):
    """What jobs may be asked for by; "" and None fit every job."""

    module: str
    state: str
    connections: Sequence[str] | None
    #: When they began to wait: included, and not included.
    since: datetime | None
    until: datetime | None


def find(
    connection: Transaction,
    tenant: str,
    *,
    module: str = "",
    state: str = "",
    connections: Sequence[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[Job]:
    """The tenant's jobs that fit, not locked, the one due first first."""
    tests = [_c.tenant == tenant]
    tests += [_c.created_at >= since] if since else []
    tests += [_c.created_at < until] if until else []
    tests += [_c.module == module] if module else []
    tests += [_c.state == state] if state else []
    tests += [_c.connection_id.in_(connections)] if connections is not None else []
    order = (_c.due_at, _c.id)
    return _read(connection, *tests, order=order, limit=limit, offset=offset, lock=False)


def find_key(connection: Transaction, key: Key, *, lock: bool = False) -> Job | None:
    """The job of a record."""
    found = _read(
        connection,
        _c.tenant == key.tenant,
        _c.connection_id == key.connection_id,
        _c.module == key.module,
        _c.crm_id == key.crm_id,
        lock=lock,
    )
    return found[0] if found else None


def find_answered(
    connection: Transaction,
    tenant: str,
    connection_id: str,
    refs: Sequence[Ref],
    run_started_at: datetime,
    *,
    lock: bool = False,
) -> list[Job]:
    """The jobs of these records that `jobs.answered` is true of."""
    found: list[Job] = []
    for chunk in _chunks(refs):
        keys = [Key(tenant, connection_id, ref.module, ref.id) for ref in chunk]
        found += _of_keys(connection, keys, _answered(run_started_at), lock=lock)
    return found


def is_answered(
    connection: Transaction, tenant: str, connection_id: str, run_started_at: datetime
) -> bool:
    """Whether a run of this connection may have seen any of its jobs."""
    theirs = sa.and_(_c.tenant == tenant, _c.connection_id == connection_id)
    query = sa.select(_c.id).where(theirs, _answered(run_started_at)).limit(1)
    return bool(connection.execute(query).column(int))


def _answered(run_started_at: datetime) -> sa.ColumnElement[bool]:
    # What another run met ends no hold of a person.
    on_hold = sa.and_(_c.state == "held", _c.code == jobs.ON_HOLD)
    seen = job_table.c[_REQUESTED] < run_started_at
    return sa.and_(_c.state != "running", sa.not_(on_hold), seen)


def find_on_hold(connection: Transaction, tenant: str, refs: Sequence[Ref]) -> list[Job]:
    """The jobs of these records that a person put on hold, for whichever connection; locked."""
    wanted, found = set(refs), list[Job]()
    for chunk in _chunks(refs):
        found += _read(
            connection,
            _c.tenant == tenant,
            _c.state == "held",
            _c.code == jobs.ON_HOLD,
            _c.crm_id.in_([ref.id for ref in chunk]),
        )
    return [job for job in found if Ref(job.key.module, job.key.crm_id) in wanted]


def find_ids(connection: Transaction, tenant: str, ids: Sequence[int]) -> list[Job]:
    """The tenant's jobs with these ids, locked; ids that it does not know are left out."""
    return _of_ids(connection, ids, _c.tenant == tenant)


def find_known(connection: Transaction, tenant: str, ids: Sequence[int]) -> list[Job]:
    """The same, not locked."""
    chunks = _chunks(list(ids))
    theirs = _c.tenant == tenant
    return [
        job for chunk in chunks for job in _read(connection, _c.id.in_(chunk), theirs, lock=False)
    ]


def counts(connection: Transaction, tenant: str) -> dict[str, int]:
    """State → number of the tenant's jobs."""
    number = sa.func.count().label("number")
    query = sa.select(_c.state, number).where(_c.tenant == tenant).group_by(_c.state)
    return dict(connection.execute(query).rows(_state_and_number))


def size(connection: Transaction) -> int:
    """How many jobs there are in the installation."""
    (number,) = connection.execute(sa.select(sa.func.count()).select_from(job_table)).column(int)
    return number


def running(connection: Transaction, now: datetime) -> int:
    """How many jobs of the installation a round is syncing."""
    live = sa.and_(_c.state == "running", _c.claimed_until > now)
    query = sa.select(sa.func.count()).select_from(job_table).where(live)
    (number,) = connection.execute(query).column(int)
    return number


def adopt(context: Context) -> None:
    """Give the jobs of a release that knew no tenants to the only one, where there is one."""
    nobodys = _c.tenant.is_(None)
    with look(context) as connection:
        if not connection.execute(sa.select(_c.id).where(nobodys).limit(1)).column(int):
            return
    if len(context.host.tenants()) > 1:
        return
    with begin(context) as connection:
        connection.execute(sa.update(job_table).where(nobodys).values(tenant=context.tenant))


def remove(connection: Transaction, tenant: str, ids: Sequence[int]) -> int:
    """Take jobs of a tenant out of the queue, running ones too: their round finds them gone."""
    removed = 0
    for chunk in _chunks(list(ids)):
        theirs = sa.and_(_c.tenant == tenant, _c.id.in_(chunk))
        removed += connection.execute(sa.delete(job_table).where(theirs)).changed
    return removed


def remove_tenant(connection: Transaction, tenant: str) -> int:
    """Take all jobs of a tenant out of the queue; returns how many."""
    return connection.execute(sa.delete(job_table).where(_c.tenant == tenant)).changed


def every_row(connection: Transaction) -> list[Mapping[str, Plain]]:
    """The whole table as plain values, by id."""
    return connection.execute(sa.select(job_table).order_by(_c.id)).rows(dict)


def drop(connection: Transaction) -> None:
    """Remove the tables and the note of their release."""
    for table in (*metadata.sorted_tables, sa.Table(VERSION_TABLE, sa.MetaData())):
        connection.execute(DropTable(table, if_exists=True))


def _give_up_lost(connection: Transaction, lost: Iterable[Job], now: datetime) -> None:
    sentence = "The worker stopped while it was syncing this record."
    _save(connection, [jobs.run_failed(job, sentence, now) for job in lost])


def _insert_or_leave(connection: Transaction) -> sa.Insert:
    # The statement is the same in both databases, only its builder is not.
    if connection.dialect == "sqlite":
        return sqlite.insert(job_table).on_conflict_do_nothing()
    return postgresql.insert(job_table).on_conflict_do_nothing()


def _of_keys(
    connection: Transaction, keys: Sequence[Key], *tests: sa.ColumnElement[bool], lock: bool = True
) -> list[Job]:
    wanted = set(keys)
    found = _read(
        connection,
        _c.tenant == keys[0].tenant,
        _c.connection_id == keys[0].connection_id,
        _c.module.in_({key.module for key in keys}),
        _c.crm_id.in_([key.crm_id for key in keys]),
        *tests,
        lock=lock,
    )
    return [job for job in found if job.key in wanted]


def _of_ids(
    connection: Transaction, ids: Sequence[int], *tests: sa.ColumnElement[bool]
) -> list[Job]:
    chunks = _chunks(list(ids))
    return [job for chunk in chunks for job in _read(connection, _c.id.in_(chunk), *tests)]


def _read(
    connection: Transaction,
    *tests: sa.ColumnElement[bool],
    order: Sequence[sa.ColumnElement[object]] = (_c.id,),
    limit: int | None = None,
    offset: int = 0,
    lock: bool = True,
) -> list[Job]:
    query = sa.select(job_table).where(*tests).order_by(*order).limit(limit)
    query = query.offset(offset) if offset else query
    # SQLite has one writer, who holds the lock already; the words are left out there.
    return connection.execute(query.with_for_update() if lock else query).rows(_job)


def _save(connection: Transaction, changed: Sequence[Job]) -> None:
    if changed:
        rows = sa.update(job_table).where(_c.id == sa.bindparam("row"))
        connection.execute(rows, [{"row": job.id, **_values(job)} for job in changed])


def _values(job: Job) -> dict[str, object]:
    return {
        "tenant": job.key.tenant,
        "connection_id": job.key.connection_id,
        "module": job.key.module,
        "crm_id": job.key.crm_id,
        _REQUESTED: job.requested_at,
        **{name: getattr(job, name) for name in _PLAIN},
    }


def _job(*, tenant: str, connection_id: str, module: str, crm_id: str, **rest: Any) -> Job:
    # Any: all other columns are fields of Job by the same name.
    requested_at = rest.pop(_REQUESTED)
    return Job(Key(tenant, connection_id, module, crm_id), requested_at=requested_at, **rest)


def _state_and_number(state: str, number: int) -> tuple[str, int]:
    return state, number


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for at in range(0, len(items), _CHUNK):
        yield items[at : at + _CHUNK]


#: The column of `Job.requested_at`, as the first release named it.
_REQUESTED = "wished_at"
#: Columns that are fields of Job by the same name.
_PLAIN = tuple(
    c.name for c in job_table.columns if c.name not in (*Key.__slots__, "id", _REQUESTED)
)
