"""A clock for several threads that moves on when all of them sleep: minutes pass in no time."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from tests.xero.clock import START


class VirtualClock:
    """Time that passes only in sleep; each thread that works on it stands in `run`."""

    def __init__(self) -> None:
        self._now = 0.0
        self._turn = threading.Condition()
        self._awake = 0
        self._asleep: list[float] = []

    def run(self, works: Sequence[Callable[[], None]]) -> None:
        """Carry out each work in a thread of its own; raises what one of them raised."""
        self._awake = len(works)
        with ThreadPoolExecutor(len(works)) as pool:
            for done in [pool.submit(self._carry, work) for work in works]:
                done.result()

    def _carry(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            with self._turn:
                self._awake -= 1
                self._move_on()

    def seconds(self) -> float:
        """Seconds since the start."""
        with self._turn:
            return self._now

    def now(self) -> datetime:
        """The moment it stands at."""
        return START + timedelta(seconds=self.seconds())

    def sleep(self, seconds: float) -> None:
        """Wait until all others sleep longer."""
        with self._turn:
            until = self._now + seconds
            self._asleep.append(until)
            self._awake -= 1
            self._move_on()
            while self._now < until:
                self._turn.wait()
            self._asleep.remove(until)

    def _move_on(self) -> None:
        """Move to the next waking when nobody is awake; who wakes is awake from here on."""
        if self._awake == 0 and self._asleep:
            self._now = max(self._now, min(self._asleep))
            self._awake = sum(until <= self._now for until in self._asleep)
            self._turn.notify_all()

    def new_id(self) -> str:
        """A random id."""
        return uuid.uuid4().hex
