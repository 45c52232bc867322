"""A run that is paused, taken over by another process and woken again does no harm."""

from __future__ import annotations

import os
import signal

import pytest

from tests.children import Child
from tests.processes.home import Home, finish, pause, wait_until

SYNC = "print(sync(xt))"
#: To the second process the first one's lease has ended.
AHEAD_SECONDS = 600
BOOKED = ("xt_link", "xt_base", "xt_outcome", "xt_cursor", "xt_shadow", "xt_run", "xt_change")
API = "/api.xro/2.0/Contacts"


def _paused(home: Home, method: str) -> Child:
    """A sync that was stopped while it waits for Xero's answer to such a request."""
    home.sandbox.fault("slow", path=API, method=method, seconds=1.0)
    process = home.start(SYNC)
    wait_until(lambda: not home.sandbox.faults.waiting())
    pause(process)
    # The answer is on its way to the sleeping process before anybody else comes.
    wait_until(lambda: any(c.method == method and c.path == API for c in home.sandbox.calls()))
    return process


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_woken_run_writes_nothing_any_more(home: Home, method: str) -> None:
    """Stopped while reading or while sending: the other run does it all, once, and that stays."""
    home.organizations("Kea", "Tui", "Kaka")
    zombie = _paused(home, method)
    second = finish(home.start(SYNC, AHEAD_SECONDS))
    before = home.tables(*BOOKED)
    os.kill(zombie.pid, signal.SIGCONT)
    first = finish(zombie)

    assert ("done", "RunBusy") == (second, first)
    assert ["Kaka", "Kea", "Tui"] == home.names()
    assert before == home.tables(*BOOKED)
    assert 3 == len(before["xt_link"])


def test_a_woken_run_that_nobody_followed_goes_on(home: Home) -> None:
    """The laptop slept, and no other process wanted the connection: the run ends well."""
    home.organizations("Kea")
    sleeper = _paused(home, "PUT")
    os.kill(sleeper.pid, signal.SIGCONT)

    assert ("done", ["Kea"]) == (finish(sleeper), home.names())


def test_a_killed_run_is_taken_over(home: Home) -> None:
    """Its request arrived, its booking did not: the next run finds it and makes none twice."""
    home.organizations("Kea", "Tui")
    killed = _paused(home, "PUT")
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    busy = finish(home.start(SYNC))
    after = finish(home.start(SYNC, AHEAD_SECONDS))

    assert ("RunBusy", "done") == (busy, after)
    assert (["Kea", "Tui"], 2) == (home.names(), len(home.tables("xt_link")["xt_link"]))


def test_two_processes_never_run_one_connection_at_once(home: Home) -> None:
    """The second is told so at once; the first one ends well."""
    home.organizations("Kea")
    first = _paused(home, "GET")
    second = finish(home.start(SYNC))
    os.kill(first.pid, signal.SIGCONT)

    assert ("RunBusy", "done") == (second, finish(first))
    assert ["Kea"] == home.names()
