"""The service for what is scheduled: when a connection is synced and proven next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xtiger.hookspecs import TimedWork, Times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xtiger.model.connections import Connection
    from xtiger.services.parts import Parts


class Timetable:
    """Lists what is scheduled, and sets the usual times by one tick."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def all(self, connection_id: str | None = None) -> list[TimedWork]:
        """What is done for a connection, the next first; none where no extension keeps time."""
        connection = self._parts.connection(connection_id)
        found, _ = self._parts.hooks.robust_offers(
            "timetable",
            TimedWork,
            connection.id,
            **self._of(connection),
        )
        timed = [offer.item for offer in found if offer.item.next_at is not None]
        return sorted(timed, key=lambda one: str(one.next_at))

    def decided(self, connection_id: str | None = None) -> list[TimedWork] | None:
        """All that is scheduled for a connection, what is off, too; None where none keeps time."""
        connection = self._parts.connection(connection_id)
        answers, _ = self._parts.hooks.robust("timetable", connection.id, **self._of(connection))
        return [one for answer in answers for one in answer] if answers else None

    def set_all(
        self, work: Sequence[TimedWork], connection_id: str | None = None, *, save: bool = True
    ) -> Times | None:
        """Let a connection have exactly these times; `save` False only looks whether they can be.

        Answers what is kept, and what cannot be: then nothing is saved. None where no extension
        that is on keeps time. Raises BrokenExtension.
        """
        connection = self._parts.connection(connection_id)
        return self._parts.hooks.first(
            "set_times", Times, connection.id, **self._of(connection), work=work, save=save
        )

    def _of(self, connection: Connection) -> dict[str, Any]:
        """What the hooks of time are called with."""
        return {
            "context": self._parts.context_of(connection.tenant),
            "tenant": connection.tenant,
            "connection": connection,
        }

    def is_kept(self, connection_id: str | None = None) -> bool:
        """Whether an extension that is on keeps time for a connection."""
        connection = self._parts.connection(connection_id)
        answers, _ = self._parts.hooks.robust("timetable", connection.id, **self._of(connection))
        return bool(answers)

    def set_usual(self, on: bool, connection_id: str | None = None) -> bool:
        """Sync every ten minutes and prove each night, or end that.

        False where no extension that is on keeps time. Raises BrokenExtension.
        """
        connection = self._parts.connection(connection_id)
        kept = self._parts.hooks.first(
            "keep_time",
            bool,
            connection.id,
            **self._of(connection),
            on=on,
        )
        return bool(kept)
