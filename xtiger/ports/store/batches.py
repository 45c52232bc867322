"""The BatchStore protocol: writes to Xero under way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from xtiger.model.calls import Batch, Intent
from xtiger.ports.store.transactional import Transactional


class BatchStore(Transactional, Protocol):
    """Batches with their intents, announced before they are sent."""

    def open_batch(self, batch: Batch) -> None:
        """Announce a batch and its intents before it is sent.

        Raises SentElsewhere when another connection of the tenant has one of its documents:
        a CRM invoice or payment belongs to one connection, fixed here.
        """
        ...

    def save_batch(self, batch: Batch) -> None:
        """Replace state, sent_at and the intents' states of an announced batch."""
        ...

    def owners(self, connection_id: str, module: str, ids: Iterable[str]) -> Mapping[str, str]:
        """CRM id → the other connection of the tenant that has it: linked, or about to be."""
        ...

    def unfinished_batches(self, connection_id: str) -> Sequence[Batch]:
        """Batches in state planned, sent or unknown, oldest first."""
        ...

    def unsettled_creates(self, connection_id: str, module: str, kind: str) -> Sequence[Intent]:
        """Creates of a module that were announced and whose answer never came, oldest first."""
        ...
