"""The ChangeStore protocol: which records may differ, and how far readers got."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from xtiger.model.links import DirtyKey, Side
from xtiger.model.setting_keys import CursorKey
from xtiger.ports.store.transactional import Transactional


class ChangeStore(Transactional, Protocol):
    """Marks of records that changed, and the cursors of those who read changes."""

    def cursor(self, connection_id: str, key: CursorKey) -> str | None:
        """The place a reader got to, such as "Contact"; None to start over."""
        ...

    def cursors(self, connection_id: str) -> Mapping[CursorKey, str]:
        """The places of all readers; who is not in it starts over."""
        ...

    def move_cursors(self, connection_id: str, places: Mapping[CursorKey, str]) -> None:
        """Remember the places of readers that have one; who is to start over meanwhile still is."""
        ...

    def save_cursor(self, connection_id: str, key: CursorKey, value: str | None) -> None:
        """Remember the place; None forgets it, so that the next read is whole."""
        ...

    def mark(
        self,
        connection_id: str,
        side: Side,
        type: str,
        ids: Iterable[str],
        reason: str,
        at: datetime,
    ) -> None:
        """Mark keys dirty; a marked key gets a new generation."""
        ...

    def dirty(
        self,
        connection_id: str,
        side: Side,
        type: str,
        limit: int | None = None,
        ids: Collection[str] | None = None,
    ) -> Sequence[DirtyKey]:
        """Marked keys, oldest first; of these few ids only, where they are given."""
        ...

    def clean(self, connection_id: str, keys: Iterable[tuple[str, str, str, int]]) -> None:
        """Unmark (side, type, id, generation) where the generation is still the same."""
        ...
