"""The worker: does what is due, round after round, until it is asked to stop."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from xtiger.errors import RetryLater, RunStopped, XTigerError, log_line
from xtiger.i18n.cause_text import counted_result
from xtiger.i18n.language import language
from xtiger.i18n.process_log import ProcessLog, process_log
from xtiger.model.runs import Run
from xtiger.model.starting.service import ServiceName
from xtiger.ports.interrupts import FOREIGN, by_signal
from xtiger.ports.stop_signal import StopSignal

if TYPE_CHECKING:
    from xtiger.ports import Store


class Library(Protocol):
    """What a worker needs of the library that it works for: XTiger is one."""

    @property
    def store(self) -> Store:
        """What names the connections in the lines of the worker."""
        ...

    def tick(self, signal: StopSignal, *, by: ServiceName) -> None:
        """Do what is due; `by` is what looks."""
        ...


#: Seconds between two looks at what is due.
POLL_SECONDS = 2.0
#: The longest pause after rounds that failed.
LONGEST_SECONDS = 60.0


def pause_after(failures: int, wanted_seconds: float, chance: float) -> float:
    """Seconds to wait after so many failed rounds in a row.

    Doubled with each failure, never shorter than what the error asks for, at most a minute, and
    spread by half on both sides (`chance` in 0 to 1), so that many workers do not come back at
    once.
    """
    doubled = POLL_SECONDS * 2.0 ** min(failures, 10)
    return min(LONGEST_SECONDS, max(doubled, wanted_seconds)) * (0.5 + chance)


@dataclass(slots=True)
class Worker:
    """Rounds of `tick`, here or in a thread of its own; many may run side by side.

    What they share is in the store: leases keep two of them from running one connection at
    once, and what a killed one held comes back when its lease ends.
    """

    #: One round: `XTiger.tick`.
    tick: Callable[[StopSignal], None]
    #: Answers 0 to 1, for the spread of pauses.
    chance: Callable[[], float]
    #: Is called with one line for each run and each new trouble.
    say: Callable[[str], None] = field(default=lambda _line: None)
    #: Connection id → the organisation's name, for the lines.
    name_of: Callable[[str], str] = lambda connection_id: connection_id
    poll_seconds: float = POLL_SECONDS
    #: Entered for each round, such as `app.app_context` of Flask.
    within: Callable[[], AbstractContextManager[object]] = nullcontext
    _stop: threading.Event = field(default_factory=threading.Event)
    _wake: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _failures: int = 0
    _said: str = ""

    def round(self) -> float:
        """Do what is due once; returns the seconds until the next round.

        Whatever goes wrong is said and tried again later: a worker ends when it is asked to.
        """
        try:
            with self.within():
                self.tick(StopSignal(self._stop.is_set, self._report_run))
        except RunStopped:
            return 0.0
        except XTigerError as error:
            wanted = error.retry_after_seconds if isinstance(error, RetryLater) else 0.0
            return self._failed(error, f"{error} [{error.code}]", wanted)
        # The worker loop: a fault in the CRM's adapter must not end all syncing.
        except FOREIGN as error:
            if by_signal(error):
                raise
            return self._failed(error, f"A fault stopped this round ({type(error).__name__}).", 0.0)
        if self._said:
            _log().info("The worker goes on: a round went well again.")
        self._failures, self._said = 0, ""
        return self.poll_seconds

    def run(self) -> None:
        """Rounds until `stop()`; what is under way then is finished or put back."""
        while not self._stop.is_set():
            pause = self.round()
            self._wake.wait(pause)
            self._wake.clear()

    def wake(self) -> None:
        """Look at what is due now instead of after the pause; may be called from anywhere."""
        self._wake.set()

    @property
    def has_thread(self) -> bool:
        """Whether it runs in a thread of a process that does other work, too."""
        return self._thread is not None

    def start(self) -> None:
        """Run in a thread of this process, for a small installation."""
        if self._thread is not None:
            raise RuntimeError("the worker runs already")
        self._stop.clear()
        self._thread = threading.Thread(target=self.run, name="xtiger-worker", daemon=True)
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Let it end after the batch that is under way; for signal handlers."""
        self._stop.set()
        self._wake.set()

    def stop(self) -> None:
        """Ask it to stop, and wait for its thread if it has one."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _failed(self, error: BaseException, sentence: str, wanted_seconds: float) -> float:
        self._failures += 1
        # A database that is down for an hour is one line, not a thousand.
        line = log_line(error)
        if line != self._said:
            self.say(f"▲ {sentence}")
            _log().error("The worker could not do what is due, and tries again: %s", line)
        self._said = line
        return pause_after(self._failures, wanted_seconds, self.chance())

    def _report_run(self, run: Run) -> None:
        self.say(f"{self.name_of(run.connection_id)}: {line_of(run)}")


def worker_of(
    xt: Library,
    say: Callable[[str], None] = lambda _line: None,
    *,
    within: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Worker:
    """The worker of a library: `worker_of(xt).start()` in a CRM of one process.

    Its errors are lines of the log `xtiger`. `within` makes what each round needs around it: a
    CRM in Flask whose sessions belong to the app gives `within=app.app_context`.
    """

    def name_of(connection_id: str) -> str:
        found = xt.store.connection(connection_id)
        return found.name if found is not None else connection_id

    def tick(signal: StopSignal) -> None:
        xt.tick(signal, by="process" if made.has_thread else "worker")

    # Not for secrets: it only spreads the pauses of many workers.
    made = Worker(tick, random.random, say, name_of, within=within)
    return made


def _log() -> ProcessLog:
    return process_log("xtiger")


def line_of(run: Run) -> str:
    """One line about a run: what began it, its modules and what came of it."""
    english = language("en")
    found = ", ".join(counted_result(n, result, english) for result, n in run.totals.items() if n)
    modules = ", ".join(run.modules)
    ended = "" if run.state == "done" else f" {run.state}: {run.error}"
    return f"{run.trigger}: {modules}: {found or 'nothing to do'}.{ended}"
