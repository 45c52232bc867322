"""A clock for tests with real servers: the machine's time, but a pause ends at once."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

from xtiger.ports.system_clock import SystemClock

#: Whoever waits in a loop lets the others work meanwhile.
_REAL_SECONDS = 0.005


class HurriedClock(SystemClock):
    """Moves ahead instead of waiting, for a minute of Xero's limit above all.

    Pauses of several threads overlap, as those of the machine's clock do.
    """

    #: A database server knows nothing of the time that was skipped.
    machine = False

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The machine's moment and all that was skipped."""
        return datetime.now(UTC) + self._ahead

    def sleep(self, seconds: float) -> None:
        """Skip what is left of the pause."""
        until = self.now() + timedelta(seconds=max(0.0, seconds))
        time.sleep(_REAL_SECONDS)
        with self._lock:
            self._ahead += max(timedelta(), until - self.now())
