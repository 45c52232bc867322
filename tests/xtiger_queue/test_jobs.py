"""Tests of the queue's decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xtiger_queue.context import ORDER, START
from xtiger.model.verbs import ResultName
from xtiger_queue import jobs
from xtiger_queue.jobs import MOST_PER_RUN, RETRY_SECONDS, Job, Key, Reason

LATER = START + timedelta(hours=1)


def waiting(crm_id: str = "1", module: str = "Invoices", connection: str = "c1") -> Job:
    """A job wished once."""
    return jobs.fold(
        jobs.new_job(Key("", connection, module, crm_id), "save", START), "save", START
    )


def running(**more: object) -> Job:
    """A job that a round has taken."""
    taken = jobs.seen(replace(waiting(), state="running", holder="h", claimed_until=LATER))
    return replace(taken, **more)  # type: ignore[arg-type]  # the tests name fields of Job


def state(job: Job | None) -> tuple[str, int, datetime] | None:
    """What a test looks at."""
    return None if job is None else (job.state, job.tries, job.due_at)


moments = st.integers(0, 10**6).map(lambda seconds: START + timedelta(seconds=seconds))
some_jobs = st.builds(
    Job,
    key=st.builds(
        Key,
        st.just(""),
        st.sampled_from(["c1", "c2"]),
        st.sampled_from(ORDER),
        st.text("12", min_size=1),
    ),
    state=st.sampled_from(["waiting", "running", "held"]),
    reason=st.sampled_from(["save", "person"]),
    generation=st.integers(1, 9),
    taken=st.integers(0, 9),
    tries=st.integers(0, 6),
    company=st.sampled_from([1, 3, 12, 50]),
    due_at=moments,
    created_at=moments,
    requested_at=moments,
    id=st.integers(1, 10**6),
)
results = st.sampled_from([*sorted(jobs.SETTLED), *sorted(jobs.STOPPED), "failed"])


def test_a_new_wish_is_due_at_once() -> None:
    """The first change of a record waits for nothing."""
    assert state(waiting()) == ("waiting", 0, START)


def test_a_second_wish_raises_the_generation_only() -> None:
    """A waiting job stays where it is in the line."""
    assert jobs.fold(waiting(), "save", LATER) == replace(
        waiting(), generation=2, requested_at=LATER
    )


def test_a_wish_does_not_lift_a_wait_for_a_limit() -> None:
    """A job put off by Xero's limit stays put off."""
    put_off = jobs.postponed(running(), "limit", LATER)

    assert state(jobs.fold(put_off, "save", START)) == ("waiting", 0, LATER)


def test_a_person_goes_first() -> None:
    """Add to Queue makes a job due even if it was put off."""
    put_off = jobs.postponed(running(), "limit", LATER)

    assert state(jobs.fold(put_off, "person", START)) == ("waiting", 0, START)


def test_a_changed_record_gets_a_fresh_start_after_failures() -> None:
    """The change may have mended what failed."""
    failed = replace(waiting(), tries=4, due_at=LATER + timedelta(hours=2))

    assert state(jobs.fold(failed, "save", LATER)) == ("waiting", 0, LATER)


def test_a_held_job_goes_on_when_its_record_changes() -> None:
    """The change may have mended what held it."""
    held = replace(waiting(), state="held", tries=6)

    assert state(jobs.fold(held, "save", LATER)) == ("waiting", 0, LATER)


def test_a_running_job_stays_with_its_round() -> None:
    """A wish takes nothing from the round that runs it."""
    assert jobs.fold(running(), "save", LATER).holder == "h"


@pytest.mark.parametrize("result", sorted(jobs.SETTLED | jobs.STOPPED | {"failed"}))
def test_a_job_wished_while_running_runs_once_more(result: ResultName) -> None:
    """Whatever the run found is old by then."""
    dirty = jobs.fold(running(), "save", LATER)

    assert state(jobs.settled(dirty, result, LATER)) == ("waiting", 0, LATER)


@pytest.mark.parametrize("result", sorted(jobs.SETTLED))
def test_a_settled_record_leaves_the_queue(result: ResultName) -> None:
    """In step, not selected, or skipped until it changes: nothing is left to do."""
    assert jobs.settled(running(), result, LATER) is None


@pytest.mark.parametrize("result", sorted(jobs.STOPPED))
def test_a_record_that_waits_for_somebody_is_held(result: ResultName) -> None:
    """It stays in the list, with its sentence, and is not tried again by itself."""
    after = jobs.settled(running(), result, LATER, code="both_changed", cause="{}")
    assert after is not None

    assert (after.state, after.code, after.cause) == ("held", "both_changed", "{}")


@pytest.mark.feature("F078")
@pytest.mark.parametrize(("failures", "seconds"), list(enumerate(RETRY_SECONDS)))
def test_a_failure_is_repeated_after_a_growing_pause(failures: int, seconds: int) -> None:
    """10 s, 1 min, 5 min, 30 min, 2 h."""
    after = jobs.settled(running(tries=failures), "failed", LATER)

    assert state(after) == ("waiting", failures + 1, LATER + timedelta(seconds=seconds))


@pytest.mark.feature("F078")
def test_after_the_last_pause_a_person_must_look() -> None:
    """A record that fails for good stays in the list and costs no more calls."""
    after = jobs.settled(running(tries=len(RETRY_SECONDS)), "failed", LATER)
    assert after is not None

    assert after.state == "held"


@pytest.mark.parametrize("failures", [0, -1, len(RETRY_SECONDS) + 1])
def test_there_is_no_pause_beyond_the_pattern(failures: int) -> None:
    """Only the first to the fifth failure have a pause."""
    assert jobs.next_due(failures, START) is None


def test_a_stop_counts_no_try() -> None:
    """A limit of Xero is no fault of the record."""
    assert state(jobs.postponed(running(tries=2), "limit", LATER)) == ("waiting", 2, LATER)


def test_a_broken_run_is_repeated_in_smaller_parts() -> None:
    """Halving and halving again parts the record that breaks the run from all others."""
    job = running()
    sizes = []
    for _ in range(4):
        job = jobs.run_failed(job, "broke", LATER)
        sizes.append(job.company)

    assert sizes == [12, 3, 1, 1]


def test_a_released_job_may_run_in_full_company() -> None:
    """A fresh start forgets old failures."""
    job = replace(waiting(), state="held", tries=6, company=1, sentence="old", fix="old")

    assert jobs.released(job, START) == waiting()


def test_a_running_job_cannot_be_released() -> None:
    """Its round settles it."""
    assert jobs.released(running(), LATER) == running()


def test_parents_run_before_children() -> None:
    """An invoice waits for its organisation in the same round."""
    invoice, organisation = waiting("1"), replace(waiting("2", "Organizations"), due_at=LATER, id=9)

    assert jobs.in_order([invoice, organisation], ORDER) == [organisation, invoice]


def test_what_waits_longest_runs_first() -> None:
    """Within a module the line keeps its order."""
    young, old = replace(waiting("1"), due_at=LATER), waiting("2")

    assert jobs.in_order([young, old], ORDER) == [old, young]


def test_connections_and_modules_run_apart() -> None:
    """One run is for one connection and one module."""
    mixed = [waiting("1"), waiting("2", connection="c2"), waiting("3", "Products"), waiting("4")]
    found = [
        (b.connection_id, b.module, [j.key.crm_id for j in b.jobs])
        for b in jobs.batches(mixed, ORDER)
    ]

    assert found == [
        ("c1", "Products", ["3"]),
        ("c1", "Invoices", ["1", "4"]),
        ("c2", "Invoices", ["2"]),
    ]


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [(("person", "person"), ["person"]), (("save", "person"), ["person", "save"])],
)
def test_what_a_person_waits_for_runs_apart(
    reasons: tuple[Reason, Reason], expected: list[str]
) -> None:
    """The log says who asked for a run, and a person's wish is none of the others'."""
    made = jobs.batches([replace(waiting(r), reason=r) for r in reasons], ORDER)

    assert [batch.trigger for batch in made] == expected


def test_a_run_is_one_persons() -> None:
    """Who asked last counts; what nobody asked, as a save, leaves who did."""
    job = jobs.fold(jobs.fold(waiting("1"), "person", LATER, "ann"), "save", LATER)
    again = jobs.asked(job, "bob")
    made = jobs.batches([again, job, waiting("3")], ORDER)

    assert ("ann", "bob") == (job.asked_by, again.asked_by)
    assert ["", "ann", "bob"] == sorted(batch.asked_by for batch in made)


def test_what_the_queue_tries_again_is_nobodys_wish() -> None:
    """After a failure Xero is not asked again for what it refused."""
    (batch,) = jobs.batches([replace(waiting("1"), reason="person", tries=1)], ORDER)

    assert batch.trigger == "save"


# --- what holds for every job ----------------------------------------------------------------


@given(some_jobs, st.lists(st.sampled_from(["save", "person"]), min_size=1, max_size=5), moments)
def test_wishes_only_raise_the_generation(job: Job, reasons: list[Reason], now: datetime) -> None:
    """However many wishes come, each is counted and the identity stays."""
    after = job
    for reason in reasons:
        after = jobs.fold(after, reason, now)

    assert (after.key, after.generation) == (job.key, job.generation + len(reasons))


@given(some_jobs, moments)
def test_no_wish_leaves_a_job_held(job: Job, now: datetime) -> None:
    """A changed record is never stuck behind its old trouble."""
    assert jobs.fold(job, "save", now).state != "held"


@given(some_jobs, moments)
def test_a_wish_never_puts_a_job_off(job: Job, now: datetime) -> None:
    """One more change never makes a record later than it was, or later than now."""
    assert jobs.fold(job, "save", now).due_at <= max(job.due_at, now)


@given(some_jobs, results, moments)
def test_a_changed_record_is_never_dropped(job: Job, result: ResultName, now: datetime) -> None:
    """Only a job without a newer wish may leave the queue."""
    after = jobs.settled(job, result, now)

    assert after is not None or job.generation == job.taken


@given(some_jobs, results, moments)
def test_a_settled_job_is_free(job: Job, result: ResultName, now: datetime) -> None:
    """Nothing that goes on waiting belongs to a round any more."""
    after = jobs.settled(job, result, now)

    assert after is None or (after.holder, after.claimed_until) == (None, None)


@given(st.lists(some_jobs, max_size=60))
def test_batches_hold_every_job_once(mixed: list[Job]) -> None:
    """No job is lost and none runs twice in a round."""
    found = [job for batch in jobs.batches(mixed, ORDER) for job in batch.jobs]

    assert sorted(map(repr, found)) == sorted(map(repr, mixed))


@given(st.lists(some_jobs, max_size=60))
def test_no_batch_is_larger_than_its_jobs_allow(mixed: list[Job]) -> None:
    """A job that must run in small company does."""
    assert all(
        len(b.jobs) <= min(MOST_PER_RUN, *(j.company for j in b.jobs))
        for b in jobs.batches(mixed, ORDER)
    )


@given(st.lists(some_jobs, max_size=60))
def test_batches_come_parents_first(mixed: list[Job]) -> None:
    """The order of modules is kept over all batches."""
    places = [ORDER.index(batch.module) for batch in jobs.batches(mixed, ORDER)]

    assert places == sorted(places)


def test_failures_end() -> None:
    """A record that fails each time is tried six times and then held."""
    job, tries = running(), 0
    while job.state != "held":
        after = jobs.settled(job, "failed", LATER)
        assert after is not None
        job, tries = after, tries + 1

    assert tries == len(RETRY_SECONDS) + 1


def test_priority_goes_before_module_and_person() -> None:
    """First before parents, last after everything."""
    first = replace(waiting("1", module="Invoices"), priority=jobs.FIRST)
    parent = waiting("2", module="Organizations")
    asked = replace(waiting("3", module="Organizations"), reason="person")
    last = replace(asked, priority=jobs.LAST)
    found = jobs.batches([last, parent, first], ["Organizations", "Invoices"])

    assert [["1"], ["2"], ["3"]] == [[job.key.crm_id for job in one.jobs] for one in found]


def test_a_save_ends_no_hold_and_a_person_does() -> None:
    """What is on hold waits for somebody, however often it is saved."""
    held = jobs.on_hold(waiting("1"))
    saved, asked = jobs.fold(held, "save", LATER), jobs.fold(held, "person", LATER)

    assert (True, held.generation + 1) == (saved.is_on_hold, saved.generation)
    assert ("waiting", "") == (asked.state, asked.code)


def test_what_runs_cannot_be_put_on_hold() -> None:
    """Its round settles it."""
    assert running() == jobs.on_hold(running())
