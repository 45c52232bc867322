"""What is due: changes leave the CRM's outbox, webhooks are carried out, extensions work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from xtiger.errors import OtherCrm, XTigerError, log_line
from xtiger.i18n.process_log import process_log
from xtiger.model.connections import Connection
from xtiger.model.records import OutboxRow, Ref
from xtiger.model.setting_keys import TICKED_AT, TICKED_BY
from xtiger.model.starting.service import ServiceName
from xtiger.ports.stop_signal import NO_STOP, StopSignal
from xtiger.services.customers.invoices import Invoices
from xtiger.services.mailing.posting import Posting
from xtiger.services.outside.delivering import Delivering
from xtiger.services.syncing.asked_syncs import AskedSyncs
from xtiger.services.syncing.queueing import enqueued
from xtiger.services.syncing.sending import Sending
from xtiger.services.syncing.sides import silent
from xtiger.services.webhooks import Webhooks

if TYPE_CHECKING:
    from xtiger.services.parts import Parts

_NOTE_EVERY = timedelta(minutes=1)


class Ticking:
    """One round of the work that nobody asked for by hand."""

    def __init__(self, parts: Parts) -> None:
        self.host, self.store, self.clock = parts.host, parts.store, parts.clock
        self.dispatcher, self.context = parts.hooks, parts.context_of
        self.runs, self.identities = parts.runs, parts.identities
        self.modules = parts.modules
        self.webhooks, self.sending = Webhooks(parts), Sending(parts)
        self.asked, self.invoices = AskedSyncs(parts), Invoices(parts)
        self._noted_at: datetime | None = None
        self._parts = parts
        #: Tenant → when its mails were looked at.
        self._posted_at: dict[str, datetime] = {}

    def tick(
        self, tenants: Sequence[str], signal: StopSignal = NO_STOP, by: ServiceName = "cron"
    ) -> None:
        """Take due changes of each tenant and what webhooks named, then let extensions work.

        `by` is what looks: that is kept for who wants to know whether it runs.
        A tenant whose CRM fails does not stop the others; its error is raised at the end.
        """
        self._note_tick(by)
        by_tenant: dict[str, list[Connection]] = {tenant: [] for tenant in tenants}
        for connection in self.store.all_connections():
            if connection.tenant in by_tenant:
                by_tenant[connection.tenant].append(connection)
        # Of thousands of tenants only those have work who were ever connected.
        several = len(by_tenant) > 1
        steps = [(tenant, found) for tenant, found in by_tenant.items() if found or not several]
        failed: XTigerError | None = None
        strange: set[str] = set()
        work = (self._changes, self._extensions, self._requests, self._asked)
        reports = (self._notices, self._mails, self._messages)
        for step in (self._require, *work, *reports):
            for tenant, connections in steps:
                if tenant in strange:
                    continue
                try:
                    with self.host.tenant(tenant):
                        step(tenant, connections, signal)
                except XTigerError as error:
                    if failed is not None:  # the first one is raised in the end
                        process_log("xtiger").error("%s", log_line(error))
                    failed = failed or error
                    if isinstance(error, OtherCrm):
                        # All else waits until a person says which CRM it is.
                        strange.add(tenant)
        if failed is not None:
            raise failed

    def _require(self, tenant: str, connections: Sequence[Connection], _signal: StopSignal) -> None:
        if connections:
            self.identities.require(tenant)

    def _changes(self, tenant: str, connections: Sequence[Connection], signal: StopSignal) -> None:
        active = [connection for connection in connections if connection.state == "active"]
        if active:
            self._take(tenant, connections, signal)
            self._release(active, signal)
        for connection in active:
            # Before the first sync is through, what nobody asked for by hand waits for it.
            if self.runs.first_sync.is_over(connection.id):
                self.webhooks.carry_out(connection, signal)

    def _extensions(
        self, tenant: str, _connections: Sequence[Connection], signal: StopSignal
    ) -> None:
        context = self.context(tenant, signal)
        self.dispatcher.strict("tick", context=context, tenant=tenant, now=self.clock.now())

    def _requests(
        self, _tenant: str, connections: Sequence[Connection], signal: StopSignal
    ) -> None:
        """What people sent; after the extensions: a queue has done what it took."""
        for connection in connections:
            if connection.state == "active":
                self.sending.carry_out(connection, signal)

    def _asked(self, _tenant: str, connections: Sequence[Connection], signal: StopSignal) -> None:
        """What people asked for on the page of the plan."""
        for connection in connections:
            if connection.state == "active":
                self.asked.carry_out(connection, signal)

    def _notices(
        self, _tenant: str, connections: Sequence[Connection], _signal: StopSignal
    ) -> None:
        """What happened to invoices and nobody was shown yet; what is overdue since today."""
        for connection in connections:
            if connection.state == "active":
                self.runs.notices.deliver(connection)
                if self.runs.first_sync.is_over(connection.id):
                    self.invoices.look_nightly(connection)

    def _mails(self, tenant: str, _connections: Sequence[Connection], _signal: StopSignal) -> None:
        """Mails, once a minute: what is wrong is read from the calls of a day."""
        now, last = self.clock.now(), self._posted_at.get(tenant)
        if last is not None and timedelta(0) <= now - last < _NOTE_EVERY:
            return
        self._posted_at[tenant] = now
        own = self._parts.for_tenant(tenant)
        Posting(own).post()
        Delivering(own).write_alerts()

    def _messages(
        self, tenant: str, _connections: Sequence[Connection], _signal: StopSignal
    ) -> None:
        """What the CRM's own systems are to get."""
        Delivering(self._parts.for_tenant(tenant)).deliver()

    def _note_tick(self, by: ServiceName) -> None:
        """Remember what looks at what is due, once a minute."""
        now = self.clock.now()
        if self._noted_at is None or not timedelta(0) <= now - self._noted_at < _NOTE_EVERY:
            self._noted_at = now
            self.store.save_setting(TICKED_AT, now)
            self.store.save_setting(TICKED_BY, by)

    def _release(self, connections: Sequence[Connection], signal: StopSignal) -> None:
        """Carry out what a person released in the browser."""
        for connection in connections:
            for braked in self.store.braked_plans(connection.id, "released"):
                self.runs.release(connection, braked, silent, signal)

    def _take(self, tenant: str, connections: Sequence[Connection], signal: StopSignal) -> None:
        """Move what is due out of the outbox, page by page; every connection gets its keys.

        For one that has ended it is marked, and waits until it is connected again.
        """
        # Sent when the outbox is empty: a run takes what is left there, for its own sake only.
        untaken: dict[tuple[str, str], dict[str, None]] = {}
        while rows := [row for row in self.host.outbox(self.clock.now()) if row.tenant == tenant]:
            for connection in connections:
                for module, ids in self._store_rows(connection, rows).items():
                    untaken.setdefault((connection.id, module), {}).update(dict.fromkeys(ids))
            if not self.host.outbox_done(rows):
                break  # all were changed again meanwhile: their turn comes with the next tick
        by_id = {connection.id: connection for connection in connections}
        for (connection_id, module), found in untaken.items():
            self._send_now(by_id[connection_id], module, list(found), signal)

    def _store_rows(
        self, connection: Connection, rows: Sequence[OutboxRow]
    ) -> dict[str, list[str]]:
        """Mark the keys and offer them to a queue; what nobody took goes out at once."""
        modules = self.modules(connection.id)
        order = {sync.name: place for place, sync in enumerate(modules)}
        known = [row for row in rows if row.ref.module in order]
        known.sort(key=lambda row: (order[row.ref.module], row.due_at))
        untaken: dict[str, list[str]] = {}
        with self.store.transaction():
            marked: dict[tuple[str, str], list[str]] = {}
            for row in known:
                reason = "deleted" if row.kind == "deleted" else "save"
                marked.setdefault((row.ref.module, reason), []).append(row.ref.id)
            for (module, reason), ids in marked.items():
                self.store.mark(connection.id, "crm", module, ids, reason, self.clock.now())
            # Our own writes come back with their origin; marking them is enough.
            at_once = self._sent_on_save(connection, order)
            refs: list[Ref] = [
                row.ref for row in known if row.origin != "xero" and row.ref.module in at_once
            ]
            context = self.context(connection.tenant)
            if refs and not enqueued(self.dispatcher, context, connection, refs, "save"):
                for ref in refs:
                    untaken.setdefault(ref.module, []).append(ref.id)
        return untaken

    def _sent_on_save(self, connection: Connection, modules: Iterable[str]) -> set[str]:
        """The modules whose saves are sent at once; those of others wait for the next sync."""
        if connection.state != "active" or not self.runs.first_sync.is_over(connection.id):
            return set()
        store = self.store
        settings = (store.module_settings(connection.id, name) for name in modules)
        on_save = {one.module for one in settings if one.enabled and one.on_save}
        # Nothing moves before a mapping is saved.
        return {name for name in on_save if store.mapping(connection.id, name) is not None}

    def _send_now(
        self, connection: Connection, module: str, ids: Sequence[str], signal: StopSignal
    ) -> None:
        try:
            self.runs.sync_records(connection, module, ids, "save", signal)
        except XTigerError:
            return  # the run is booked with its reason, and the keys wait for the next sync
