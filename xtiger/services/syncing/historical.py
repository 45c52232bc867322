"""The service for historical syncs: the unlinked records of a range of days, batch by batch."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from xtiger.engine.workbench.workbench import Progress
from xtiger.model.starting.historical import BATCH, HistoricalSync, Wanting, Way
from xtiger.ports.stop_signal import NO_STOP, StopSignal
from xtiger.services.syncing.asked_syncs import AskedSyncs
from xtiger.services.syncing.history import History
from xtiger.services.syncing.sides import silent

if TYPE_CHECKING:
    from xtiger.model.asked_sync import AskedSync
    from xtiger.services.parts import Parts


class Historical:
    """Begins a historical sync, goes on with it by one batch, and says how far it is.

    It takes records that are not linked, of one module and one way, whatever day syncing starts.
    What it was begun with and how far it came is kept in the store: it goes on after a restart,
    and no record goes twice.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def now(self, connection_id: str | None = None) -> HistoricalSync | None:
        """The last one of a connection, open or not; None before the first."""
        return self._of(connection_id).now()

    def begin(
        self,
        module: str,
        way: Way,
        by: str,
        *,
        from_day: date | None = None,
        to_day: date | None = None,
        batch: int = BATCH,
        connection_id: str | None = None,
        progress: Progress = silent,
    ) -> HistoricalSync:
        """Find the records and keep which they are; nothing is sent. One begun before is ended.

        Days are the dates of invoices and payments; of other records when they last changed.
        Raises UnknownModule, and SettingInvalid for a range or a batch that cannot be.
        """
        history = self._of(connection_id)
        begun = history.begin(Wanting(module, way, by, from_day, to_day, batch))
        return history.find(begun, progress)

    def ask_begin(
        self,
        module: str,
        way: Way,
        by: str,
        *,
        from_day: date | None = None,
        to_day: date | None = None,
        batch: int = BATCH,
        connection_id: str | None = None,
    ) -> AskedSync:
        """The same, where the next tick looks for the records: a page does not wait for Xero.

        Returns another request where one is open; then nothing is begun.
        """
        history = self._of(connection_id)
        at_work = AskedSyncs(self._parts).asked(history.connection.id)
        if at_work is not None and at_work.is_open:
            return at_work
        history.begin(Wanting(module, way, by, from_day, to_day, batch))
        return self.ask_go_on(by, connection_id)

    def go_on(
        self,
        connection_id: str | None = None,
        *,
        progress: Progress = silent,
        signal: StopSignal = NO_STOP,
        by: str = "",
    ) -> HistoricalSync:
        """Deal with the next batch; where nobody has looked for the records yet, only do that.

        `by` is who goes on with it; else who began it. Raises SettingInvalid where none is open,
        and what stopped the run: then the next call
        goes on with what is left of the batch.
        """
        return self._of(connection_id).go_on(progress, signal, by)

    def ask_go_on(self, by: str, connection_id: str | None = None) -> AskedSync:
        """The same by the next tick; returns the request that is open already, if any."""
        history = self._of(connection_id)
        begun, asked = history.open(), AskedSyncs(self._parts)
        return asked.ask(history.connection, "historical", by, (begun.module,), begun.way)

    def end(self, connection_id: str | None = None) -> HistoricalSync | None:
        """End the open one; what it did stays. Returns it, None where none is open."""
        history = self._of(connection_id)
        begun = history.now()
        if begun is None or not begun.is_open:
            return None
        ended = replace(begun, ended_at=self._parts.clock.now())
        history.keep(ended)
        return ended

    def _of(self, connection_id: str | None) -> History:
        return History(self._parts, self._parts.ready_connection(connection_id))
