"""The RefusalStore protocol: what Xero refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from xtiger.model.links import Refusal
from xtiger.ports.store.transactional import Transactional


class RefusalStore(Transactional, Protocol):
    """What Xero refused of a record, so that the same is not sent again."""

    def refusals(self, connection_id: str, module: str) -> Mapping[str, Refusal]:
        """CRM id → what Xero refused of it."""
        ...

    def save_refusals(self, refusals: Iterable[Refusal]) -> None:
        """Insert or replace by connection, module and CRM id."""
        ...

    def forget_refusals(self, connection_id: str, module: str, crm_ids: Iterable[str]) -> None:
        """Remove those of these records."""
        ...
