"""How long the caller still waits: asked before each wait, and while an answer arrives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from xtiger.ports.clock import Clock


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment at which somebody gives up; without one nobody does."""

    clock: Clock
    until: datetime | None = None

    def seconds_left(self) -> float | None:
        """Seconds until then, none or less once it is over; None where nobody gives up."""
        if self.until is None:
            return None
        return (self.until - self.clock.now()).total_seconds()

    def allows(self, seconds: float) -> bool:
        """Whether a wait of so many seconds ends in time."""
        left = self.seconds_left()
        return left is None or seconds <= left

    @property
    def is_over(self) -> bool:
        """Whether no answer is waited for any more."""
        left = self.seconds_left()
        return left is not None and left <= 0
