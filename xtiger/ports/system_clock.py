"""The real clock: UTC time, real pauses, random ids."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime


class SystemClock:
    """The machine's own time and randomness; a Clock."""

    #: Whether a database server's clock may count in its place.
    machine = True

    def now(self) -> datetime:
        """The aware moment in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(max(0.0, seconds))

    def new_id(self) -> str:
        """32 random hex characters."""
        return secrets.token_hex(16)
