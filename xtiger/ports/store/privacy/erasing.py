"""The ErasingStore protocol: how a person leaves the store, and is known again afterwards."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from xtiger.model.privacy.marks import Erasure, Marks
from xtiger.model.privacy.person import Person
from xtiger.ports.store.transactional import Transactional


class ErasingStore(Transactional, Protocol):
    """What is erased leaves digests alone: of its log, and of its ids and addresses."""

    def marks(self, tenant: str) -> Marks:
        """All marks of a tenant, with their key."""
        ...

    def add_marks(self, tenant: str, erasure: Erasure, digests: Sequence[str]) -> None:
        """Know a person again by these."""
        ...

    def widen_marks(self, tenant: str, known: str, digests: Sequence[str]) -> None:
        """Know the person of a mark by these, too; nobody where it was released meanwhile."""
        ...

    def erasures(self, tenant: str) -> Sequence[Erasure]:
        """Who is known again, newest first."""
        ...

    def erasures_of(self, tenant: str, digests: Collection[str]) -> set[str]:
        """The erasures that have one of these marks."""
        ...

    def forget_marks(self, tenant: str, erasure: str) -> set[str]:
        """Know a person no longer; returns the digests by which it was known."""
        ...

    def writes_under_way(self, person: Person, tenant: str, connection_ids: Sequence[str]) -> bool:
        """Whether something of a person was sent and is not settled, or is to be finished."""
        ...

    def erase(
        self,
        person: Person,
        tenant: str,
        connection_ids: Sequence[str],
        marks: Marks,
        at: datetime,
    ) -> Mapping[str, int]:
        """Erase a person from all tables of the store; table → rows that went or changed."""
        ...

    def free_bytes(self, also: Collection[str] = ()) -> bool:
        """Give back the space of what went, so that no file holds it; False while others use it.

        `also` are tables of extensions by name.
        """
        ...
