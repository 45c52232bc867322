"""The RunStore protocol: runs, and what they overwrote."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from xtiger.model.links import Side
from xtiger.model.runs import Run, Trigger
from xtiger.model.values import Plain
from xtiger.ports.store.transactional import Transactional


class RunStore(Transactional, Protocol):
    """Runs with their counts, and the images of records before them."""

    def save_run(self, run: Run) -> None:
        """Insert or replace by id."""
        ...

    def runs(
        self, connections: Collection[str], limit: int = 20, trigger: Trigger | None = None
    ) -> Sequence[Run]:
        """Runs of the connections of these ids, newest first; all, or those begun so."""
        ...

    def runs_named(self, connection_id: str, start: str, limit: int = 5) -> Sequence[Run]:
        """Runs of a connection whose ids begin so, newest first."""
        ...

    def next_run(self, connection_id: str, run_id: str) -> Run | None:
        """The run of a connection that began after this one; None after the newest."""
        ...

    def save_before_images(
        self, run_id: str, side: Side, type: str, payloads: Mapping[str, Plain], at: datetime
    ) -> None:
        """Keep what records were before a run overwrote them, by id."""
        ...
