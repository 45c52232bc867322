"""How people put records into the queue, send them again, and take them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from xtiger.errors import NeedsPerson, NotConnected, UnknownModule
from xtiger.i18n.language import REGIONS, language
from xtiger.model.connections import Connection
from xtiger.model.records import Ref
from xtiger.ports import Context
from xtiger.ports.database import Transaction
from xtiger_queue import jobs, rounds, store
from xtiger_queue.jobs import Job, Key, Priority
from xtiger_queue.rounds import Report

SALE_WON = (
    "The sale is won. Make its invoice in the CRM; the invoice then goes to Xero automatically."
)


def add(context: Context, refs: Sequence[Ref], asked: str = "") -> str:
    """Add to Queue: put these records first in line; returns a sentence for the person.

    `asked` is the name or id of a connection. Raises UnknownModule for a module that is not
    synced, NotConnected without a connection, NeedsPerson when it is not clear which one.
    """
    known = list(context.module_order())
    for ref in refs:
        if ref.module not in known:
            raise UnknownModule(ref.module, known)
    ordered = sorted(refs, key=lambda ref: known.index(ref.module))
    targets = _targets(context.connections(), asked)
    with store.begin(context) as connection:
        for target in targets:
            store.enqueue(
                connection, context.tenant, target.id, ordered, "person", context.now(), context.by
            )
    count = len(set(refs))
    return (
        "1 record waits in the queue and goes to Xero with its next round."
        if count == 1
        else f"{count} records wait in the queue and go to Xero with its next rounds."
    )


def retry(context: Context, ids: Sequence[int] = (), *, every: bool = False) -> int:
    """Let jobs go on now, held ones too; `every` takes all but those on hold; returns how many.

    Raises NeedsPerson naming the ids that are not in the queue, or that are on hold.
    """
    now = context.now()
    with store.begin(context) as connection:
        if every:
            ids = [job.id for job in store.find(connection, context.tenant) if job.id is not None]
        found = store.find_ids(connection, context.tenant, ids)
        if not every:
            _require(ids, [job.id for job in found])
            _require_not_on_hold(found)
        # A won sale has nothing to send: its invoice comes as a record of its own.
        again = [job for job in found if _may_go(job) and not job.is_on_hold]
        store.put_back(connection, [(job, _again(context, job, now)) for job in again])
    return len(again)


def run_now(context: Context, ids: Sequence[int]) -> Report:
    """Sync jobs now, before all others; what came of them.

    Raises NeedsPerson naming the ids that are not in the queue, or that are on hold.
    """
    with store.look(context) as connection:
        found = store.find_known(connection, context.tenant, ids)
    _require(ids, [job.id for job in found])
    _require_not_on_hold(found)
    return rounds.run_now(context, [job.id for job in found if job.id and _may_go(job)])


def hold(context: Context, ids: Sequence[int]) -> int:
    """Put jobs on hold: neither the queue nor any other run sends their records until release().

    Those that run now are left out; returns how many. A hold that a record has already keeps its
    reason, and outlasts release(). Raises NeedsPerson naming the ids that are not in the queue.
    """
    said = _on_hold(context.locale)
    with store.begin(context) as connection:
        found = store.find_ids(connection, context.tenant, ids)
        _require(ids, [job.id for job in found])
        ours = [job for job in found if _may_go(job)]
        store.put_back(connection, [(job, jobs.on_hold(job)) for job in ours])
        for job in ours:
            if _is_ours(context, job.key.module, job.key.crm_id):
                context.hold(job.key.module, job.key.crm_id, said)
    return len(ours)


def release(context: Context, ids: Sequence[int]) -> int:
    """End the hold of jobs and of their records: they go with the next round; returns how many.

    Raises NeedsPerson naming the ids that are not in the queue.
    """
    now = context.now()
    with store.begin(context) as connection:
        found = store.find_ids(connection, context.tenant, ids)
        _require(ids, [job.id for job in found])
        freed = _end_holds(context, connection, found)
        store.put_back(connection, [(job, _again(context, job, now)) for job in freed])
    asked = set(ids)
    return sum(job.id in asked for job in freed)


def _again(context: Context, job: Job, now: datetime) -> Job:
    """The job with a fresh start, as who lets it go on asked."""
    return jobs.asked(jobs.released(job, now), context.by)


def _end_holds(context: Context, connection: Transaction, found: Sequence[Job]) -> list[Job]:
    """End the holds of the records of those jobs that have one; returns all jobs of the records."""
    held = [Ref(job.key.module, job.key.crm_id) for job in found if job.is_on_hold]
    freed = store.find_on_hold(connection, context.tenant, held)
    for ref in held:
        if _is_ours(context, ref.module, ref.id):
            context.hold(ref.module, ref.id, "")
    return freed


def _is_ours(context: Context, module: str, crm_id: str) -> bool:
    """Whether nobody but the queue holds a record; its reason may be of another language."""
    reason = context.hold_of(module, crm_id)
    return not reason or reason in {_on_hold(one) for one in REGIONS}


def _on_hold(locale: str) -> str:
    """The reason of the holds that the queue sets."""
    return language(locale).translate(
        "Somebody put it on hold in the Xero Queue, where it is released, too."
    )


def prioritise(context: Context, ids: Sequence[int], priority: Priority) -> int:
    """Let jobs go before all others (1), as usual (0), or after all others (-1); how many.

    Raises NeedsPerson naming the ids that are not in the queue.
    """
    with store.begin(context) as connection:
        found = store.find_ids(connection, context.tenant, ids)
        _require(ids, [job.id for job in found])
        ours = [job for job in found if _may_go(job)]
        store.put_back(connection, [(job, replace(job, priority=priority)) for job in ours])
    return len(ours)


def _may_go(job: Job) -> bool:
    """Whether there is something to send, and nothing sends it now."""
    return job.state != "running" and job.reason != "sale"


def _require_not_on_hold(found: Sequence[Job]) -> None:
    held = [str(job.id) for job in found if job.is_on_hold]
    if held:
        raise NeedsPerson(
            f"Somebody put job {', '.join(held)} on hold. "
            f"Release it first: xtiger queue release {' '.join(held)}"
        )


def cancel(context: Context, ids: Sequence[int]) -> int:
    """Take jobs out of the queue; their records stay as they are. Returns how many.

    Raises NeedsPerson naming the ids that are not in the queue.
    """
    with store.begin(context) as connection:
        found = store.find_ids(connection, context.tenant, ids)
        _require(ids, [job.id for job in found])
        _end_holds(context, connection, found)
        return store.remove(connection, context.tenant, ids)


def done(context: Context, ids: Sequence[int]) -> int:
    """Take jobs as done by hand: neither they nor the changes behind them wait any more.

    The next read of both sides compares the records as usual, so that no difference is hidden.
    Returns how many. Raises NeedsPerson naming the ids that are not in the queue.
    """
    with store.begin(context) as connection:
        found = store.find_ids(connection, context.tenant, ids)
        _require(ids, [job.id for job in found])
        _end_holds(context, connection, found)
        count = store.remove(connection, context.tenant, ids)
    for (connection_id, module), ids_of in _by_module(found).items():
        context.forget_changes(connection_id, module, ids_of)
    return count


def _by_module(found: Sequence[Job]) -> dict[tuple[str, str], list[str]]:
    """(connection id, module) → CRM ids of these jobs."""
    ids: dict[tuple[str, str], list[str]] = {}
    for job in found:
        ids.setdefault((job.key.connection_id, job.key.module), []).append(job.key.crm_id)
    return ids


def note_sale(context: Context, ref: Ref, problem: str = "") -> None:
    """Remember that a won sale wants an invoice, until a person takes it out.

    `problem`: why the CRM refused the one that was to be made.
    """
    active = [c for c in context.connections() if c.state == "active"]
    now = context.now()
    target = active[0].id if len(active) == 1 else ""
    key = Key(context.tenant, target, ref.module, ref.id)
    with store.begin(context) as connection:
        store.enqueue(connection, key.tenant, key.connection_id, [ref], "sale", now)
        job = store.find_key(connection, key, lock=True)
        if job is not None:
            store.put_back(connection, [(job, jobs.for_a_person(job, _said(problem)))])


def _said(problem: str) -> str:
    return f"{SALE_WON} The CRM refused to make it: {problem}" if problem else SALE_WON


def _require(ids: Sequence[int], found: Sequence[int | None]) -> None:
    missing = [str(asked) for asked in ids if asked not in found]
    if missing:
        raise NeedsPerson(
            f"The queue has no job {', '.join(missing)}. See its jobs: xtiger queue list"
        )


def _targets(connections: Sequence[Connection], asked: str) -> list[Connection]:
    """The connections that a person's request is meant for."""
    if asked:
        named = [c for c in connections if asked in (c.id, c.name)]
        if not named:
            raise NeedsPerson(
                f"There is no connection {asked!r}. Known ones: {_names(connections)}"
            )
        return named
    active = [c for c in connections if c.state == "active"]
    if not connections:
        raise NotConnected
    # Nothing is lost while the only connection has ended: the jobs wait for the next one.
    return active or list(connections[:1])


def one_connection(context: Context, asked: str = "") -> Connection:
    """The connection that is meant: the named one, or the only active one.

    Raises NotConnected, and NeedsPerson when it is not clear which one.
    """
    found = _targets(context.connections(), asked)
    if len(found) > 1:
        raise NeedsPerson(
            f"Several organisations are connected: {_names(found)}. Name one: --connection"
        )
    return found[0]


def _names(connections: Sequence[Connection]) -> str:
    return ", ".join(f"{c.name} ({c.id})" for c in connections)
