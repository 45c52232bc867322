"""Syncing: one run of one connection, from the lease to the last outcome."""
# size: one run from its lease to its last outcome, read as one story

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from xtiger.engine.apply.executor import Executor
from xtiger.engine.apply.follow_up import follow_up
from xtiger.engine.apply.recovery import close_open_batches, open_batches
from xtiger.engine.cycle.rereading import plan_afresh
from xtiger.engine.cycle.webhook_sync import WEBHOOK, Told, ToldModules, plan_told
from xtiger.engine.observe.both_sides import observe, read_outbox, read_settings
from xtiger.engine.plan.parents import with_parents
from xtiger.engine.plan.planner import Planner
from xtiger.engine.proof.reconcile import reconcile
from xtiger.engine.workbench.host_door import HostDoor
from xtiger.engine.workbench.limits import Limits, Wanted
from xtiger.engine.workbench.scope import Scope, make_scopes
from xtiger.engine.workbench.workbench import Progress, Workbench, counted
from xtiger.errors import (
    ConnectionEnded,
    GoesOnLater,
    NeedsPerson,
    RetryLater,
    RunBusy,
    RunStopped,
    ScopeMissing,
    WrongOrganisation,
    XTigerError,
)
from xtiger.extensions.hook_caller import Dispatcher
from xtiger.hookspecs import Converter, Hold, SyncModule
from xtiger.model.brakes import BrakedPlan
from xtiger.model.connections import Connection
from xtiger.model.plans import Item, Plan
from xtiger.model.runs import Outcome, Run
from xtiger.ports import Clock, Context, Host, Store, Xero
from xtiger.ports.interrupts import Interrupted
from xtiger.ports.lease import Lease
from xtiger.ports.shift import PLAIN_SHIFT, Shift
from xtiger.rules.braking import STREAMS
from xtiger.rules.permissions import may_read
from xtiger.rules.reconciliation import Reconciliation
from xtiger.services.identities import Identities
from xtiger.services.releasing import RELEASE, Releasing
from xtiger.services.routing import Router

#: A run that does not renew its lease for so long counts as dead; RunBusy says it to people.
LEASE_SECONDS = 300
#: While a long plan is made, the lease is prolonged this often.
PULSE_SECONDS = 60


def _nothing() -> None:
    """No lease to keep: a plan takes none."""


def silent(_module: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass(slots=True)
class _Hold:
    """One run's hold on its connection: the lease, and the store that writes only under it."""

    lease: Lease
    #: The store without the fence: prolonging outside of a transaction needs no proof first.
    plain: Store
    store: Store
    connection_name: str
    progress: Progress
    shift: Shift
    _renewed_at: datetime

    def keep(self) -> None:
        """Prolong the lease; raises RunBusy when another run has taken over."""
        now = self.lease.now()
        if not self.plain.renew_lease(self.lease.name, self.lease.fence, self.lease.seconds, now):
            raise self.lease.lost()
        self._renewed_at = now

    def keep_alive(self) -> None:
        """The same between two steps, where a run may end early: raises RunStopped then."""
        if self.shift.stopping():
            raise _stop(self.shift, self.connection_name)
        self.keep()

    def pulse(self, module: str, done: int, total: int) -> None:
        """Show progress, and prolong the lease while a plan takes long."""
        self.progress(module, done, total)
        if self.lease.now() - self._renewed_at >= timedelta(seconds=PULSE_SECONDS):
            self.keep()


@dataclass(slots=True)
class Syncing:
    """Makes workbenches and carries runs through, for any connection."""

    host: Host
    store: Store
    clock: Clock
    dispatcher: Dispatcher
    open_xero: Callable[[Connection, str | None, Callable[[], None], datetime | None], Xero]
    #: Tenant → what extensions get with a hook call about it.
    context: Callable[[str], Context]
    modules: Callable[[str | None], Sequence[SyncModule]]
    converters: Callable[[str | None], Mapping[str, Converter]]
    identities: Identities

    @property
    def releasing(self) -> Releasing:
        """The brake and its releases."""
        return Releasing(self.store, self.clock)

    def plan(
        self, connection: Connection, modules: Sequence[str], *, full: bool, progress: Progress
    ) -> Plan:
        """Read what changed and plan; nothing is sent and nothing in the CRM is written."""
        self.identities.require(connection.tenant)
        with self.host.tenant(connection.tenant), self._watched(connection):
            bench = self._ready(connection, modules, progress)
            bench.writes = False
            made = self._planned(bench, full=full)
            return replace(made, brakes=self.releasing.brakes(bench, made, "person"))

    def sync(
        self,
        connection: Connection,
        modules: Sequence[str],
        *,
        full: bool,
        trigger: str,
        progress: Progress,
        shift: Shift = PLAIN_SHIFT,
    ) -> Run:
        """Read, plan and carry out; raises what stopped the run, after it is booked."""
        run, _ = self._run(
            connection,
            modules,
            trigger,
            progress,
            shift,
            lambda bench: self._planned(bench, full=full),
        )
        if run.state == "done":
            swept = self.told_modules(connection).covered(run.modules)
            self.store.sweep_events(connection.id, swept, run.started_at, self.clock.now())
        return run

    def sync_told(
        self, connection: Connection, told: Told, shift: Shift = PLAIN_SHIFT
    ) -> set[tuple[str, str]]:
        """Read and judge what webhooks named; answers (kind, id) of what must be read again.

        Raises what stopped the run, after it is booked.
        """
        absent: set[tuple[str, str]] = set()

        def planned(bench: Workbench) -> Plan:
            plan, missing = plan_told(bench, told)
            absent.update(missing)
            return plan

        modules = self.told_modules(connection).needed(told.kinds)
        run, _ = self._run(connection, modules, WEBHOOK, silent, shift, planned)
        # What did not add up is read again.
        return absent if run.state == "done" else told.everything()

    def release(
        self,
        connection: Connection,
        braked: BrakedPlan,
        progress: Progress,
        shift: Shift = PLAIN_SHIFT,
    ) -> Run:
        """Carry out exactly what stands in a released plan; all else of it waits for its run."""

        def planned(bench: Workbench) -> Plan:
            if braked.records:
                return self._planned_records(bench, braked.modules[0], braked.records)
            return self._planned(bench, full=False)

        run, _ = self._run(
            connection, braked.modules, RELEASE, progress, shift, planned, released=braked
        )
        return run

    def told_modules(self, connection: Connection) -> ToldModules:
        """The enabled modules that the CRM has, as webhooks concern them."""
        with self.host.tenant(connection.tenant):
            described = {module.name for module in self.host.modules()}
        return ToldModules(
            tuple(
                sync
                for sync in self.modules(connection.id)
                if sync.name in described
                and self.store.module_settings(connection.id, sync.name).enabled
            )
        )

    def sync_records(
        self,
        connection: Connection,
        module: str,
        ids: Sequence[str],
        trigger: str,
        shift: Shift = PLAIN_SHIFT,
    ) -> list[Outcome]:
        """Sync exactly these CRM records, missing parents first; one outcome for each of these."""
        _, outcomes = self._run(
            connection,
            [module],
            trigger,
            silent,
            shift,
            lambda bench: self._planned_records(bench, module, ids, asked=trigger == "person"),
            records=ids,
        )
        asked = set(ids)
        return [one for one in outcomes if one.module == module and one.crm_id in asked]

    def plan_records(self, connection: Connection, module: str, ids: Sequence[str]) -> Plan:
        """What would become of these CRM records now, both sides read afresh; nothing is sent."""
        self.identities.require(connection.tenant)
        with self.host.tenant(connection.tenant), self._watched(connection):
            bench = self._ready(connection, [module], silent)
            bench.writes = False
            return Planner(bench).plan({module: Wanted(crm=tuple(ids))})

    def scope(self, connection: Connection, module: str) -> Scope:
        """One module of a connection as its runs know it; raises UnknownModule, MappingMissing."""
        door, offered = HostDoor(self.host), self.modules(connection.id)
        mark = self.identities.mark(connection.tenant)
        return make_scopes(self.store, door, connection.id, offered, [module], mark)[0]

    def reconcile(
        self,
        connection: Connection,
        modules: Sequence[str],
        since: date | None,
        progress: Progress,
    ) -> Reconciliation:
        """Read both sides afresh and compare; no run may write meanwhile, or raises RunBusy."""
        self.identities.require(connection.tenant)
        with self._held(connection, self.clock.new_id(), progress, PLAIN_SHIFT) as hold:
            bench = self._ready(connection, modules, progress, None, hold)
            bench.writes = False
            return reconcile(bench, since)

    def read_settings(self, connection: Connection) -> None:
        """Read accounts, tax rates and currencies of Xero now; raises RunBusy."""
        with self._held(connection, self.clock.new_id(), silent, PLAIN_SHIFT) as hold:
            bench = self._ready(connection, (), silent, None, hold)
            read_settings(bench, fresh=True)

    def look_again(self, connection: Connection, sync: SyncModule) -> None:
        """Let the next run read a module whole: what it decides by has changed."""
        self.store.save_cursor(connection.id, f"crm:{sync.name}", None)
        for kind in filter(None, (sync.kind, sync.alone_kind)):
            known = self.store.shadow_ids(connection.id, "xero", kind)
            self.store.mark(connection.id, "xero", kind, known, "settings", self.clock.now())

    # --- inside ---

    def _bench(
        self,
        connection: Connection,
        modules: Sequence[str],
        progress: Progress,
        run: Run | None,
        hold: _Hold | None,
    ) -> Workbench:
        host = HostDoor(self.host)
        offered = tuple(self.modules(connection.id))
        context = self.context(connection.tenant)
        router = Router.of(self.store, connection)
        mark = self.identities.mark(connection.tenant)
        return Workbench(
            connection=connection,
            host=host,
            store=hold.store if hold else self.store,
            xero=self.open_xero(
                connection,
                run.id if run else None,
                hold.keep if hold else _nothing,
                hold.shift.until if hold else None,
            ),
            clock=self.clock,
            scopes=make_scopes(self.store, host, connection.id, offered, modules, mark),
            mark=mark,
            offered=offered,
            progress=hold.pulse if hold else progress,
            before_push=lambda item: self._hold(context, connection, item),
            after_outcome=lambda outcome: self._told(context, connection, outcome),
            keep_alive=hold.keep_alive if hold else _nothing,
            converters=self.converters(connection.id),
            routed=router,
            not_master=router.not_master(),
        )

    def _hold(self, context: Context, connection: Connection, item: Item) -> Hold | None:
        return self.dispatcher.first(
            "before_push", Hold, connection.id, context=context, tenant=connection.tenant, item=item
        )

    def _told(self, context: Context, connection: Connection, outcome: Outcome) -> None:
        self.dispatcher.robust(
            "after_outcome",
            connection.id,
            context=context,
            tenant=connection.tenant,
            outcome=outcome,
        )

    def _ready(
        self,
        connection: Connection,
        modules: Sequence[str],
        progress: Progress,
        run: Run | None = None,
        hold: _Hold | None = None,
    ) -> Workbench:
        """A workbench whose connection is alive and whose organisation was read just now."""
        if connection.state == "ended":
            raise ConnectionEnded(connection.name, connection.reason)
        bench = self._bench(connection, modules, progress, run, hold)
        _check_converters(bench)
        self.dispatcher.strict(
            "before_plan",
            connection.id,
            context=self.context(connection.tenant),
            tenant=connection.tenant,
            connection=connection,
            modules=[scope.name for scope in bench.scopes],
        )
        tokens = self.store.tokens(connection.id)
        bench.granted = frozenset(tokens.scope) if tokens is not None else frozenset()
        for part in (part for scope in bench.scopes for part in scope.parts):
            if not may_read(part.kind, bench.granted):
                raise ScopeMissing(part.name)
        self._read_organisation(bench, connection)
        return bench

    def _read_organisation(self, bench: Workbench, connection: Connection) -> None:
        """Keep what the organisation says of itself; one with another currency is refused."""
        organisation = bench.xero.organisation()
        currency = str(organisation.get("BaseCurrency") or "")
        if currency != self.host.base_currency():
            own = self.host.base_currency()
            reason = (
                f"it counts in {currency}, the CRM in {own}. Nothing was sent. "
                f"Connect an organisation that counts in {own}: xtiger connect"
            )
            raise WrongOrganisation(connection.name, reason)
        # Tokens may have been renewed by the call: only what was read here is saved.
        current = self.store.connection(connection.id) or connection
        bench.connection = replace(
            current,
            organisation=dict(organisation),
            base_currency=currency,
            short_code=str(organisation.get("ShortCode") or ""),
        )
        self.store.save_connection(bench.connection)

    def _planned(self, bench: Workbench, *, full: bool) -> Plan:
        open_batches(bench)  # sooner than anything is asked
        observe(bench, full=full)
        close_open_batches(bench)
        limits: Limits = {scope.name: None for scope in bench.scopes}
        plan = plan_afresh(bench, with_parents(bench, limits))
        tenant = bench.connection.tenant
        self.dispatcher.robust(
            "plan_made", bench.connection_id, context=self.context(tenant), tenant=tenant, plan=plan
        )
        return plan

    def _planned_records(
        self, bench: Workbench, module: str, ids: Sequence[str], *, asked: bool = False
    ) -> Plan:
        """Plan these and their missing parents; where a person asked, refused ones go again."""
        if open_batches(bench):
            # What was sent and is not known to have arrived is looked up before anything goes.
            observe(bench, full=False)
            close_open_batches(bench)
        read_settings(bench)
        read_outbox(bench)
        bench.store.mark(bench.connection_id, "crm", module, ids, "person", self.clock.now())
        limits = with_parents(bench, {module: Wanted(crm=tuple(ids))})
        if asked:
            bench.asked = frozenset(
                (name, one) for name, wanted in limits.items() for one in (wanted or Wanted()).crm
            )
        return plan_afresh(bench, limits)

    def _run(
        self,
        connection: Connection,
        modules: Sequence[str],
        trigger: str,
        progress: Progress,
        shift: Shift,
        make_plan: Callable[[Workbench], Plan],
        records: Sequence[str] = (),
        released: BrakedPlan | None = None,
    ) -> tuple[Run, list[Outcome]]:
        run = Run(
            id=self.clock.new_id(),
            connection_id=connection.id,
            modules=tuple(modules),
            started_at=self.clock.now(),
            trigger=trigger,
        )
        if shift.stopping():
            raise _stop(shift, connection.name)
        self.identities.require(connection.tenant)
        with self._held(connection, run.id, progress, shift) as hold:
            return self._carried(connection, hold, run, make_plan, records, released)

    @contextmanager
    def _held(
        self, connection: Connection, holder: str, progress: Progress, shift: Shift
    ) -> Iterator[_Hold]:
        """Hold the connection and its tenant as nobody else does; raises RunBusy."""
        lease = self._lease(connection, holder)
        hold = _Hold(
            lease,
            self.store,
            self.store.fenced(lease),
            connection.name,
            progress,
            shift,
            self.clock.now(),
        )
        try:
            with self.host.tenant(connection.tenant), self._watched(connection):
                yield hold
        finally:
            self.store.release_lease(lease.name, lease.fence)

    def _lease(self, connection: Connection, holder: str) -> Lease:
        name = f"run:{connection.id}"

        def lost() -> RunBusy:
            return RunBusy(connection.name, retry_after_seconds=30)

        fence = self.store.acquire_lease(name, holder, LEASE_SECONDS, self.clock.now())
        if fence is None:
            raise lost()
        for dead in self.store.runs([connection.id], 5):
            # Its process is gone: nobody else holds the lease.
            if dead.state == "running":
                self._book_end(dead, "its process ended before the run did", 0)
        return Lease(name, fence, LEASE_SECONDS, self.clock.now, lost)

    @contextmanager
    def _watched(self, connection: Connection) -> Iterator[None]:
        """Tell extensions when a connection turns out to have ended at Xero."""
        try:
            yield
        except ConnectionEnded:
            now = self.store.connection(connection.id)
            if connection.state == "active" and now is not None and now.state == "ended":
                self.dispatcher.robust(
                    "connection_changed",
                    now.id,
                    context=self.context(now.tenant),
                    tenant=now.tenant,
                    connection=now,
                    event="ended",
                )
            raise

    def _carried(
        self,
        connection: Connection,
        hold: _Hold,
        run: Run,
        make_plan: Callable[[Workbench], Plan],
        records: Sequence[str],
        released: BrakedPlan | None,
    ) -> tuple[Run, list[Outcome]]:
        self.store.save_run(run)
        outcomes: list[Outcome] = []
        bench: Workbench | None = None
        try:
            bench = self._ready(connection, run.modules, silent, run, hold)
            run = replace(run, modules=tuple(scope.name for scope in bench.scopes))
            bench.by_person = run.trigger == "person"
            plan = make_plan(bench)
            run = replace(run, modules=plan.modules)
            if released is None:
                self._brake(bench, run, plan, records, outcomes)
            if plan.actions or self.identities.is_linked(connection.tenant):
                self.identities.count_run(connection.tenant)
            with self.releasing.restricted(bench, released):
                run = Executor(bench, run, outcomes).apply(plan)
        # Whatever ends a run, its row says so; a run that runs for ever would hide it.
        except BaseException as error:
            calls = bench.xero.calls if bench else 0
            ended = self._failed(connection, run, error, outcomes, calls)
            hold.shift.told(ended)
            raise
        self.releasing.ended(run)
        self.finished(connection, run)
        followed = follow_up(bench, run, outcomes)
        if followed is not None:
            self.finished(connection, followed)
        hold.shift.told(run)
        return run, outcomes

    def _brake(
        self,
        bench: Workbench,
        run: Run,
        plan: Plan,
        records: Sequence[str],
        outcomes: list[Outcome],
    ) -> None:
        """Stop before the first write when this would change too much; raises TooManyChanges."""
        brakes = self.releasing.brakes(bench, plan, run.trigger)
        if not brakes:
            return
        if run.trigger in STREAMS:
            # What queued changes go on with is one plan, released once.
            plan, records = self._planned(bench, full=False), ()
        self.releasing.stop(bench, run, plan, records, brakes, outcomes)

    def _failed(
        self,
        connection: Connection,
        run: Run,
        error: BaseException,
        outcomes: Sequence[Outcome],
        calls: int,
    ) -> Run:
        """Book a run that ended early, unless the executor has booked it already."""
        stored = next((r for r in self.store.runs([run.connection_id], 5) if r.id == run.id), run)
        if stored.finished_at is None:
            # Not the text of a foreign error: it may quote the data of a record.
            ours = isinstance(error, XTigerError)
            said = str(error) if ours else f"a mistake in XTiger ({type(error).__name__})"
            if isinstance(error, KeyboardInterrupt):
                said = "it was stopped by hand"
            if isinstance(error, Interrupted) and error.number != signal.SIGINT:
                said = f"its process was asked to end ({signal.Signals(error.number).name})"
            # What a later run takes up again was stopped, as in the middle of its writes.
            state = "stopped" if isinstance(error, RetryLater | KeyboardInterrupt) else "failed"
            stored = self._book_end(replace(run, counts=counted(outcomes)), said, calls, state)
        self.finished(connection, stored)
        return stored

    def _book_end(self, run: Run, said: str, calls: int, state: str = "failed") -> Run:
        ended = replace(
            run, state=state, finished_at=self.clock.now(), error=said, calls=calls or run.calls
        )
        self.store.save_run(ended)
        return ended

    def finished(self, connection: Connection, run: Run) -> None:
        """Tell extensions that a run has ended."""
        tenant = connection.tenant
        self.dispatcher.robust(
            "run_finished", connection.id, context=self.context(tenant), tenant=tenant, run=run
        )


def _stop(shift: Shift, connection_name: str) -> RunStopped:
    return (RunStopped if shift.until is None else GoesOnLater)(connection_name)


def _check_converters(bench: Workbench) -> None:
    """Raise NeedsPerson for a mapping row whose converter left with its extension."""
    for scope in bench.scopes:
        for row in scope.rows:
            name = row.row.converter
            if name and name not in bench.converters:
                raise NeedsPerson(
                    f"The mapping of {scope.name} uses the converter {name} for {row.label}, and "
                    "no enabled extension brings it. Enable its extension, or save the mapping "
                    "without it. See: xtiger extensions list"
                )
