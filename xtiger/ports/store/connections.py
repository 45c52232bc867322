"""The ConnectionStore protocol: connections and their tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from xtiger.model.connections import Connection, Tokens
from xtiger.ports.store.transactional import Transactional

T = TypeVar("T")


class ConnectionStore(Transactional, Protocol):
    """Connections to organisations in Xero, with their tokens."""

    def connections(self, tenant: str) -> Sequence[Connection]:
        """The connections of a tenant, oldest first."""
        ...

    def all_connections(self) -> Sequence[Connection]:
        """The connections of every tenant, oldest first: for the work of the installation itself,
        such as renewing permissions; never for what one tenant is shown.
        """
        ...

    def connection(self, connection_id: str) -> Connection | None:
        """One connection."""
        ...

    def save_connection(self, connection: Connection, tokens: Tokens | None = None) -> None:
        """Insert or replace by id; tokens are replaced only when given."""
        ...

    def tokens(self, connection_id: str) -> Tokens | None:
        """The tokens, decrypted, read again; None without any, and where no key fits them."""
        ...

    def forget_tokens(self, connection_id: str) -> None:
        """Remove the tokens of an ended connection."""
        ...

    def remove_connection(self, connection_id: str) -> None:
        """Remove a connection that never came to life, with its tokens; an unknown one is fine."""
        ...
