"""The BaseStore protocol: what both sides of a link agreed on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from xtiger.model.links import Base
from xtiger.ports.store.transactional import Transactional


class BaseStore(Transactional, Protocol):
    """Bases: the values that both sides of a link last agreed on."""

    def bases(self, link_ids: Iterable[int]) -> Mapping[int, Base]:
        """Link id → base."""
        ...

    def save_bases(self, bases: Iterable[Base]) -> None:
        """Insert or replace by link id."""
        ...

    def forget_bases(self, link_ids: Iterable[int]) -> None:
        """Remove what was agreed on of these links: both sides are compared as if never linked."""
        ...
