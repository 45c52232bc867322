"""The UndoStore protocol: what runs wrote, before and after, and what was taken back of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from xtiger.model.undo.images import Image, UndoHold
from xtiger.ports.store.transactional import Transactional


class UndoStore(Transactional, Protocol):
    """Images of what runs wrote, and holds on what was taken back."""

    def add_images(self, images: Iterable[Image]) -> None:
        """Keep what a run wrote of these records."""
        ...

    def images(self, connection_id: str, run_ids: Collection[str]) -> Sequence[Image]:
        """What these runs wrote, newest first."""
        ...

    def images_of_module(self, connection_id: str, module: str) -> Sequence[Image]:
        """What all runs that are still known wrote of a module's records, newest first."""
        ...

    def drop_images(self, before: datetime) -> None:
        """Forget what was written, and overwritten, before this moment."""
        ...

    def save_undo_holds(self, holds: Iterable[UndoHold]) -> None:
        """Insert or replace by connection, module and both ids."""
        ...

    def undo_holds(self, connection_id: str) -> Sequence[UndoHold]:
        """What waits since it was taken back, oldest first."""
        ...

    def forget_undo_holds(self, holds: Iterable[UndoHold]) -> None:
        """Release these."""
        ...
