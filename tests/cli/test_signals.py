"""Signals that end a command: real processes, the exit codes that shells expect, no lease left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.processes.home import Home, make_home, sync, wait_until
from xtiger.demo.models import Invoice, InvoiceLine, Organization, Payment
from xtiger.errors import XTigerError


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A connected home with something to sync."""
    with make_home(tmp_path, {}) as found:
        found.organizations("Acme")
        yield found


def start(home: Home, *arguments: str) -> subprocess.Popen[str]:
    """`xtiger …` in a process of its own."""
    environment = {
        **os.environ,
        "XTIGER_HOME": str(home.path),
        "XTIGER_SAFE_MODE": "1",
        "XTIGER_HOST": "xtiger.demo.host:factory",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "xtiger", *arguments],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


CODES = {signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGINT: 130}


@pytest.mark.parametrize("number", CODES)
@pytest.mark.parametrize("command", ["sync", "plan", "reconcile"])
def test_a_signal_ends_a_command_and_gives_its_lease_back(
    home: Home, command: str, number: signal.Signals
) -> None:
    """While it waits for Xero; the next sync begins at once."""
    home.sandbox.fault("slow", path="/api.xro/2.0/Organisation", seconds=4)
    process = start(home, command)
    wait_until(lambda: not home.sandbox.faults.waiting())
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    home.sandbox.faults.clear()

    assert CODES[number] == process.returncode
    assert "Stopped. If a sync was under way, the next one looks up what arrived in Xero." in errors
    assert "" == "".join(row["holder"] for row in home.tables("xt_lease")["xt_lease"])
    assert "done" == sync(home.open())


def _billed(home: Home) -> None:
    """An approved invoice of 10.00 that Xero has, and 4.00 received of it that Xero has not."""
    day = date(2026, 11, 2)
    with home.sessions.begin() as session:
        line = InvoiceLine(name="Work", quantity=Decimal(1), unit_price=Decimal(10), account="200")
        bill = Invoice(
            number="I1",
            organization=session.get_one(Organization, 1),
            date=day,
            due_date=day,
            status="Approved",
            lines=[line],
            total=Decimal(10),
            subtotal=Decimal(10),
        )
        session.add(bill)
    xt = home.open()
    xt.sync.run()
    xt.close()
    with home.sessions.begin() as session:
        session.add(
            Payment(
                invoice=session.get_one(Invoice, 1),
                date=day,
                amount=Decimal(4),
                account="090",
                status="Received",
            )
        )


def _sync_all(home: Home, ahead_seconds: float) -> str:
    xt = home.open(ahead_seconds)
    try:
        return xt.sync.run().state
    except XTigerError as error:
        return error.code
    finally:
        xt.close()


def test_a_payment_under_way_at_a_signal_is_never_made_twice(home: Home) -> None:
    """Xero goes on with a request that nobody waits for: what it made is looked up afterwards."""
    _billed(home)
    home.sandbox.fault("slow", path="/api.xro/2.0/Payments", method="PUT", seconds=5)
    process = start(home, "sync")
    wait_until(lambda: not home.sandbox.faults.waiting())
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    at_once = _sync_all(home, 0)
    wait_until(lambda: home.sandbox.table("Payments") != [])
    later = _sync_all(home, 70)

    assert ("answer_unknown", "done") == (at_once, later)
    assert ["4.00"] == [f"{raw['Amount']:.2f}" for raw in home.sandbox.table("Payments")]
