"""The IdentityStore protocol: what of a connection belongs to one CRM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from xtiger.model.links import Link
from xtiger.ports.store.transactional import Transactional


class IdentityStore(Transactional, Protocol):
    """How much hangs on the CRM that a connection is linked with, and the end of it."""

    def is_used(self, connection_id: str) -> bool:
        """Whether anything is linked in a connection, or about to be."""
        ...

    def some_links(self, connection_id: str, limit: int) -> Sequence[Link]:
        """Live primary links of contacts and items, half of them the oldest, half the newest."""
        ...

    def all_links(self, connection_id: str) -> list[Link]:
        """Every link of a connection, aliases of either side too, the oldest first."""
        ...

    def forget_crm(self, connection_id: str) -> int:
        """Forget every link and whatever names a CRM record; returns how many links it were."""
        ...
