"""The LeaseStore protocol: what processes share: leases, and values under a lock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from xtiger.model.setting_keys import LeaseKey, StateKey
from xtiger.model.values import Plain
from xtiger.ports.store.transactional import Transactional

T = TypeVar("T")


class LeaseStore(Transactional, Protocol):
    """Leases with fences, and values that processes change in turns."""

    def acquire_lease(
        self, key: LeaseKey, holder: str, seconds: float, now: datetime
    ) -> int | None:
        """Take the lease when free or expired: its rising fence number, else None.

        One that was taken more than five minutes after now is none: its clock was wrong.
        """
        ...

    def renew_lease(self, key: LeaseKey, fence: int, seconds: float, now: datetime) -> bool:
        """Prolong while still held with this fence; False when it was lost."""
        ...

    def release_lease(self, key: LeaseKey, fence: int) -> None:
        """Give the lease back when still held with this fence."""
        ...

    def update_state(self, key: StateKey, change: Callable[[Plain], tuple[Plain, T]]) -> T:
        """Change one plain value under a lock: `change(old)` answers (new, result).

        `old` is None the first time. Used for the limiter's windows. Must be quick and may be
        called again when two processes collide.
        """
        ...
