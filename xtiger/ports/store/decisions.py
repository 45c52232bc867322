"""The DecisionStore protocol: what people decided of conflicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from xtiger.model.links import Decision
from xtiger.ports.store.transactional import Transactional


class DecisionStore(Transactional, Protocol):
    """Decisions of people on fields of conflicts."""

    def decisions(
        self, connection_id: str, module: str, crm_ids: Iterable[str] | None = None
    ) -> Mapping[str, Sequence[Decision]]:
        """CRM id → what was decided of its conflicts, for these ids or (None) all."""
        ...

    def save_decisions(self, decisions: Iterable[Decision]) -> None:
        """Insert or replace by connection, module, CRM id and field."""
        ...

    def forget_decisions(
        self, connection_id: str, module: str, crm_id: str, fields: Iterable[str] | None = None
    ) -> None:
        """Remove the decisions on these fields of a record, or (None) all of it."""
        ...
