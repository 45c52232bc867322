"""The CallStore protocol: the log of calls to Xero."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from xtiger.model.calls import Call
from xtiger.ports.store.transactional import Transactional


class CallStore(Transactional, Protocol):
    """Calls to Xero, one row each."""

    def add_call(self, call: Call) -> None:
        """Append to the call log."""
        ...

    def calls(self, connection_id: str, since: datetime, limit: int = 1000) -> Sequence[Call]:
        """Calls since a moment, newest first."""
        ...
