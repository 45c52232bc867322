"""Where the readers of both sides are: read once, and saved once where nothing came."""

from __future__ import annotations

from xtiger.model.setting_keys import CursorKey
from xtiger.ports.store import ChangeStore


class Places:
    """The cursors of a connection, for one round of reading.

    What was read is saved with its cursor in one transaction. A cursor that moved on without any
    news has nothing to be saved with: those go together, by `save`. Lost with a killed process,
    the same nothing is read again.
    """

    def __init__(self, store: ChangeStore, connection_id: str) -> None:
        self._store, self._connection_id = store, connection_id
        self._kept = store.cursors(connection_id)
        self._moved: dict[CursorKey, str] = {}

    def of(self, key: CursorKey) -> str | None:
        """Where this reader is; None to start over."""
        return self._kept.get(key)

    def quiet(self, key: CursorKey, place: str) -> None:
        """This reader has come to here and met nothing."""
        if self._kept.get(key) != place:
            self._moved[key] = place

    def save(self) -> None:
        """Keep where the quiet readers are, but for those that somebody sent back meanwhile."""
        self._store.move_cursors(self._connection_id, self._moved)
        self._moved = {}
