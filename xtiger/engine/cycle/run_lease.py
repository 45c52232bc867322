"""The lease of one run on its connection: taken at its start, prolonged between its steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from xtiger.engine.cycle.carry_through import book_early_end
from xtiger.engine.workbench.workbench import Progress
from xtiger.errors import GoesOnLater, RunBusy, RunStopped
from xtiger.model.connections import Connection
from xtiger.model.setting_keys import run_lease as run_key
from xtiger.ports import Clock, Store
from xtiger.ports.lease import Lease
from xtiger.ports.stop_signal import StopSignal
from xtiger.ports.store import LeaseStore

#: A run that does not renew its lease for so long counts as dead; RunBusy says it to people.
LEASE_SECONDS = 300
#: While a long plan is made, the lease is prolonged this often.
PULSE_SECONDS = 60


@dataclass(slots=True)
class RunLease:
    """One run's hold on its connection: the lease, and the store that writes only under it."""

    lease: Lease
    #: The store without the fence: prolonging outside of a transaction needs no proof first.
    plain: LeaseStore
    store: Store
    connection_name: str
    progress: Progress
    signal: StopSignal
    _renewed_at: datetime

    def keep(self) -> None:
        """Prolong the lease; raises RunBusy when another run has taken over."""
        now = self.lease.now()
        if not self.plain.renew_lease(self.lease.name, self.lease.fence, self.lease.seconds, now):
            raise self.lease.lost()
        self._renewed_at = now

    def keep_alive(self) -> None:
        """The same between two steps, where a run may end early: raises RunStopped then."""
        if self.signal.stopping():
            raise stop_of(self.signal, self.connection_name)
        self.keep()

    def pulse(self, module: str, done: int, total: int) -> None:
        """Show progress, and prolong the lease while a plan takes long."""
        self.progress(module, done, total)
        if self.lease.now() - self._renewed_at >= timedelta(seconds=PULSE_SECONDS):
            self.keep()


def take_lease(
    store: Store,
    clock: Clock,
    connection: Connection,
    holder: str,
    progress: Progress,
    signal: StopSignal,
) -> RunLease:
    """Hold a connection as nobody else does; raises RunBusy.

    A run that is still booked as running has lost its process, and is booked as failed.
    """
    name = run_key(connection.id)

    def lost() -> RunBusy:
        return RunBusy(connection.name, retry_after_seconds=30)

    fence = store.acquire_lease(name, holder, LEASE_SECONDS, clock.now())
    if fence is None:
        raise lost()
    for dead in store.runs([connection.id], 5):
        # Its process is gone: nobody else holds the lease.
        if dead.state == "running":
            book_early_end(store, clock, dead, "its process ended before the run did")
    lease = Lease(name, fence, LEASE_SECONDS, clock.now, lost)
    return RunLease(
        lease, store, store.fenced(lease), connection.name, progress, signal, clock.now()
    )


def stop_of(signal: StopSignal, connection_name: str) -> RunStopped:
    """The error that ends a run early: a later run goes on, or goes on without being asked."""
    return (RunStopped if signal.until is None else GoesOnLater)(connection_name)
