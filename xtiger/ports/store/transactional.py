"""The Transactional protocol: what the store of every subject offers."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol


class Transactional(Protocol):
    """Each method of a store is one transaction, or joins `transaction()`.

    Raises StoreUnavailable when the database cannot be used.
    """

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside commits together or not at all; nested blocks join."""
        ...
