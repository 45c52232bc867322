"""Whether anything runs the queue is said, and what to do where nothing does."""

from __future__ import annotations

import json

import pytest

from tests.xtiger_queue.context import SmallContext
from tests.xtiger_queue.test_cli import run
from tests.xtiger_queue.test_store import add
from xtiger.hookspecs import PageRequest
from xtiger.model.starting.service import ServiceState
from xtiger_queue import page, scheduled_runs


def _found(context: SmallContext) -> dict[str, bool]:
    found = json.loads(run(context, "doctor", "--json").output)["found"]
    return {one["sentence"]: one["well"] for one in found}


def test_nothing_runs_it_yet(context: SmallContext) -> None:
    """Nor is anything scheduled; each sentence says what to do."""
    add(context, ("Organizations", "1"))
    context.hand.sleep(3_600)
    wrong = [said for said, well in _found(context).items() if not well]

    assert [True, True, True] == [
        part in " ".join(wrong)
        for part in (
            "let cron run each minute: xtiger tick",
            "xtiger queue list",
            "xtiger queue schedule set",
        )
    ]


def test_all_is_well(context: SmallContext) -> None:
    """A worker looked a moment ago, and nothing is late."""
    scheduled_runs.set_schedule(context, "c1", "all", "10m", "UTC")
    context.ticked = context.now()

    assert {True} == set(_found(context).values())


def test_a_worker_that_stopped_is_noticed(context: SmallContext) -> None:
    """By the time of its last look, and by schedules that are late; an ended connection, too."""
    scheduled_runs.set_schedule(context, "c1", "all", "10m", "UTC")
    context.ticked = context.now()
    context.hand.sleep(3_600)
    context.known = [context.known[0].ended("it was disconnected")]
    wrong = " ".join(said for said, well in _found(context).items() if not well)

    assert "the last look was 1 hr ago" in wrong
    assert "No organisation is connected" in wrong


def test_a_schedule_that_is_late_or_stopped_is_named(context: SmallContext) -> None:
    """With the reason that its last run gave, where there is one."""
    scheduled_runs.set_schedule(context, "c1", "all", "10m", "UTC")
    context.hand.sleep(3_600)
    late = _found(context)
    context.failing = ZeroDivisionError()
    scheduled_runs.run_due(context, context.now())
    stopped = _found(context)

    assert "1 schedule is late." in late
    assert any("ZeroDivisionError" in said for said in stopped)


@pytest.mark.feature("F095")
def test_doctor_and_page_say_the_same_of_what_runs_it(context: SmallContext) -> None:
    """Which it is, and why: chosen, chosen by nobody, or another than was chosen."""
    context.ticked = context.now()
    said = []
    for chosen in ("", "worker", "cron"):
        context.chosen = ServiceState(chosen=chosen, by="Ann")
        note = page.load(context, PageRequest("queue", {})).note
        first = next(iter(_found(context)))
        assert first == note
        said.append(note.partition(", by ")[2])

    assert [
        "a process of its own. Nobody chose what works in the background.",
        "a process of its own. It was chosen by Ann.",
        "a process of its own. Chosen by Ann is cron, once a minute, which does not run.",
    ] == said
