"""The BrakeStore protocol: plans that the brake stopped, and the counts that it weighs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from xtiger.model.brakes import BrakedPlan, BrakedState
from xtiger.model.runs import Trigger
from xtiger.ports.store.transactional import Transactional


class BrakeStore(Transactional, Protocol):
    """Plans that the brake stopped, and how much runs changed."""

    def save_braked_plan(self, plan: BrakedPlan) -> None:
        """Insert or replace by run."""
        ...

    def braked_plans(
        self, connection_id: str, *states: BrakedState, limit: int = 20
    ) -> Sequence[BrakedPlan]:
        """Stopped plans of a connection in one of these states, newest first."""
        ...

    def linked_counts(self, connection_id: str) -> Mapping[str, int]:
        """Module → number of its linked records, aliases not counted."""
        ...

    def changed_since(
        self, connection_id: str, since: datetime, triggers: Collection[Trigger]
    ) -> Mapping[str, set[str]]:
        """Module → ids of records that runs of these triggers changed or removed since.

        An id is the CRM's, or Xero's where the record has none in the CRM.
        """
        ...
