"""Tests of the queue's rounds: what each answer of the sync does to its jobs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from tests.xtiger_queue.context import START, SmallContext, Sync, connection, outcome
from tests.xtiger_queue.test_store import add, everything
from xtiger.errors import (
    BrokenHost,
    MappingMissing,
    RateLimited,
    UnreadableAnswer,
    XeroRejected,
    XTigerError,
)
from xtiger.model.runs import Outcome
from xtiger.model.verbs import ResultName
from xtiger_queue import causes, requests, rounds
from xtiger_queue.rounds import Report


def answering(*results: ResultName, code: str | None = None) -> Sync:
    """A sync whose records end so, one result after the other; the last one repeats."""
    left = list(results)

    def sync(connection_id: str, module: str, ids: Sequence[str]) -> Sequence[Outcome]:
        found = []
        for crm_id in ids:
            result = left.pop(0) if len(left) > 1 else left[0]
            found.append(outcome(module, crm_id, result, code=code, connection_id=connection_id))
        return found

    return sync


def raising(error: BaseException) -> Sync:
    """A sync that stops."""

    def sync(connection_id: str, module: str, ids: Sequence[str]) -> Sequence[Outcome]:
        raise error

    return sync


def run(context: SmallContext, sync: Sync, *, times: int = rounds.ROUNDS) -> Report:
    """Run what is due with this sync."""
    context.sync = sync
    return rounds.run_due(context, rounds=times)


def only(context: SmallContext) -> tuple[str, int, datetime]:
    """State, tries and due time of the one job."""
    (job,) = everything(context)
    return job.state, job.tries, job.due_at


def test_what_is_due_is_synced_and_leaves(context: SmallContext) -> None:
    """A record in step has no job."""
    add(context, ("Invoices", "1"), ("Organizations", "2"))
    run(context, answering("created"))

    assert everything(context) == []


@pytest.mark.feature("F078")
def test_runs_come_parents_first(context: SmallContext) -> None:
    """One run per module, in the order of modules."""
    add(context, ("Invoices", "1"), ("Organizations", "2"), ("Invoices", "3"))
    run(context, answering("created"))

    assert context.asked == [
        ("c1", "Organizations", ("2",), "save"),
        ("c1", "Invoices", ("1", "3"), "save"),
    ]


def test_more_than_one_round_is_run(context: SmallContext) -> None:
    """A tick goes on until nothing is due."""
    add(context, *(("Invoices", str(number)) for number in range(120)))
    run(context, answering("updated"))

    assert [len(ids) for _, _, ids, _ in context.asked] == [50, 50, 20]


def test_a_tick_ends_after_its_rounds(context: SmallContext) -> None:
    """A queue that fills as fast as it empties does not keep the tick for ever."""
    add(context, *(("Invoices", str(number)) for number in range(120)))
    run(context, answering("updated"), times=2)

    assert len(everything(context)) == 20


def test_nothing_due_is_nothing_done(context: SmallContext) -> None:
    """An empty queue costs no call."""
    run(context, answering("updated"))

    assert context.asked == []


@pytest.mark.feature("F078")
def test_a_failed_record_waits_and_runs_again(context: SmallContext) -> None:
    """Ten seconds later, and then it may work."""
    add(context, ("Invoices", "1"))
    run(context, answering("failed"))
    context.hand.sleep(10)
    run(context, answering("created"))

    assert (everything(context), len(context.asked)) == ([], 2)


def test_a_failed_record_tells_why(context: SmallContext) -> None:
    """The list shows sentence, fix and name."""
    add(context, ("Invoices", "1"))
    run(context, answering("failed", code="tax"))
    (job,) = everything(context)
    told = causes.sentences(context, job, "browser")

    assert (job.name, *told) == ("Name 1", "Sentence of tax.", "Fix of tax.")


def test_one_failure_keeps_no_other_record(context: SmallContext) -> None:
    """The other records of the run are done."""
    add(context, ("Invoices", "1"), ("Invoices", "2"), ("Invoices", "3"))
    run(context, answering("created", "failed", "created"))

    assert [job.key.crm_id for job in everything(context)] == ["2"]


@pytest.mark.parametrize("result", ["held", "conflict"])
def test_a_held_record_waits_for_a_person(context: SmallContext, result: ResultName) -> None:
    """It is not tried again by itself, however much time passes."""
    add(context, ("Invoices", "1"))
    run(context, answering(result))
    context.hand.sleep(10**6)
    run(context, answering("created"))

    assert (only(context)[0], len(context.asked)) == ("held", 1)


def test_a_record_that_fails_for_good_is_held(context: SmallContext) -> None:
    """Six runs in all, then a person must look."""
    add(context, ("Invoices", "1"))
    for _ in range(10):
        run(context, answering("failed"))
        context.hand.sleep(7200)

    assert (only(context)[0], len(context.asked)) == ("held", 6)


def test_a_record_that_changes_while_running_runs_again(context: SmallContext) -> None:
    """The run had read it before; the second one sends the change."""
    add(context, ("Invoices", "1"))

    def sync(connection_id: str, module: str, ids: Sequence[str]) -> Sequence[Outcome]:
        if len(context.asked) == 1:
            add(context, ("Invoices", "1"))
        return [outcome(module, crm_id) for crm_id in ids]

    run(context, sync)

    assert (everything(context), len(context.asked)) == ([], 2)


def test_a_record_cancelled_while_running_stays_out(context: SmallContext) -> None:
    """A person's word is not undone by the end of the run."""
    add(context, ("Invoices", "1"))

    def sync(connection_id: str, module: str, ids: Sequence[str]) -> Sequence[Outcome]:
        requests.cancel(context, [job.id or 0 for job in everything(context)])
        return [outcome(module, crm_id, "failed") for crm_id in ids]

    run(context, sync)

    assert everything(context) == []


def test_a_limit_counts_no_try_and_says_when_it_goes_on(context: SmallContext) -> None:
    """The job is due when Xero said that calls are there again."""
    add(context, ("Invoices", "1"))
    run(context, raising(RateLimited("day", retry_after_seconds=3000)))

    assert only(context) == ("waiting", 0, START + timedelta(seconds=3000))


def test_a_limit_stops_the_other_modules_of_the_round(context: SmallContext) -> None:
    """What stopped the parents would stop the children: it is not tried."""
    add(context, ("Organizations", "1"), ("Invoices", "2"))
    run(context, raising(RateLimited("day", retry_after_seconds=3000)))

    assert [module for _, module, _, _ in context.asked] == ["Organizations"]


def test_a_limit_puts_off_what_was_not_in_the_round(context: SmallContext) -> None:
    """Sixty records cost one refused call, not two."""
    add(context, *(("Invoices", str(number)) for number in range(60)))
    run(context, raising(RateLimited("day", retry_after_seconds=3000)))

    assert len(context.asked) == 1


def test_a_limit_of_one_connection_stops_no_other(context: SmallContext) -> None:
    """Each organisation has its own limits."""
    context.known.append(connection("c2"))
    add(context, ("Invoices", "1"))
    add(context, ("Invoices", "2"), to="c2")

    def sync(connection_id: str, module: str, ids: Sequence[str]) -> Sequence[Outcome]:
        if connection_id == "c1":
            raise RateLimited("day", retry_after_seconds=3000)
        return [outcome(module, crm_id, connection_id="c2") for crm_id in ids]

    run(context, sync)

    assert [job.key.connection_id for job in everything(context)] == ["c1"]


def test_a_missing_setting_stops_its_module_only(context: SmallContext) -> None:
    """Invoices without a mapping do not keep organisations from being synced."""
    add(context, ("Organizations", "1"), ("Invoices", "2"))

    def sync(connection_id: str, module: str, ids: Sequence[str]) -> Sequence[Outcome]:
        if module == "Organizations":
            raise MappingMissing(module)
        return [outcome(module, crm_id) for crm_id in ids]

    run(context, sync)

    assert [(job.key.module, job.tries) for job in everything(context)] == [("Organizations", 0)]


def test_a_missing_setting_is_told(context: SmallContext) -> None:
    """The list shows the sentence with the next step."""
    add(context, ("Invoices", "1"))
    run(context, raising(MappingMissing("Invoices")))

    assert everything(context)[0].sentence == str(MappingMissing("Invoices"))


def test_jobs_of_an_ended_connection_are_left_alone(context: SmallContext) -> None:
    """Nothing is tried that cannot work, and nothing is lost."""
    context.known = [connection().ended("revoked")]
    add(context, ("Invoices", "1"))
    run(context, answering("created"))

    assert (only(context)[0], context.asked) == ("waiting", [])


BREAKS: list[XTigerError] = [
    XeroRejected("PUT Invoices", 400, ["no"]),
    BrokenHost("crm", "get", "KeyError"),
    UnreadableAnswer("PUT Invoices", "no list"),
]


@pytest.mark.parametrize("error", BREAKS, ids=lambda error: error.code)
def test_a_broken_run_counts_a_try(
    context: SmallContext, error: XTigerError, caplog: pytest.LogCaptureFixture
) -> None:
    """What broke once may break again: the pause grows."""
    add(context, ("Invoices", "1"))
    run(context, raising(error))

    assert only(context) == ("waiting", 1, START + timedelta(seconds=10))


def test_a_record_that_breaks_its_run_is_found(context: SmallContext) -> None:
    """Smaller and smaller runs part it from the others, which are all done."""
    add(context, *(("Invoices", str(number)) for number in range(50)))

    def sync(connection_id: str, module: str, ids: Sequence[str]) -> Sequence[Outcome]:
        if "13" in ids:
            raise XeroRejected("PUT Invoices", 400, ["no"])
        return [outcome(module, crm_id) for crm_id in ids]

    for seconds in (10, 60, 300):
        run(context, sync)
        context.hand.sleep(seconds)
    run(context, sync)

    assert [job.key.crm_id for job in everything(context)] == ["13"]


def test_an_unforeseen_fault_keeps_no_other_module(
    context: SmallContext, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug in one run is logged and repeated later; the others go on."""
    add(context, ("Organizations", "1"), ("Invoices", "2"))

    def sync(connection_id: str, module: str, ids: Sequence[str]) -> Sequence[Outcome]:
        if module == "Organizations":
            raise KeyError("x")
        return [outcome(module, crm_id) for crm_id in ids]

    run(context, sync)

    assert [(job.key.module, job.sentence) for job in everything(context)] == [
        ("Organizations", "A fault in the library or the CRM's adapter stopped it (KeyError).")
    ]


def test_an_unforeseen_fault_is_one_line_of_the_log(
    context: SmallContext, caplog: pytest.LogCaptureFixture
) -> None:
    """It names the kind and the place for those who mend it, and no data of a record."""
    add(context, ("Invoices", "1"))
    with caplog.at_level(logging.ERROR):
        run(context, raising(KeyError("Acme Ltd")))
    (line,) = [record.getMessage() for record in caplog.records]

    assert "KeyError at " in line
    assert ".py:" in line
    assert "report this line" in line
    assert "Acme" not in line


def test_a_record_without_a_result_is_tried_again(context: SmallContext) -> None:
    """A sync that forgets a record does not make the queue forget it."""
    add(context, ("Invoices", "1"))
    run(context, lambda _connection, _module, _ids: [])

    assert only(context)[:2] == ("waiting", 1)


def test_a_stopped_worker_gives_its_jobs_back_at_once(context: SmallContext) -> None:
    """Ctrl-C leaves nothing running; the next round need not wait for the lease."""
    add(context, ("Organizations", "1"), ("Invoices", "2"))
    with pytest.raises(KeyboardInterrupt):
        run(context, raising(KeyboardInterrupt()))

    assert {(job.state, job.tries, job.holder) for job in everything(context)} == {
        ("waiting", 0, None)
    }


def test_the_report_counts_each_record_once(context: SmallContext) -> None:
    """Results, what goes on later and what waits for a person."""
    add(context, *(("Invoices", str(number)) for number in range(4)))
    report = run(context, answering("created", "failed", "held", "created"))

    assert (dict(report.results), report.later, report.held, report.records) == (
        {"created": 2, "failed": 1, "held": 1},
        1,
        1,
        4,
    )


def test_the_report_tells_each_stop_once(context: SmallContext) -> None:
    """Two modules stopped by one limit are one sentence."""
    add(context, ("Organizations", "1"), ("Invoices", "2"))
    stop = RateLimited("day", retry_after_seconds=3000)
    report = run(context, raising(stop))

    assert report.stops == [str(stop)]
