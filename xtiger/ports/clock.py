"""Time and randomness as an argument, so that tests can hold both."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Where the library takes the time, pauses and random ids from."""

    def now(self) -> datetime:
        """The aware moment in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait; a test clock only moves on."""
        ...

    def new_id(self) -> str:
        """A random text of 32 hex characters, never given twice."""
        ...
