"""Jobs of the queue as data, and every decision about them as a pure function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final, Literal

from xtiger.model.runs import Trigger
from xtiger.model.verbs import ResultName

State = Literal["waiting", "running", "held"]
#: In which order jobs go: before all others, as usual, or after all others.
Priority = Literal[1, 0, -1]
FIRST: Final = 1
USUAL: Final = 0
LAST: Final = -1
#: Why a job is there; a sale is one that was won where nothing is connected yet.
Reason = Literal["save", "person", "sale"]

#: Seconds to wait after the first, second … failure; after one more a person must look.
RETRY_SECONDS = (10, 60, 300, 1800, 7200)
#: How many records one run may carry: one batch of Xero.
MOST_PER_RUN = 50
#: A run that failed as a whole is repeated in parts of this share, to find the one that breaks it.
SHARE = 4

#: Results after which nothing is left to do: the record is in step, not selected, or skipped by a
#: rule that only a change of the record (which enqueues it again) or of a setting can lift.
SETTLED: frozenset[ResultName] = frozenset(
    {"created", "updated", "removed", "linked", "unchanged", "excluded", "skipped"}
)
#: Results that wait for a person or another record.
STOPPED: frozenset[ResultName] = frozenset({"held", "conflict"})
#: Codes of a record that its run did not come to: nothing is known of it, and it goes again.
NOT_REACHED = frozenset({"stopped_before", "reconnect_needed", "too_many_changes", "not_released"})
#: Codes of a stop that is over a moment later.
PASSING = frozenset({"changed_meanwhile"})
#: Seconds until a record that was not reached goes again.
AGAIN_SECONDS = 60
#: The code of a job that goes on automatically once another record is in Xero.
WAITS_FOR_PARENT = "waits_for_parent"
#: The code of a job that a person put on hold: only a person lets it go on.
ON_HOLD = "on_hold"


@dataclass(frozen=True, slots=True)
class Key:
    """The identity of a job: however often a record changes, it waits once."""

    #: The CRM's tenant whose record it is.
    tenant: str
    #: "" for a won sale of a tenant that is not connected.
    connection_id: str
    module: str
    crm_id: str


@dataclass(frozen=True, slots=True)
class Job:
    """One record that shall be synced with one connection."""

    key: Key
    state: State
    reason: Reason
    #: Raised by each request; 0 only between insert and first fold.
    generation: int
    #: The generation that the running round took; a higher one means that it must run again.
    taken: int
    #: Failures since the record last changed.
    tries: int
    #: The most records that may share a run with it.
    company: int
    due_at: datetime
    created_at: datetime
    #: When the last request came.
    requested_at: datetime
    #: What people call the record, known after the first run.
    name: str = ""
    #: What happened last, and what to do about it; "" for both where the cause tells it.
    sentence: str = ""
    fix: str = ""
    #: The code of its cause, where it has one.
    code: str = ""
    #: The cause itself as text, so that each face can tell it its own way.
    cause: str = ""
    #: The round that runs it, and until when it may.
    holder: str | None = None
    claimed_until: datetime | None = None
    #: Set by a person.
    priority: Priority = USUAL
    #: The last person who asked for it, by the name that the CRM knows; "" for nobody.
    asked_by: str = ""
    #: Set by the store, rising.
    id: int | None = None

    @property
    def is_on_hold(self) -> bool:
        """Whether a person put it on hold."""
        return self.state == "held" and self.code == ON_HOLD


@dataclass(frozen=True, slots=True)
class Batch:
    """The jobs of one run: one connection, one module."""

    connection_id: str
    module: str
    jobs: tuple[Job, ...]

    @property
    def asked_by(self) -> str:
        """Who asked for all of them; "" for nobody."""
        return self.jobs[0].asked_by

    @property
    def trigger(self) -> Trigger:
        """What the run is recorded with: person only when a person asked for every record.

        What the queue tries again is nobody's request: Xero is not asked again for what it
        refused.
        """
        return "person" if all(_by_person(job) for job in self.jobs) else "save"


def _by_person(job: Job) -> bool:
    """Whether a person waits for the job."""
    return job.reason == "person" and job.tries == 0


def new_job(key: Key, reason: Reason, now: datetime) -> Job:
    """A job that nobody has requested yet: to be inserted, then folded."""
    return Job(key, "waiting", reason, 0, 0, 0, MOST_PER_RUN, now, now, now)


def fold(job: Job, reason: Reason, now: datetime, by: str = "") -> Job:
    """The job after one more request for the same record.

    A waiting job stays one job; a running one runs once more afterwards; a held or failed one
    gets a fresh start, since the record may be mended now. What nobody asked leaves who asked.
    """
    requested = replace(
        asked(job, by),
        generation=job.generation + 1,
        requested_at=now,
        reason=_stronger(job.reason, reason),
    )
    if job.state == "running" or (job.is_on_hold and reason != "person"):
        return requested
    if job.state == "waiting" and job.tries == 0 and reason != "person":
        # It is due already, or waits for a limit that one more request does not lift.
        return requested
    return released(requested, now)


def asked(job: Job, by: str) -> Job:
    """The job as this person asked for it; "" for nobody."""
    return replace(job, asked_by=by or job.asked_by)


def released(job: Job, now: datetime) -> Job:
    """The job with a fresh start; one that is running is left to its round."""
    if job.state == "running":
        return job
    return replace(
        job,
        state="waiting",
        tries=0,
        company=MOST_PER_RUN,
        due_at=now,
        sentence="",
        fix="",
        code="",
        cause="",
    )


def on_hold(job: Job) -> Job:
    """The job put on hold by a person; one that is running is left to its round."""
    if job.state == "running":
        return job
    return replace(_free(job), state="held", code=ON_HOLD, sentence="", fix="", cause="")


def next_due(failures: int, now: datetime) -> datetime | None:
    """When to try again after this many failures; None when a person must look at it."""
    if not 1 <= failures <= len(RETRY_SECONDS):
        return None
    return now + timedelta(seconds=RETRY_SECONDS[failures - 1])


def in_order(jobs: Iterable[Job], modules: Sequence[str]) -> list[Job]:
    """The jobs in the order to run them: by priority, parents, persons' requests, the longest due.

    A record that somebody waits for does not stand behind the thousands of an import.
    """
    place = {module: index for index, module in enumerate(modules)}
    last = len(place)
    return sorted(
        jobs,
        key=lambda job: (
            -job.priority,
            place.get(job.key.module, last),
            job.reason != "person",
            job.due_at,
            job.id or 0,
        ),
    )


def batches(jobs: Iterable[Job], modules: Sequence[str]) -> list[Batch]:
    """The jobs as runs: parents first, each of one connection and module and not too large.

    What a person waits for goes in runs of its own, and first; a run is one person's.
    """
    found: list[Batch] = []

    def company(job: Job) -> tuple[str, str, int, bool, str]:
        own = not _by_person(job), job.asked_by
        return job.key.module, job.key.connection_id, -job.company, *own

    ordered = in_order(jobs, modules)
    for _, same_module in groupby(ordered, key=lambda job: (job.priority, job.key.module)):
        # sorted() is stable: inside a group the jobs stay in order.
        for (module, connection_id, size, *_), group in groupby(
            sorted(same_module, key=company), key=company
        ):
            rest, most = list(group), max(1, -size)
            found += [
                Batch(connection_id, module, tuple(rest[at : at + most]))
                for at in range(0, len(rest), most)
            ]
    return found


def settled(
    job: Job,
    result: ResultName,
    now: datetime,
    *,
    name: str = "",
    code: str = "",
    cause: str = "",
) -> Job | None:
    """The job after its record had this result; None when it is done."""
    freed = replace(_free(job), name=name or job.name, sentence="", fix="", code=code, cause=cause)
    if job.generation != job.taken:
        # The record changed while it was being synced: what was found is old already.
        return replace(freed, state="waiting", tries=0, company=MOST_PER_RUN, due_at=now)
    if result in SETTLED:
        return None
    if code in NOT_REACHED:
        return replace(freed, state="waiting", due_at=now + timedelta(seconds=AGAIN_SECONDS))
    if result in STOPPED and code not in PASSING:
        return replace(freed, state="held", company=MOST_PER_RUN)
    return _failed(freed, now)


def run_failed(job: Job, sentence: str, now: datetime) -> Job:
    """The job after its run broke as a whole: tried again, in smaller company."""
    alone = max(1, job.company // SHARE)
    return _failed(replace(_free(job), company=alone, sentence=sentence, fix=""), now)


def postponed(job: Job, sentence: str, until: datetime) -> Job:
    """The job after a stop that is no fault of its record: no try is counted."""
    return replace(_free(job), state="waiting", due_at=until, sentence=sentence, fix="")


def seen(job: Job) -> Job:
    """The job with its last request taken, as a round or another run takes it."""
    return replace(job, taken=job.generation)


def parents_made(counts: Mapping[str, Mapping[str, int]], modules: Sequence[str]) -> list[str]:
    """The modules whose records may have waited for what a run has created or linked."""
    made = [
        place
        for place, module in enumerate(modules)
        if any(counts.get(module, {}).get(result) for result in ("created", "linked"))
    ]
    return list(modules[min(made) + 1 :]) if made else []


def for_a_person(job: Job, sentence: str) -> Job:
    """The job held with a sentence for a person."""
    return replace(_free(job), state="held", sentence=sentence, fix="")


def _failed(job: Job, now: datetime) -> Job:
    failures = job.tries + 1
    due = next_due(failures, now)
    if due is None:
        return replace(job, state="held", tries=failures)
    return replace(job, state="waiting", tries=failures, due_at=due)


def _free(job: Job) -> Job:
    return replace(job, holder=None, claimed_until=None)


def _stronger(old: Reason, new: Reason) -> Reason:
    return "person" if "person" in (old, new) else new
