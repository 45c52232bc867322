"""What runs that the queue did not start do to its jobs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.xtiger_queue.context import START, SmallContext, outcome, statements
from tests.xtiger_queue.test_rounds import answering, run
from tests.xtiger_queue.test_store import add, everything
from xtiger.model.runs import Outcome, Run
from xtiger.model.verbs import ResultName
from xtiger_queue import jobs, rounds


def ended(context: SmallContext, found: Outcome, started_after: int = 1) -> None:
    """Another run has ended, with this outcome; it began so many seconds after the request."""
    context.stored.append(found)
    started = START + timedelta(seconds=started_after)
    rounds.on_run(context, Run("r1", "c1", (found.module,), started))


def heard(context: SmallContext, result: ResultName, *, started_after: int) -> list[str]:
    """States of the jobs after another run, begun so many seconds after the wish, had this."""
    add(context, ("Invoices", "1"))
    ended(context, outcome("Invoices", "1", result), started_after)
    return [job.state for job in everything(context)]


def test_a_run_that_saw_the_change_settles_its_job(context: SmallContext) -> None:
    """A whole sync leaves nothing to do twice."""
    assert heard(context, "updated", started_after=1) == []


def test_a_run_that_began_before_the_change_settles_nothing(context: SmallContext) -> None:
    """It may have read the record before it changed."""
    assert heard(context, "updated", started_after=0) == ["waiting"]


def test_a_run_that_found_a_conflict_holds_the_job(context: SmallContext) -> None:
    """The queue does not ask again what a person must answer."""
    assert heard(context, "conflict", started_after=1) == ["held"]


def test_a_run_that_failed_leaves_the_job(context: SmallContext) -> None:
    """The queue repeats by its own pattern."""
    assert heard(context, "failed", started_after=1) == ["waiting"]


def test_a_run_that_solved_a_held_record_frees_the_queue_of_it(context: SmallContext) -> None:
    """A conflict solved by a person needs no second click in the queue."""
    add(context, ("Invoices", "1"))
    run(context, answering("conflict"))
    ended(context, outcome("Invoices", "1", "updated"))

    assert everything(context) == []


@pytest.mark.parametrize("crm_id", [None, "99"])
def test_outcomes_of_records_that_do_not_wait_are_passed_over(
    context: SmallContext, crm_id: str | None
) -> None:
    """Most outcomes of a sync concern no job."""
    add(context, ("Invoices", "1"))
    ended(context, outcome("Invoices", crm_id, "updated"))

    assert len(everything(context)) == 1


@pytest.mark.parametrize("code", sorted(jobs.NOT_REACHED))
def test_a_run_that_did_not_come_to_it_leaves_the_job(context: SmallContext, code: str) -> None:
    """It says nothing of the record: what waited goes on waiting for its own round."""
    add(context, ("Invoices", "1"))
    before = everything(context)
    ended(context, outcome("Invoices", "1", "held", code=code))

    assert before == everything(context)


def test_a_change_during_a_run_is_tried_again(context: SmallContext) -> None:
    """Nobody has to press anything: somebody has saved in that moment."""
    add(context, ("Invoices", "1"))
    ended(context, outcome("Invoices", "1", "held", code="changed_meanwhile"))

    assert [("waiting", 1)] == [(job.state, job.tries) for job in everything(context)]


@pytest.mark.parametrize("count", [20, 3_000])
def test_a_run_asks_the_queue_nothing_for_each_record(context: SmallContext, count: int) -> None:
    """One statement for each two hundred of them at most, beside a few for the run."""
    add(context, ("Invoices", "1"))
    context.stored = [outcome("Invoices", str(n), id=n) for n in range(1, count + 1)]
    with statements(context) as asked:
        rounds.on_run(context, Run("r1", "c1", ("Invoices",), START + timedelta(seconds=1)))
    allowed = 8 + count // 200

    assert everything(context) == []
    assert len(asked) <= allowed


def test_a_run_asks_one_thing_where_nothing_waits(context: SmallContext) -> None:
    """Most runs find an empty queue."""
    context.stored = [outcome("Invoices", str(n), id=n) for n in range(1, 1_001)]
    with statements(context) as asked:
        rounds.on_run(context, Run("r1", "c1", ("Invoices",), START + timedelta(seconds=1)))

    assert 1 == len(asked)
