"""The RetentionStore protocol: what leaves the store after its time."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from xtiger.model.log.keep_times import KeepTimes
from xtiger.ports.store.transactional import Transactional


class RetentionStore(Transactional, Protocol):
    """What was kept long enough goes; the chain of the log stays provable."""

    def cut_log(self, times: KeepTimes, now: datetime, most: int) -> int:
        """Let at most so many rows of the log go after their time; returns how many went."""
        ...

    def drop_batches(self, before: datetime) -> None:
        """Forget batches with their intents that were done before this moment."""
        ...

    def drop_runs(self, times: KeepTimes, now: datetime) -> None:
        """Forget runs after their time, but for the newest of each kind and end."""
        ...
