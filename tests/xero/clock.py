"""A clock that only moves when told to, or when somebody sleeps on it."""

from __future__ import annotations

import threading
import time
import uuid
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class StepClock:
    """Time for the library and the sandbox at once; safe to share by threads."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._lock = threading.Lock()
        #: Every pause that was asked for, in seconds.
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The moment it stands at."""
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Move on, and let other threads run."""
        with self._lock:
            self._now += timedelta(seconds=seconds)
            self.slept.append(seconds)
        time.sleep(0.001)

    def move(self, **span: float) -> None:
        """Move on by a span such as minutes=30."""
        with self._lock:
            self._now += timedelta(**span)

    def new_id(self) -> str:
        """A random id."""
        return uuid.uuid4().hex
