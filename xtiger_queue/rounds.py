"""A round of the queue: claim what is due, sync it in order, settle each job by its result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from xtiger.errors import NeedsPerson, RetryLater, XeroRejected, XTigerError, log_line
from xtiger.i18n.process_log import process_log
from xtiger.model.records import Ref
from xtiger.model.runs import Outcome, Run
from xtiger.ports import Context
from xtiger_queue import causes, done, jobs, store
from xtiger_queue.done import Done
from xtiger_queue.jobs import Batch, Job

#: Jobs per round, of all channels together.
ROUND_SIZE = 1_000
#: Rounds per tick, so that one tick ends even when changes come in faster than they are synced.
ROUNDS = 20
#: How long a round may be silent before its jobs are taken over; renewed before each run. Longer
#: than a run of one batch takes while it waits for Xero's limit of calls per minute.
LEASE_SECONDS = 600
#: Outcomes of a run that are looked through at once.
OUTCOMES = 1_000
#: How long jobs wait after a stop that only a person can lift, before they look again.
PERSON_SECONDS = 600


@dataclass(slots=True)
class Report:
    """What some rounds did."""

    #: Result → number of records.
    results: Counter[str] = field(default_factory=Counter)
    #: Jobs that go on later: a failure to repeat, or a stop that was no fault of theirs.
    later: int = 0
    #: Jobs that wait for a person.
    held: int = 0
    #: Why runs stopped, each sentence once.
    stops: list[str] = field(default_factory=list)

    @property
    def records(self) -> int:
        """How many jobs were taken."""
        return sum(self.results.values())


def run_due(context: Context, now: datetime | None = None, *, rounds: int = ROUNDS) -> Report:
    """Sync what is due, round after round, until nothing is due or `rounds` are done."""
    report = Report()
    for _ in range(rounds):
        if context.stopping():
            break
        moment = context.now() if now is None else max(now, context.now())
        if not _round(context, moment, report):
            break
    return report


def on_run(context: Context, run: Run) -> None:
    """Settle the waiting and held jobs whose records another run has dealt with.

    The outcomes are looked through once the run is over, a thousand at a time: a run of many
    records asks nothing of the queue for each of them.
    """
    with store.look(context) as connection:
        if not store.is_answered(connection, context.tenant, run.connection_id, run.started_at):
            return
    below: int | None = None
    while True:
        found = context.outcomes(
            connection_id=run.connection_id, run_id=run.id, below=below, limit=OUTCOMES
        )
        _settle_answered(context, run, [one for one in found if _says_something(one)])
        if len(found) < OUTCOMES:
            return
        below = found[-1].id


def _says_something(outcome: Outcome) -> bool:
    """Whether another run's outcome decides over the job of its record."""
    if outcome.crm_id is None or outcome.result == "failed":
        return False  # a failure stays with the queue's own pattern of retries
    # A run that did not come to it says nothing: its job goes on as if there had been none.
    return outcome.cause is None or not outcome.cause.first_of(jobs.NOT_REACHED)


def _settle_answered(context: Context, run: Run, outcomes: Sequence[Outcome]) -> None:
    by_ref = {Ref(one.module, one.crm_id): one for one in outcomes if one.crm_id is not None}
    asked = (context.tenant, run.connection_id, list(by_ref), run.started_at)
    with store.look(context) as connection:
        if not by_ref or not store.find_answered(connection, *asked):
            return
    now = context.now()
    with store.begin(context) as connection:
        decided, left = list[tuple[Job, Job | None]](), list[Done]()
        for job in store.find_answered(connection, *asked, lock=True):
            outcome = by_ref[Ref(job.key.module, job.key.crm_id)]
            after = _after(outcome, jobs.seen(job), now)
            decided.append((job, after))
            if after is None:
                left.append(done.done_job(job, outcome.result, now, outcome.name))
        store.put_back(connection, decided)
        done.keep(connection, left, now)


def _round(context: Context, now: datetime, report: Report) -> bool:
    """One round; returns whether there was anything to do."""
    holder = context.clock.new_id()
    active = [c.id for c in context.connections() if c.state == "active"]
    order = list(context.module_order())
    with store.look(context) as connection:
        if not store.is_due(connection, now, active, order):
            return False
    with store.begin(context) as connection:
        claimed = store.claim(
            connection,
            holder,
            now,
            connections=active,
            modules=order,
            limit=ROUND_SIZE,
            lease_seconds=LEASE_SECONDS,
        )
    _carry_out(context, holder, claimed, now, report)
    return bool(claimed)


def run_now(context: Context, ids: Sequence[int]) -> Report:
    """Sync these jobs now, due or not, held ones too; those that run already are left out.

    `ids` are jobs of the tenant that have something to send and are not on hold.
    """
    report, holder, now = Report(), context.clock.new_id(), context.now()
    active = {c.id for c in context.connections() if c.state == "active"}
    with store.begin(context) as connection:
        found = store.find_ids(connection, context.tenant, ids)
        sent = [job for job in found if job.key.connection_id in active]
        until = now + timedelta(seconds=LEASE_SECONDS)
        claimed = store.claim_ids(connection, holder, sent, until, context.by)
    _carry_out(context, holder, claimed, now, report)
    return report


def _carry_out(
    context: Context, holder: str, claimed: Sequence[Job], now: datetime, report: Report
) -> None:
    """Sync what the round claimed, run by run."""
    stopped: dict[str, RetryLater] = {}
    try:
        for batch in jobs.batches(claimed, list(context.module_order())):
            stop = stopped.get(batch.connection_id)
            if stop is None:
                stop = _run(context, holder, batch, report)
            else:  # what stopped its parents would stop it too
                _postpone(context, holder, batch, stop, report)
            if stop is not None:
                stopped[batch.connection_id] = stop
    finally:
        # Nothing is left here unless the process was asked to stop.
        with store.begin(context) as connection:
            left = store.holding(connection, holder, claimed)
            store.put_back(connection, [(job, jobs.postponed(job, "", now)) for job in left])


def _run(context: Context, holder: str, batch: Batch, report: Report) -> RetryLater | None:
    """Sync one batch and settle its jobs; returns what stops the whole connection for now."""
    with store.begin(context) as connection:
        store.renew(connection, holder, context.now() + timedelta(seconds=LEASE_SECONDS))
    ids = [job.key.crm_id for job in batch.jobs]
    try:
        asked = context.asked_by(batch.asked_by) if batch.asked_by else context
        outcomes = asked.sync_records(batch.connection_id, batch.module, ids, batch.trigger)
    except RetryLater as error:
        _postpone(context, holder, batch, error, report)
        return error
    except XeroRejected as error:
        _fail(context, holder, batch, str(error), report)
    except NeedsPerson as error:
        _wait(context, holder, batch, str(error), PERSON_SECONDS, report, batch.module)
    # The worker loop: one broken run must not keep all others from being synced.
    except Exception as error:  # noqa: BLE001
        log = process_log("xtiger_queue")
        log.error("A run of %s %s broke: %s", len(ids), batch.module, log_line(error))
        said = str(error) if isinstance(error, XTigerError) else _fault(error)
        _fail(context, holder, batch, said, report)
    else:
        _settle(context, holder, batch, outcomes, report)
    return None


def _settle(
    context: Context, holder: str, batch: Batch, outcomes: Sequence[Outcome], report: Report
) -> None:
    by_id = {o.crm_id: o for o in outcomes if o.module == batch.module}
    now, left = context.now(), list[Done]()
    decided = list[tuple[Job, Job | None]]()
    with store.begin(context) as connection:
        for job in store.holding(connection, holder, batch.jobs):
            outcome = by_id.get(job.key.crm_id)
            if outcome is None:
                after: Job | None = jobs.run_failed(job, "The sync gave no result for it.", now)
            else:
                after = _after(outcome, job, now)
            decided.append((job, after))
            _count(report, outcome.result if outcome else "failed", after)
            if after is None and outcome is not None:
                left.append(done.done_job(job, outcome.result, now, outcome.name))
        store.put_back(connection, decided)
        done.keep(connection, left, now)


def _postpone(
    context: Context, holder: str, batch: Batch, stop: RetryLater, report: Report
) -> None:
    _wait(context, holder, batch, str(stop), stop.retry_after_seconds, report, None)


def _wait(
    context: Context,
    holder: str,
    batch: Batch,
    said: str,
    seconds: float,
    report: Report,
    module: str | None,
) -> None:
    """Put the jobs of a stopped run off, untried, and those that would meet the same stop.

    Those are all of the connection, or (a module given) of this module.
    """
    until = context.now() + timedelta(seconds=max(1, seconds))
    with store.begin(context) as connection:
        held = store.holding(connection, holder, batch.jobs)
        decided = [(job, jobs.postponed(job, said, until)) for job in held]
        store.put_back(connection, decided)
        for _, after in decided:
            _count(report, "postponed", after)
        store.postpone_waiting(connection, batch.connection_id, module, said, until)
    _note(report, said)


def _fail(context: Context, holder: str, batch: Batch, said: str, report: Report) -> None:
    now = context.now()
    with store.begin(context) as connection:
        held = store.holding(connection, holder, batch.jobs)
        decided = [(job, jobs.run_failed(job, said, now)) for job in held]
        store.put_back(connection, decided)
        for _, after in decided:
            _count(report, "failed", after)
    _note(report, said)


def _after(outcome: Outcome, job: Job, now: datetime) -> Job | None:
    cause = outcome.cause
    code = (cause.first_of(jobs.NOT_REACHED) or cause.code) if cause else ""
    return jobs.settled(
        job, outcome.result, now, name=outcome.name, code=code, cause=causes.kept(outcome.cause)
    )


def _fault(error: Exception) -> str:
    return f"A fault in the library or the CRM's adapter stopped it ({type(error).__name__})."


def _count(report: Report, result: str, after: Job | None) -> None:
    report.results[result] += 1
    if after is not None:
        report.held += after.state == "held"
        report.later += after.state == "waiting"


def _note(report: Report, said: str) -> None:
    if said not in report.stops:
        report.stops.append(said)
