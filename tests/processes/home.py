"""A home that several processes work on: the demo CRM's file, a store, and a sandbox over HTTP."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from tests.children import Child
from tests.world import REDIRECT, let_all_go
from xtiger.app import XTiger
from xtiger.demo.database import open_sessions
from xtiger.demo.host import build
from xtiger.demo.models import Organization
from xtiger.demo.visitor import allow_access
from xtiger.errors import XTigerError
from xtiger.ports.system_clock import SystemClock
from xtiger.sandbox import Sandbox, serve
from xtiger.settings import load_settings, write_settings_file

ROOT = Path(__file__).parents[2]
NAME = "Empty Trading Ltd"
#: How long a step of another process may take before the test fails.
PATIENCE_SECONDS = 60

Process = Child | subprocess.Popen[str]


class LateClock(SystemClock):
    """The machine's clock, so many seconds ahead: to it the leases of others have ended."""

    machine = False

    def __init__(self, seconds: float) -> None:
        self._ahead = timedelta(seconds=seconds)

    def now(self) -> datetime:
        """The moment, ahead."""
        return super().now() + self._ahead


@dataclass(slots=True)
class Home:
    """What all processes share; processes that are left over are killed at the end."""

    path: Path
    sandbox: Sandbox
    sessions: sessionmaker[Session]
    started: list[Process] = field(default_factory=list)

    def open(self, ahead_seconds: float = 0) -> XTiger:
        """The library in this process."""
        return open_library(self.path, ahead_seconds)

    def organizations(self, *names: str) -> None:
        """Make organisations in the CRM, in one save that XTiger did not see."""
        with self.sessions.begin() as session:
            session.add_all([Organization(name=name) for name in names])

    def start(self, code: str, ahead_seconds: float = 0) -> Child:
        """Run code in a process of its own; `xt` is the library on this home."""
        head = (
            "import sys\nfrom pathlib import Path\nfrom tests.processes.home import *\n"
            "xt = open_library(Path(sys.argv[1]), float(sys.argv[2]))\n"
        )
        process = Child(head + code, str(self.path), str(ahead_seconds))
        self.started.append(process)
        return process

    def names(self) -> list[str]:
        """The contacts that Xero has."""
        return sorted(str(raw["Name"]) for raw in self.sandbox.table("Contacts"))

    def tables(self, *names: str) -> dict[str, list[dict[str, Any]]]:
        """All rows of these tables of the store."""
        xt = self.open()
        try:
            with xt.store.database.reading() as db:
                return {
                    name: [
                        dict(row) for row in db.exec_driver_sql(f"SELECT * FROM {name}").mappings()
                    ]
                    for name in names
                }
        finally:
            xt.close()


def open_library(path: Path, ahead_seconds: float = 0) -> XTiger:
    """The library on the CRM of a home."""
    return XTiger(
        build(path), load_settings({"XTIGER_NEW_EXTENSIONS": "off"}, path), LateClock(ahead_seconds)
    )


def sync(xt: XTiger) -> str:
    """Sync the organisations; answers how it ended."""
    try:
        return xt.sync.run(("Organizations",)).state
    except XTigerError as error:
        return type(error).__name__
    finally:
        xt.close()


def finish(process: Process) -> str:
    """What a process printed last; fails with its errors."""
    out, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, errors
    return out.strip()


def pause(process: Process) -> None:
    """Let the machine take the process off its feet, as a laptop that sleeps does."""
    os.kill(process.pid, signal.SIGSTOP)
    wait_until(lambda: _state(process.pid).startswith("T"))


def _state(pid: int) -> str:
    """The state of any process, a child's child too: T is stopped."""
    asked = ["ps", "-o", "stat=", "-p", str(pid)]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


def wait_until(true: Callable[[], bool]) -> None:
    """Wait until it is true; fails after a while."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)


@contextmanager
def make_home(path: Path, settings: Mapping[str, str]) -> Iterator[Home]:
    """A home with an empty CRM that is connected to an empty organisation."""
    sandbox = Sandbox(seed="empty")
    sessions = open_sessions(path)
    try:
        with serve(sandbox) as server:
            write_settings_file(
                path,
                {
                    "XTIGER_XERO_URL": server.url,
                    "XTIGER_XERO_CLIENT_ID": sandbox.client_id,
                    "XTIGER_XERO_CLIENT_SECRET": sandbox.client_secret,
                    "XTIGER_HOST": "xtiger.demo.host:factory",
                    **settings,
                },
            )
            home = Home(path, sandbox, sessions)
            try:
                _connect(home)
                yield home
            finally:
                _end(home.started)
    finally:
        sessions.kw["bind"].dispose()
        sandbox.close()


def _end(started: list[Process]) -> None:
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _connect(home: Home) -> None:
    xt = home.open()
    try:
        offered = xt.connections.consent_answered(
            allow_access(xt.connections.consent(REDIRECT).url, NAME)
        )
        let_all_go(
            xt,
            xt.connections.connect(
                next(one.organisation_id for one in offered if one.name == NAME)
            ).id,
        )
        xt.connections.accept_terms("a test")
        xt.mappings.save_defaults()
    finally:
        xt.close()
