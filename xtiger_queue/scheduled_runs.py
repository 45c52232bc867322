"""Running what is scheduled: due ones are taken once, by whichever worker comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from xtiger.errors import NeedsPerson, RetryLater, XTigerError, log_line
from xtiger.i18n.process_log import process_log
from xtiger.model.plans import AGREED
from xtiger.ports import Context
from xtiger_queue import done, schedule_store, schedules, store
from xtiger_queue.done import Done
from xtiger_queue.schedules import ALL, OFF, Schedule

#: How long a run of a schedule may be silent before another worker takes it over.
LEASE_SECONDS = 600
#: What one tick on the page Start sets: a sync at this interval, and a proof at this hour (UTC).
USUAL_SYNC, USUAL_PROOF = "10m", "0 2 * * *"


def run_due(context: Context, now: datetime) -> int:
    """Sync and prove what is scheduled until now; returns how many runs there were.

    One run of each per connection, however many of its schedules are due and however often each was
    missed. Each connection is taken alone, so that another worker does the next one meanwhile. One
    that is killed in the middle leaves it to the next: its due time moves at the end.
    """
    active = [c.id for c in context.connections() if c.state == "active"]
    with store.look(context) as connection:
        if not schedule_store.is_due(connection, now, active):
            return 0
    count = 0
    for connection_id in active:
        if context.stopping():
            break
        count += _run_one(context, connection_id, now)
    return count


def _run_one(context: Context, one: str, now: datetime) -> int:
    """Carry out what is due for one connection, unless another worker does."""
    with store.look(context) as connection:
        if not schedule_store.is_due(connection, now, [one]):
            return 0
    holder, count = context.clock.new_id(), 0
    # The claim begins now, however long the connections before it took.
    until = context.now() + timedelta(seconds=LEASE_SECONDS)
    with store.begin(context) as connection:
        claimed = schedule_store.claim(connection, holder, now, until, [one])
        known = schedule_store.find(connection, [one])
    # The sync comes first: what it carries over is no difference any more.
    for (connection_id, proof), group in groupby(claimed, key=_kind):
        own = [one for one in known if _kind(one) == (connection_id, proof)]
        due = list(group)
        after = _run(context, connection_id, due, own)
        count += 1
        ended = [one for one in after if one.done_at is not None and one.done_at >= now]
        with store.begin(context) as connection:
            schedule_store.put_back(connection, holder, after)
            done.keep(connection, _carried_out(context, due, ended), context.now())
    return count


def _carried_out(
    context: Context, due: Sequence[Schedule], ended: Sequence[Schedule]
) -> list[Done]:
    """What is kept of a run that ended well; [] of one that did not."""
    if not ended:
        return []
    first = ended[0]
    return [
        Done(
            tenant=context.tenant,
            connection_id=first.connection_id,
            module=", ".join(one.module or "all" for one in ended),
            name=first.sentence if first.proof else "",
            reason="proof" if first.proof else "schedule",
            result="done",
            created_at=min(one.due_at for one in due if one.due_at is not None),
            done_at=context.now(),
        )
    ]


def _kind(one: Schedule) -> tuple[str, bool]:
    return one.connection_id, one.proof


def _run(
    context: Context, connection_id: str, due: Sequence[Schedule], known: Sequence[Schedule]
) -> list[Schedule]:
    """One run for these due schedules of a connection; answers them as they are afterwards."""
    started = context.now()
    try:
        said = _carry_out(context, connection_id, due, known)
    except RetryLater as error:
        return [schedules.postponed(one, error, context.now()) for one in due]
    except XTigerError as error:
        return [schedules.failed(one, str(error), started, context.now()) for one in due]
    # The worker loop: one broken run must not keep all others from being synced.
    except Exception as error:  # noqa: BLE001
        log = process_log("xtiger_queue")
        log.error("A scheduled run broke: %s", log_line(error))
        broken = f"A fault in the library or the CRM's adapter stopped it ({type(error).__name__})."
        return [schedules.failed(one, broken, started, context.now()) for one in due]
    return [schedules.done(one, started, context.now(), said) for one in due]


def _carry_out(
    context: Context, connection_id: str, due: Sequence[Schedule], known: Sequence[Schedule]
) -> str:
    """Sync or prove what is due; returns what a proof found, "" when both sides agree."""
    wanted = schedules.modules_of(due, known, context.synced_modules(connection_id))
    if not wanted:
        return ""
    if not due[0].proof:
        context.sync_all(connection_id, wanted, "schedule")
        return ""
    run = context.prove(connection_id, wanted)
    if run.state == AGREED:
        return ""
    return f"{run.error} List them: xtiger reconcile"


# --- what people set ---


def set_schedule(
    context: Context,
    connection_id: str,
    module: str,
    every: str,
    zone: str,
    *,
    proof: bool = False,
) -> Schedule:
    """Set or switch off the schedule of a module, or ("all") of all that have no other.

    `proof` means that of the proof, which stands beside that of the sync. Raises NeedsPerson for
    an unknown module and for a time that cannot be kept.
    """
    name = _module(context, module)
    new = schedules.made(connection_id, name, every, zone, context.now(), proof=proof)
    with store.begin(context) as connection:
        known = schedule_store.find(connection, [connection_id])
        same = (one for one in known if (one.module, one.proof) == (name, proof))
        before = next(same, None)
        if before is not None:
            new = replace(new, done_at=before.done_at)
        schedule_store.replace_all(connection, connection_id, schedules.replaced(known, new))
    return new


def keep_usual(context: Context, connection_id: str, on: bool) -> None:
    """Sync all every ten minutes and prove each night, or let nothing be scheduled for all.

    A time that a person set for all modules stays as it is.
    """
    usual = ((False, USUAL_SYNC), (True, USUAL_PROOF))
    known = find_schedules(context)
    there = {one.proof for one in known if (one.connection_id, one.module) == (connection_id, ALL)}
    for proof, every in usual:
        if on and proof not in there:
            set_schedule(context, connection_id, "all", every, "UTC", proof=proof)
        if not on and proof in there:
            set_schedule(context, connection_id, "all", OFF, "UTC", proof=proof)


def _module(context: Context, asked: str) -> str:
    return ALL if asked.casefold() == "all" else known_module(context, asked)


def known_module(context: Context, asked: str) -> str:
    """The module of this name, in upper or lower case; raises NeedsPerson for an unknown one."""
    known = {name.casefold(): name for name in context.module_order()}
    if asked.casefold() not in known:
        raise NeedsPerson(
            f"{asked!r} is no module that is synced. Name one of these, or all: "
            f"{', '.join(known.values())}"
        )
    return known[asked.casefold()]


def find_schedules(context: Context) -> list[Schedule]:
    """The schedules of the connections that the context knows."""
    with store.look(context) as connection:
        return schedule_store.find(connection, [c.id for c in context.connections()])
