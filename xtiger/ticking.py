"""What is due: changes leave the CRM's outbox, go to a queue or out at once, extensions work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xtiger.dispatch import Dispatcher
from xtiger.errors import XTigerError
from xtiger.hookspecs import SyncModule
from xtiger.links import Connection
from xtiger.ports import Clock, Context, Host, Store
from xtiger.records import OutboxRow, Ref
from xtiger.syncing import Syncing


@dataclass(slots=True)
class Ticking:
    """One round of the work that nobody asked for by hand."""

    host: Host
    store: Store
    clock: Clock
    dispatcher: Dispatcher
    syncing: Syncing
    context: Callable[[str | None], Context]
    modules: Callable[[], Sequence[SyncModule]]

    def tick(self) -> None:
        """Take due changes of each tenant, then let every extension do what is due."""
        for connection in self.store.connections():
            if connection.state == "active":
                with self.host.tenant(connection.tenant):
                    self._take(connection)
        self.dispatcher.strict("tick", context=self.context(None), now=self.clock.now())

    def _take(self, connection: Connection) -> None:
        order = {sync.name: place for place, sync in enumerate(self.modules())}
        rows = [
            row for row in self.host.outbox(self.clock.now()) if row.tenant == connection.tenant
        ]
        if not rows:
            return
        taken = self._store_rows(connection, rows, order)
        self.host.outbox_done(rows)
        for module, ids in taken.items():
            self._send_now(connection, module, ids)

    def _store_rows(
        self, connection: Connection, rows: Sequence[OutboxRow], order: dict[str, int]
    ) -> dict[str, list[str]]:
        """Mark the keys and offer them to a queue; what nobody took goes out at once."""
        known = [row for row in rows if row.ref.module in order]
        known.sort(key=lambda row: (order[row.ref.module], row.due_at))
        untaken: dict[str, list[str]] = {}
        with self.store.transaction():
            for row in known:
                reason = "deleted" if row.kind == "deleted" else "save"
                self.store.mark(
                    connection.id, "crm", row.ref.module, [row.ref.id], reason, self.clock.now()
                )
            # Our own writes come back with their origin; marking them is enough.
            refs: list[Ref] = [row.ref for row in known if row.origin != "xero"]
            if refs and not self._queued(connection, refs):
                for ref in refs:
                    untaken.setdefault(ref.module, []).append(ref.id)
        return untaken

    def _queued(self, connection: Connection, refs: Sequence[Ref]) -> bool:
        taken = self.dispatcher.first(
            "enqueue", connection.id, context=self.context(connection.id),
            connection_id=connection.id, refs=refs, reason="save",
        )  # fmt: skip
        return bool(taken)

    def _send_now(self, connection: Connection, module: str, ids: Sequence[str]) -> None:
        try:
            self.syncing.sync_records(connection, module, ids, "save")
        except XTigerError:
            return  # the run is booked with its reason, and the keys wait for the next sync
