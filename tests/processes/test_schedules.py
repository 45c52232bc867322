"""Schedules run by workers as processes of their own: each is taken alone, and by one only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from tests.processes.home import ROOT, Home, finish, wait_until
from tests.world import REDIRECT, let_all_go
from xtiger.app import XTiger
from xtiger.demo.visitor import allow_access
from xtiger.model.runs import Run
from xtiger_queue import scheduled_runs

NAMES = ("Empty Trading Ltd", "Kea Ltd", "Moa Ltd", "Tui Ltd")


def _connect(xt: XTiger, name: str) -> None:
    asked = xt.connections.consent(REDIRECT)
    offered = xt.connections.consent_answered(allow_access(asked.url, name))
    wanted = next(one.organisation_id for one in offered if one.name == name)
    made = xt.connections.connect(wanted)
    let_all_go(xt, made.id)
    xt.mappings.save_defaults(made.id)


@pytest.fixture(autouse=True)
def organisations(home: Home) -> None:
    """The queue is on, and four organisations are connected."""
    xt = home.open()
    xt.extensions.enable("XTQueue")
    for name in NAMES[1:]:
        home.sandbox.add_organisation(name)
        _connect(xt, name)
    xt.close()


def _worker(home: Home) -> subprocess.Popen[str]:
    """A worker that has begun to look."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "xtiger", "--home", str(home.path), "worker"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    home.started.append(process)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("Working for")
    return process


def _due_now(home: Home, *names: str) -> None:
    """Products of these organisations are due: they were set a while ago."""
    past = home.open(ahead_seconds=-3_600)
    for one in past.connections.all():
        if one.name in names:
            scheduled_runs.set_schedule(past.context(), one.id, "Products", "30m", "UTC")
    past.close()


def _runs(home: Home) -> list[Run]:
    """The scheduled runs, the earliest first."""
    xt = home.open()
    try:
        found = [run for one in xt.connections.all() for run in xt.sync.runs(50, one.id)]
    finally:
        xt.close()
    return sorted(
        (run for run in found if run.trigger == "schedule"), key=lambda run: run.started_at
    )


def _ended(home: Home) -> list[Run]:
    return [run for run in _runs(home) if run.finished_at is not None]


def _seconds(run: Run) -> timedelta:
    assert run.finished_at is not None
    return run.finished_at - run.started_at


@pytest.mark.feature("F075")
def test_a_second_worker_halves_the_time(home: Home) -> None:
    """Four organisations are due and Xero is slow: both workers are busy, none does one twice."""
    home.sandbox.fault("slow", path="/api.xro/2.0/Items", method="GET", seconds=1.5, count=4)
    workers = [_worker(home) for _ in range(2)]
    _due_now(home, *NAMES)
    wait_until(lambda: len(_ended(home)) == 4)
    for process in workers:
        process.send_signal(signal.SIGTERM)
    said = [
        [line for line in finish(process).splitlines() if ": schedule:" in line]
        for process in workers
    ]
    runs = _ended(home)
    took = max(run.started_at + _seconds(run) for run in runs) - runs[0].started_at
    alone = sum((_seconds(run) for run in runs), timedelta())

    assert sorted(NAMES) == sorted(line.split(":")[0] for lines in said for line in lines)
    assert all(said), "one worker did everything"
    assert took < alone * 0.75


@pytest.mark.feature("F075")
def test_what_a_killed_worker_was_syncing_is_done_by_the_next(home: Home) -> None:
    """Killed amid a scheduled run: nothing is lost, and nothing is made twice."""
    home.organizations("Kea")
    home.sandbox.fault("slow", path="/api.xro/2.0/Contacts", method="PUT", seconds=1.0)
    process = _worker(home)
    past = home.open(ahead_seconds=-3_600)
    first = past.connections.all()[0]
    scheduled_runs.set_schedule(past.context(), first.id, "Organizations", "30m", "UTC")
    past.close()
    wait_until(lambda: not home.sandbox.faults.waiting())
    process.kill()
    wait_until(lambda: home.names() == ["Kea"])
    later = "from xtiger.working import worker_of\nworker_of(xt, print).round()\nxt.close()"
    finish(home.start(later, ahead_seconds=700))
    finish(home.start(later, ahead_seconds=800))
    found = home.tables("xt_link", "xt_queue_schedule")

    assert (["Kea"], 1) == (home.names(), len(found["xt_link"]))
    assert [(None, True)] == [
        (row["holder"], row["done_at"] is not None) for row in found["xt_queue_schedule"]
    ]
