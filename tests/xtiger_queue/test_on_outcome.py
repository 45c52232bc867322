"""Tests of what runs that the queue did not start do to its jobs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.xtiger_queue.context import START, SmallContext, outcome
from tests.xtiger_queue.test_rounds import answering, run
from tests.xtiger_queue.test_store import add, everything
from xtiger.model.runs import Run
from xtiger.model.verbs import ResultName
from xtiger_queue import jobs, rounds


def heard(context: SmallContext, result: ResultName, *, started_after: int) -> list[str]:
    """States of the jobs after another run, begun so many seconds after the wish, had this."""
    add(context, ("Invoices", "1"))
    context.ran = [Run("r1", "c1", ("Invoices",), START + timedelta(seconds=started_after))]
    rounds.on_outcome(context, outcome("Invoices", "1", result))
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


def test_an_unknown_run_settles_nothing(context: SmallContext) -> None:
    """Without its beginning nothing can be said."""
    add(context, ("Invoices", "1"))
    rounds.on_outcome(context, outcome("Invoices", "1", "updated", run_id="other"))

    assert len(everything(context)) == 1


def test_a_run_that_solved_a_held_record_frees_the_queue_of_it(context: SmallContext) -> None:
    """A conflict solved by a person needs no second click in the queue."""
    add(context, ("Invoices", "1"))
    run(context, answering("conflict"))
    context.ran = [Run("r1", "c1", ("Invoices",), START + timedelta(seconds=1))]
    rounds.on_outcome(context, outcome("Invoices", "1", "updated"))

    assert everything(context) == []


@pytest.mark.parametrize("crm_id", [None, "99"])
def test_outcomes_of_records_that_do_not_wait_are_passed_over(
    context: SmallContext, crm_id: str | None
) -> None:
    """Most outcomes of a sync concern no job."""
    add(context, ("Invoices", "1"))
    rounds.on_outcome(context, outcome("Invoices", crm_id, "updated"))

    assert len(everything(context)) == 1


@pytest.mark.parametrize("code", sorted(jobs.NOT_REACHED))
def test_a_run_that_did_not_come_to_it_leaves_the_job(context: SmallContext, code: str) -> None:
    """It says nothing of the record: what waited goes on waiting for its own round."""
    add(context, ("Invoices", "1"))
    context.ran = [Run("r1", "c1", ("Invoices",), START + timedelta(seconds=1))]
    before = everything(context)
    rounds.on_outcome(context, outcome("Invoices", "1", "held", code=code))

    assert before == everything(context)


def test_a_change_during_a_run_is_tried_again(context: SmallContext) -> None:
    """Nobody has to press anything: somebody has saved in that moment."""
    add(context, ("Invoices", "1"))
    context.ran = [Run("r1", "c1", ("Invoices",), START + timedelta(seconds=1))]
    rounds.on_outcome(context, outcome("Invoices", "1", "held", code="changed_meanwhile"))

    assert [("waiting", 1)] == [(job.state, job.tries) for job in everything(context)]
