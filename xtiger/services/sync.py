"""The service for syncing: plans, runs, single records, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Unpack

from xtiger.engine.cycle.anew import plan_anew
from xtiger.engine.workbench.workbench import Progress
from xtiger.model import setting_keys
from xtiger.model.runs import Outcome, OutcomeFilters, Run, Sent, Trigger
from xtiger.ports.stop_signal import NO_STOP, PATIENCE, StopSignal
from xtiger.services.removing.exports import require_named
from xtiger.services.syncing.asked_syncs import AskedSyncs
from xtiger.services.syncing.sending import Sending
from xtiger.services.syncing.sides import silent

if TYPE_CHECKING:
    from datetime import datetime

    from xtiger.model.asked_sync import AskedSync, Direction, KeptPlan
    from xtiger.model.brakes import BrakedPlan
    from xtiger.model.plans import Plan
    from xtiger.services.parts import Parts


class Sync:
    """Plans, carries out and lists what travels between the CRM and Xero."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store, self._runs = parts, parts.store, parts.runs

    def plan(
        self,
        modules: Sequence[str] = (),
        connection_id: str | None = None,
        *,
        full: bool = False,
        progress: Progress = silent,
    ) -> Plan:
        """What a sync would do, as data; nothing is sent. `full` reads everything again."""
        connection = self._parts.ready_connection(connection_id)
        return self._runs.plan(connection, modules, full=full, progress=progress)

    def run(
        self,
        modules: Sequence[str] = (),
        connection_id: str | None = None,
        *,
        full: bool = False,
        trigger: Trigger = "person",
        progress: Progress = silent,
        signal: StopSignal = NO_STOP,
        direction: Direction = "",
        by: str = "",
    ) -> Run:
        """Plan and carry out; raises what stopped the run, after it is booked.

        `by` names the person who began it, for the log.
        With a `direction` nothing moves the other way, and besides these modules only what their
        records need; what would write on both sides waits for a sync of both ways.
        """
        connection = self._parts.ready_connection(connection_id)
        return self._runs.sync(
            connection,
            modules,
            full=full,
            trigger=trigger,
            progress=progress,
            signal=signal,
            direction=direction,
            by=by,
        )

    def records(
        self,
        module: str,
        ids: Sequence[str],
        connection_id: str | None = None,
        *,
        trigger: Trigger = "person",
        signal: StopSignal = NO_STOP,
        by: str = "",
    ) -> list[Outcome]:
        """Sync exactly these CRM records now, missing parents first; an outcome for each."""
        connection = self._parts.ready_connection(connection_id)
        return self._runs.sync_records(connection, module, ids, trigger, signal, by)

    def resync(
        self,
        module: str,
        ids: Sequence[str] = (),
        connection_id: str | None = None,
        *,
        progress: Progress = silent,
        signal: StopSignal = NO_STOP,
        by: str = "",
    ) -> Run:
        """Read these CRM records, or all of a module, again on both sides and compare anew.

        What no feed shows is found so. Nothing is overwritten blindly: each field is merged as
        in every sync, and what both sides changed is a conflict. `by` and errors are as in run().
        """
        connection = self._parts.ready_connection(connection_id)
        if ids:
            planned = partial(plan_anew, module=module, ids=tuple(ids))
            return self._runs.carry_out(connection, [module], planned, progress, signal, by=by)
        return self._runs.sync(
            connection,
            [module],
            full=True,
            trigger="person",
            progress=progress,
            signal=signal,
            by=by,
        )

    def send(
        self,
        module: str,
        ids: Sequence[str],
        connection_id: str | None = None,
        *,
        until: datetime | None = None,
        by: str = "",
        anew: bool = False,
    ) -> Sent:
        """Sync these CRM records at a person's word, within seconds: for a request of a browser.

        What would have to wait (for a limit of Xero, a run under way, many records) past
        `until`, by default 5 s from now, goes on in the background, with the next tick() that
        is due. `anew` reads both sides again by id, as resync() does.
        """
        connection = self._parts.ready_connection(connection_id)
        until = until or self._parts.clock.now() + PATIENCE
        return Sending(self._parts).send(connection, module, ids, until, by, anew=anew)

    # --- asked for on a page, carried out in the background ---

    def ask_plan(
        self,
        by: str,
        modules: Sequence[str] = (),
        direction: Direction = "",
        connection_id: str | None = None,
    ) -> AskedSync:
        """Have a plan made by the next tick; returns the request that is open already, if any."""
        connection = self._parts.ready_connection(connection_id)
        return AskedSyncs(self._parts).ask(connection, "plan", by, modules, direction)

    def ask_run(
        self,
        by: str,
        modules: Sequence[str] = (),
        direction: Direction = "",
        connection_id: str | None = None,
        *,
        full: bool = False,
    ) -> AskedSync:
        """Have a sync made by the next tick, `direction` one way alone; as ask_plan().

        What would write on the other side too waits for a sync of both ways. `full` reads
        everything of the modules again, as resync() does.
        """
        connection = self._parts.ready_connection(connection_id)
        return AskedSyncs(self._parts).ask(connection, "run", by, modules, direction, full=full)

    def ask_proof(self, by: str, connection_id: str | None = None) -> AskedSync:
        """Have both sides compared by the next tick; as ask_plan()."""
        connection = self._parts.ready_connection(connection_id)
        return AskedSyncs(self._parts).ask(connection, "proof", by, (), "")

    def ask_undo(self, runs: Sequence[str], by: str, connection_id: str | None = None) -> AskedSync:
        """Have runs taken back by the next tick, as xt.undo.run() does; as ask_plan()."""
        connection = self._parts.ready_connection(connection_id)
        return AskedSyncs(self._parts).ask_removal(connection, "undo", by, takes_back=runs)

    def ask_wipe(
        self, name: str, by: str, seen: str, connection_id: str | None = None
    ) -> AskedSync:
        """Have what came from Xero taken out of the CRM by the next tick; as ask_plan().

        `name` is the organisation's, typed by hand; `seen` the plan's that was looked at.
        Raises UndoRefused for another name.
        """
        connection = self._parts.ready_connection(connection_id)
        require_named(connection, name)
        return AskedSyncs(self._parts).ask_removal(connection, "wipe", by, looked_at=seen)

    def asked(self, connection_id: str | None = None) -> AskedSync | None:
        """The last such request of a connection: how far it is, or what came of it."""
        return AskedSyncs(self._parts).asked(self._parts.ready_connection(connection_id).id)

    def asked_plan(self, connection_id: str | None = None) -> KeptPlan | None:
        """The last plan that was asked for so: whole numbers, and the first of its items."""
        return AskedSyncs(self._parts).plan(self._parts.ready_connection(connection_id).id)

    def cancel_asked(self, connection_id: str | None = None) -> None:
        """End the request that is open; what is under way ends between two batches."""
        AskedSyncs(self._parts).cancel(self._parts.ready_connection(connection_id))

    def carry_out_asked(self, until: datetime, connection_id: str | None = None) -> None:
        """Do what was asked for here and now: where no worker and no timer does it.

        What is left at `until` stays asked for.
        """
        signal = StopSignal(stopping=lambda: self._parts.clock.now() >= until, until=until)
        connection = self._parts.ready_connection(connection_id)
        with self._parts.host.tenant(connection.tenant):
            AskedSyncs(self._parts).carry_out(connection, signal)

    def ticks(self) -> bool:
        """Whether a worker or a timer of the CRM looks at what is due."""
        return Sending(self._parts).ticks()

    # --- one record ---

    def hold(self, module: str, record_id: str | int, reason: str) -> None:
        """Keep a record of the tenant from being sent until the reason is "" again."""
        key = setting_keys.hold(module, str(record_id))
        self._store.save_own_setting(self._parts.tenant(), key, reason or None)

    def read_settings(self, connection_id: str | None = None) -> None:
        """Read Xero's accounts, tax rates and currencies now; runs do it once an hour.

        Raises RunBusy, RateLimited and what else keeps Xero from answering.
        """
        self._runs.read_settings(self._parts.connection(connection_id))

    # --- the brake ---

    def braked(self, connection_id: str | None = None) -> list[BrakedPlan]:
        """The plans that the brake stopped and that wait for a person, of one or (None) all."""
        return self._runs.releasing.waiting(self._active(connection_id))

    def release(
        self,
        run_id: str,
        by: str,
        connection_id: str | None = None,
        *,
        progress: Progress = silent,
        signal: StopSignal = NO_STOP,
    ) -> Run:
        """Release the plan of a stopped run (or the start of its id) and carry out exactly that.

        `by` is who released it. Raises NothingToRelease, naming what waits.
        """
        braked = self._runs.releasing.released(self._active(connection_id), run_id, by)
        connection = self._parts.connection(braked.connection_id)
        return self._runs.release(connection, braked, progress, signal)

    def release_later(self, run_id: str, by: str, connection_id: str | None = None) -> None:
        """The same, carried out by the next tick or sync: a page does not wait for Xero."""
        self._runs.releasing.released(self._active(connection_id), run_id, by)

    def _active(self, connection_id: str | None) -> list[str]:
        """The id of this connection, or those of all that are active."""
        if connection_id:
            return [self._parts.connection(connection_id).id]
        return [one.id for one in self._parts.connections() if one.state == "active"]

    # --- what came of it ---

    def runs(
        self,
        limit: int = 20,
        connection_id: str | None = None,
        *,
        trigger: Trigger | None = None,
    ) -> list[Run]:
        """Runs of the tenant, newest first; those of an unknown connection are none.

        `trigger` names who or what began them, such as "proof"; all without it.
        """
        return list(self._store.runs(self._ids(connection_id), limit, trigger))

    def outcomes(
        self, *, connection_id: str | None = None, **filters: Unpack[OutcomeFilters]
    ) -> list[Outcome]:
        """Outcomes of the tenant, newest first."""
        return list(self._store.outcomes(connections=self._ids(connection_id), **filters))

    def _ids(self, wanted: str | None) -> list[str]:
        """The tenant's connections by id, all or the one wanted."""
        return [one.id for one in self._parts.connections() if wanted in (None, one.id)]
