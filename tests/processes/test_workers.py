"""`xtiger worker` as processes of their own: side by side, ended politely, or killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.processes.home import ROOT, Home, finish, wait_until
from xtiger.demo.host import build
from xtiger.demo.models import Organization

API = "/api.xro/2.0/Contacts"
#: Runs what is due once, on a clock that is so far ahead that claims of others have ended.
LATER = "from xtiger.working import worker_of\nworker_of(xt, print).round()\nxt.close()"


@pytest.fixture(autouse=True)
def queue(home: Home) -> None:
    """The queue is on, and what the CRM saves is noted in its own transaction."""
    xt = home.open()
    xt.extensions.enable("XTQueue")
    xt.close()
    build(home.path, sessions=home.sessions)


def _worker(home: Home) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "xtiger", "--home", str(home.path), "worker"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    home.started.append(process)
    return process


def _save(home: Home, name: str) -> None:
    with home.sessions.begin() as session:
        session.add(Organization(name=name))


@pytest.mark.feature("F072")
def test_a_save_arrives_while_a_worker_runs(home: Home) -> None:
    """Nobody presses Sync; SIGTERM then ends it with 0, and it says what it did."""
    process = _worker(home)
    _save(home, "Kea")
    wait_until(lambda: home.names() == ["Kea"])
    process.send_signal(signal.SIGTERM)
    out = finish(process).splitlines()

    assert [
        "Working for Empty Trading Ltd. Ctrl-C ends it.",
        "Empty Trading Ltd: save: Organizations: 1 created.",
        "Ended. What is left waits in the store.",
    ] == out


def test_a_batch_under_way_is_finished_when_asked_to_end(home: Home) -> None:
    """Xero is slow, SIGTERM comes in between: what was sent is booked, nothing stays claimed."""
    home.sandbox.fault("slow", path=API, method="PUT", seconds=1.5)
    process = _worker(home)
    _save(home, "Kea")
    wait_until(lambda: not home.sandbox.faults.waiting())
    process.send_signal(signal.SIGTERM)
    finish(process)
    found = home.tables("xt_link", "xt_queue_job", "xt_lease")

    assert (["Kea"], 1, []) == (home.names(), len(found["xt_link"]), found["xt_queue_job"])
    assert "" == next(r["holder"] for r in found["xt_lease"] if r["name"].startswith("run:"))


@pytest.mark.feature("F132")
def test_what_a_killed_worker_held_comes_back(home: Home) -> None:
    """Killed while Xero was working on it: the next one settles it, and makes it once."""
    home.sandbox.fault("slow", path=API, method="PUT", seconds=1.0)
    process = _worker(home)
    _save(home, "Kea")
    wait_until(lambda: not home.sandbox.faults.waiting())
    process.kill()
    wait_until(lambda: home.names() == ["Kea"])
    claimed = [row["state"] for row in home.tables("xt_queue_job")["xt_queue_job"]]
    finish(home.start(LATER, ahead_seconds=700))
    finish(home.start(LATER, ahead_seconds=800))
    found = home.tables("xt_link", "xt_queue_job")

    assert (["running"], ["Kea"]) == (claimed, home.names())
    assert (1, []) == (len(found["xt_link"]), found["xt_queue_job"])


@pytest.mark.feature("F077", "F078")
def test_what_failed_stays_in_the_queue_and_goes_when_xero_is_back(home: Home) -> None:
    """Xero is down while it is saved: the row says why and when next, and nobody presses Retry."""
    home.sandbox.fault("status", path=API, status=503, count=500)
    process = _worker(home)
    _save(home, "Kea")

    def waits() -> bool:
        rows = home.tables("xt_queue_job")["xt_queue_job"]
        return [("waiting", True)] == [(row["state"], bool(row["sentence"])) for row in rows]

    wait_until(waits)
    process.send_signal(signal.SIGTERM)
    finish(process)
    home.sandbox.faults.clear()
    finish(home.start(LATER, ahead_seconds=700))
    found = home.tables("xt_queue_job", "xt_queue_done")

    assert (["Kea"], []) == (home.names(), found["xt_queue_job"])
    assert [("Organizations", "Kea", "created")] == [
        (row["module"], row["name"], row["result"]) for row in found["xt_queue_done"]
    ]


def test_workers_side_by_side_send_each_record_once(home: Home) -> None:
    """Three of them, 40 records in four saves: no record twice, none left."""
    processes = [_worker(home) for _ in range(3)]
    names = [f"Bird {number:02}" for number in range(40)]
    for start in range(0, 40, 10):
        with home.sessions.begin() as session:
            session.add_all([Organization(name=name) for name in names[start : start + 10]])
    wait_until(lambda: len(home.names()) >= 40)
    wait_until(lambda: not home.tables("xt_queue_job")["xt_queue_job"])
    for process in processes:
        # One that has only just started would end as any command does.
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Working for")
        process.send_signal(signal.SIGTERM)
    ends = [finish(process).splitlines()[-1] for process in processes]

    assert ["Ended. What is left waits in the store."] * 3 == ends
    assert names == home.names()
