"""Real processes that ask for an access token at once, and may be killed at a chosen point.

Run as `python -m tests.xero.workers`, with the work as JSON on standard input. One process imports
all, then forks: twenty interpreters would take a minute to start.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.xero.doors import WatchedHttp
from xtiger.db.cipher import Cipher
from xtiger.db.database import Database
from xtiger.db.store import SqlStore
from xtiger.errors import XTigerError
from xtiger.model.connections import Connection, Tokens
from xtiger.model.setting_keys import LeaseKey
from xtiger.ports.system_clock import SystemClock
from xtiger.settings import Settings
from xtiger.xero.limits import CONCURRENT, Limiter
from xtiger.xero.tokens import TokenKeeper

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Work:
    """What every process does."""

    database_url: str
    key: str
    xero_url: str
    client_id: str
    client_secret: str
    #: The moment at which all processes begin, as ISO text.
    at: str
    processes: int = 1
    #: Where each process kills itself: "", "before request", "before stored", "in the store",
    #: "after stored" or "in flight".
    kill: str = ""


def fingerprint(token: str) -> str:
    """Tells tokens apart without showing them."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def carry_out(work: Work) -> list[str]:
    """What each process answered: the token's fingerprint, an error's code, or "killed"."""
    plain = {name: getattr(work, name) for name in Work.__slots__}
    done = subprocess.run(
        [sys.executable, "-m", "tests.xero.workers"],
        cwd=ROOT,
        check=True,
        text=True,
        input=json.dumps(plain),
        capture_output=True,
        timeout=120,
    )
    return [str(line) for line in json.loads(done.stdout)]


class MovedClock(SystemClock):
    """The machine's clock, moved to begin at a given moment."""

    def __init__(self, start: datetime) -> None:
        self._moved = start - super().now()

    def now(self) -> datetime:
        """The moved moment."""
        return super().now() + self._moved


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)  # the signal may take a moment


class DyingHttp(WatchedHttp):
    """Dies before a request is sent, or after its answer came."""

    def __init__(self, kill: str) -> None:
        super().__init__()
        self._kill = kill

    def before(self) -> None:
        """Die, if that is the point."""
        if self._kill == "before request":
            _die()

    def after(self) -> None:
        """Die, if that is the point."""
        if self._kill == "before stored":
            _die()


class DyingStore(SqlStore):
    """Dies while, or after, the new pair is stored."""

    kill = ""

    def save_connection(self, connection: Connection, tokens: Tokens | None = None) -> None:
        """As the real one; then die within its transaction, or after its commit."""
        if self.kill == "in the store":
            with self.transaction():
                super().save_connection(connection, tokens)
                _die()
        super().save_connection(connection, tokens)

    def release_lease(self, key: LeaseKey, fence: int) -> None:
        """As the real one, if it lives."""
        if self.kill == "after stored":
            _die()
        super().release_lease(key, fence)


def _one(work: Work) -> str:
    store = DyingStore(Database.open(work.database_url), Cipher([work.key]))
    store.kill = work.kill
    clock, http = MovedClock(datetime.fromisoformat(work.at)), DyingHttp(work.kill)
    if work.kill == "in flight":
        limiter = Limiter(store, clock, "c1")
        for _ in range(CONCURRENT):
            limiter.enter()
        _die()
    settings = Settings(
        Path(),
        "",
        "",
        work.client_id,
        work.client_secret,
        work.xero_url,
    )
    try:
        return fingerprint(TokenKeeper(store, settings, clock, http).access("c1").reveal())
    except XTigerError as error:
        return error.code
    finally:
        http.close()
        store.close()


def _forked(work: Work, start: int) -> tuple[int, int]:
    """(process id, pipe with its answer); it begins when `start` closes."""
    answer, told = os.pipe()
    process = os.fork()
    if process:
        os.close(told)
        return process, answer
    os.read(start, 1)
    os.write(told, _one(work).encode())
    os._exit(0)


def _main() -> None:
    given: dict[str, Any] = json.load(sys.stdin)
    work = Work(**given)
    waiting, start = os.pipe()
    forked = [_forked(work, waiting) for _ in range(work.processes)]
    # One byte each: the children hold copies of both ends, so closing would wake nobody.
    os.write(start, b"." * work.processes)
    found = []
    for process, answer in forked:
        with os.fdopen(answer, "rb") as pipe:
            told = pipe.read().decode()
        _, status = os.waitpid(process, 0)
        found.append("killed" if os.WIFSIGNALED(status) else told)
    print(json.dumps(found))


if __name__ == "__main__":
    _main()
