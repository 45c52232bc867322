"""Running what is scheduled: due ones are taken once, by whichever worker comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from xtiger.errors import NeedsPerson, RetryLater, XTigerError, log_line
from xtiger.hookspecs import TimedWork, Times
from xtiger.i18n.process_log import process_log
from xtiger.model.asked_sync import Direction
from xtiger.model.plans import AGREED
from xtiger.model.verbs import ResultName
from xtiger.ports import Context
from xtiger_queue import done, schedule_store, schedules, store
from xtiger_queue.done import Done
from xtiger_queue.schedules import ALL, OFF, Kind, Schedule

#: How long a run of a schedule may be silent before another worker takes it over.
LEASE_SECONDS = 600
#: Results of a run that found something to do.
CHANGED: Sequence[ResultName] = ("created", "updated", "removed", "linked")
#: What one tick on the page Start sets: a sync at this interval, and a proof at this hour (UTC).
USUAL_SYNC, USUAL_PROOF = "10m", "0 2 * * *"


def run_due(context: Context, now: datetime) -> int:
    """Sync and prove what is scheduled until now; returns how many runs there were.

    One run for each connection and kind, however many of its schedules are due and however often
    each was missed. Each is taken alone, just before it runs, so that another worker does the next
    one meanwhile. One that is killed in the middle leaves it to the next: its due time moves at
    the end.
    """
    active = [c.id for c in context.connections() if c.state == "active"]
    with store.look(context) as connection:
        kinds = schedule_store.due_kinds(connection, now, active)
    count = 0
    for kind in kinds:
        if context.stopping():
            break
        count += _run_one(context, kind, now)
    return count


def _run_one(context: Context, kind: Kind, now: datetime) -> int:
    """Carry out what is due of one kind, unless another worker does."""
    with store.look(context) as connection:
        if kind not in schedule_store.due_kinds(connection, now, [kind[0]]):
            return 0
    holder = context.clock.new_id()
    # The claim begins now, however long the kinds before it took.
    until = context.now() + timedelta(seconds=LEASE_SECONDS)
    with store.begin(context) as connection:
        claimed = schedule_store.claim(connection, holder, now, until, kind)
        known = [one for one in schedule_store.find(connection, [kind[0]]) if one.kind == kind]
    late = {one: schedules.late(one, context.now()) for one in claimed}
    due = [one for one in claimed if late[one] is None]
    # What waited until its quiet hours began waits for their end, too.
    after = [schedules.waiting(one, later) for one, later in late.items() if later is not None]
    after += _run(context, due, known) if due else []
    ended = [one for one in after if one.done_at is not None and one.done_at >= now]
    with store.begin(context) as connection:
        schedule_store.put_back(connection, holder, after)
        done.keep(connection, _carried_out(context, due, ended), context.now())
    return 1 if due else 0


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


def _run(context: Context, due: Sequence[Schedule], known: Sequence[Schedule]) -> list[Schedule]:
    """One run for these due schedules of one kind; returns them as they are afterwards."""
    started = context.now()
    try:
        said, has_changed = _carry_out(context, due, known)
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
    now, calls = context.now(), context.calls_left(due[0].connection_id)
    return [
        schedules.done(one, started, now, said, has_changed=has_changed, calls=calls) for one in due
    ]


def _carry_out(
    context: Context, due: Sequence[Schedule], known: Sequence[Schedule]
) -> tuple[str, bool]:
    """Sync or prove what is due.

    Returns what a proof found, "" when both sides agree, and whether a sync changed anything.
    """
    connection_id, proof, direction = due[0].kind
    wanted = schedules.modules_of(due, known, context.synced_modules(connection_id))
    if not wanted:
        return "", False
    if not proof:
        run = context.sync_all(connection_id, wanted, "schedule", direction)
        return "", any(run.totals.get(result) for result in CHANGED)
    run = context.prove(connection_id, wanted)
    if run.state == AGREED:
        return "", False
    return f"{run.error} List them: xtiger reconcile", True


# --- what people set ---


def set_schedule(
    context: Context,
    connection_id: str,
    module: str,
    every: str,
    zone: str,
    *,
    proof: bool = False,
    direction: Direction = "",
    quiet: str = "",
) -> Schedule:
    """Set or switch off the schedule of a module, or ("all") of all that have no other.

    `proof` means that of the proof, and `direction` that of one way alone, "to_xero" or "to_crm":
    each stands beside that of the sync both ways. `quiet` names hours in which none begins, such
    as "22:00-06:00" on the clock of `zone`. Raises NeedsPerson for an unknown module and for a
    time that cannot be kept.
    """
    name = _module(context, module)
    new = schedules.made(
        connection_id,
        name,
        every,
        zone,
        context.now(),
        proof=proof,
        direction=direction,
        quiet=quiet,
    )
    with store.begin(context) as connection:
        known = schedule_store.find(connection, [connection_id])
        same = (one for one in known if (one.module, one.kind) == (name, new.kind))
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
    own = (connection_id, ALL, "")
    there = {one.proof for one in known if (one.connection_id, one.module, one.direction) == own}
    for proof, every in usual:
        if on and proof not in there:
            set_schedule(context, connection_id, "all", every, "UTC", proof=proof)
        if not on and proof in there:
            set_schedule(context, connection_id, "all", OFF, "UTC", proof=proof)


def set_all(
    context: Context, connection_id: str, work: Sequence[TimedWork], *, save: bool
) -> Times:
    """Let a connection have exactly these schedules; one that stays as it is keeps its turn.

    Nothing is saved while one of them cannot be kept, or without `save`.
    """
    known = [one for one in find_schedules(context) if one.connection_id == connection_id]
    wanted, problems = list[Schedule](), dict[int, str]()
    for number, one in enumerate(work, 1):
        try:
            name = _module(context, one.module or "all")
            new = schedules.made(
                connection_id,
                name,
                one.every,
                one.zone,
                context.now(),
                proof=one.proof,
                direction=one.direction,
                quiet=one.quiet,
            )
        except NeedsPerson as error:
            problems[number] = str(error)
        else:
            wanted.append(schedules.as_it_was(new, known))
    kept = schedules.without_idle_off(wanted)
    if save and not problems:
        with store.begin(context) as connection:
            schedule_store.replace_all(connection, connection_id, kept)
    return Times([timed(one) for one in kept], problems)


def timed(one: Schedule) -> TimedWork:
    """A schedule as everybody else reads it."""
    return TimedWork(
        one.proof,
        one.module,
        one.every,
        one.due_at,
        one.done_at,
        direction=one.direction,
        zone=one.zone,
        quiet=one.quiet,
    )


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
