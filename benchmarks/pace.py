"""Three processes share one organisation's limits for a while: none is refused, little is wasted.

Part of `make soak`; a minute and ten seconds by the wall clock show a full minute of Xero's.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import timedelta
from json import dumps, loads
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from xtiger.db.cipher import Cipher, new_key
from xtiger.db.store import SqlStore
from xtiger.demo.visitor import allow_access
from xtiger.errors import RetryLater
from xtiger.model.connections import Connection
from xtiger.ports.system_clock import SystemClock
from xtiger.sandbox import Sandbox, serve
from xtiger.settings import Settings
from xtiger.xero.oauth import Consent, organisations, scopes
from xtiger.xero.organisations import XeroOrganisation

PROCESSES = 3
#: Share of a minute's calls that must be used.
USED = 0.95
_REDIRECT = "http://localhost:9/modules/XTiger/callback"


@dataclass(frozen=True, slots=True)
class Work:
    """What each process does."""

    database_url: str
    key: str
    xero_url: str
    client_id: str
    client_secret: str
    seconds: float


def _settings(work: Work) -> Settings:
    return Settings(
        Path(),
        work.database_url,
        xero_client_id=work.client_id,
        xero_client_secret=work.client_secret,
        xero_url=work.xero_url,
    )


def call_for_a_while(work: Work) -> None:
    """Call as fast as the limits let, until the time is up."""
    store = SqlStore.open(work.database_url, Cipher([work.key]))
    connection = store.all_connections()[0]
    end = monotonic() + work.seconds
    xero = XeroOrganisation(
        connection, _settings(work), store, SystemClock(), patience_seconds=work.seconds
    )
    try:
        while monotonic() < end:
            xero.organisation()
    except RetryLater:
        pass  # the wait for the next minute would be longer than what is left
    finally:
        xero.close()
        store.close()


def _connect(work: Work, sandbox: Sandbox) -> None:
    """One organisation, connected as a person would."""
    clock, settings = SystemClock(), _settings(work)
    consent = Consent(settings, _REDIRECT, clock)
    asked = consent.begin(scopes())
    returned = allow_access(asked.url, sandbox.organisations()[0][1])
    tokens = consent.finish(returned, asked.state, asked.verifier)
    (found,) = organisations(settings, clock, tokens)
    store = SqlStore.open(work.database_url, Cipher([work.key]))
    store.migrate()
    made = Connection("c1", "", found.organisation_id, found.connection_id, found.name, "GBP")
    store.save_connection(made, tokens)
    store.close()


def measure(seconds: float) -> tuple[int, int, float]:
    """(calls, refused ones, share of what the first minute allows)."""
    with TemporaryDirectory() as home, Sandbox(seed="demo") as sandbox, serve(sandbox) as server:
        url = f"sqlite:///{Path(home) / 'xtiger.db'}"
        work = Work(url, new_key(), server.url, sandbox.client_id, sandbox.client_secret, seconds)
        _connect(work, sandbox)
        given = dumps(asdict(work))
        command = [sys.executable, "-m", "benchmarks.pace", "--work"]
        running = [
            subprocess.Popen(command, stdin=subprocess.PIPE, text=True) for _ in range(PROCESSES)
        ]
        for process in running:
            assert process.stdin is not None
            process.stdin.write(given)
            process.stdin.close()
        for process in running:
            if process.wait():
                raise RuntimeError(f"a process ended with {process.returncode}")
        calls = [call for call in sandbox.calls() if call.path.startswith("/api.xro")]
        first = calls[0].at
        minute = [call for call in calls if call.at < first + timedelta(seconds=60)]
        refused = [call for call in calls if call.status == 429]
        return len(calls), len(refused), len(minute) / 60


def main() -> int:
    """Measure; ends with 1 when a call was refused, or too much of a full minute was wasted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=70)
    parser.add_argument("--work", action="store_true", help="be one of the processes")
    chosen = parser.parse_args()
    if chosen.work:
        call_for_a_while(Work(**loads(sys.stdin.read())))
        return 0
    calls, refused, used = measure(chosen.seconds)
    print(
        f"{PROCESSES} processes, {chosen.seconds:g} s: {calls} calls, {refused} refused, "
        f"{used:.0%} of the first minute used"
    )
    return 1 if refused or (chosen.seconds >= 60 and used < USED) else 0


if __name__ == "__main__":
    sys.exit(main())
