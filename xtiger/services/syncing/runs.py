"""Runs of one connection at a time: planned, carried out, and booked to the last outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from xtiger.engine.apply.executor import Executor
from xtiger.engine.cycle.anew import planned_records
from xtiger.engine.cycle.carry_through import (
    book_failure,
    check_converters,
    check_filters,
    plan_changes,
    plan_records,
)
from xtiger.engine.cycle.follow_up import follow_up
from xtiger.engine.cycle.kind_parts import counted_kind, planned_kind, sent_kind
from xtiger.engine.cycle.received_money import look_again_at_created
from xtiger.engine.cycle.run_lease import RunLease, stop_of, take_lease
from xtiger.engine.cycle.undo import plan_undo
from xtiger.engine.cycle.webhook_sync import WEBHOOK, NamedModules, NamedRecords, plan_named
from xtiger.engine.observe.both_sides import read_settings
from xtiger.engine.observe.crm_taxes import bring_taxes
from xtiger.engine.observe.organisation import read_organisation
from xtiger.engine.plan.planner import Planner
from xtiger.engine.plan.preview import Previewed, preview
from xtiger.engine.proof.reconcile import reconcile
from xtiger.engine.workbench.host_door import HostDoor
from xtiger.engine.workbench.limits import Wanted
from xtiger.engine.workbench.scope import Scope, make_scopes, readable_parts
from xtiger.engine.workbench.workbench import Progress, Workbench
from xtiger.errors import ConnectionEnded, ScopeMissing
from xtiger.extensions.hook_caller import Dispatcher
from xtiger.hookspecs import Hold
from xtiger.model.asked_sync import Direction
from xtiger.model.brakes import BrakedPlan
from xtiger.model.connections import Connection
from xtiger.model.plans import Item, Plan
from xtiger.model.records import XeroRef
from xtiger.model.runs import Outcome, Run, Trigger
from xtiger.model.setting_keys import undo_request
from xtiger.model.undo.images import UndoRequest
from xtiger.ports import Context
from xtiger.ports.stop_signal import NO_STOP, StopSignal
from xtiger.rules.braking import STREAMS
from xtiger.rules.permissions import may_read
from xtiger.rules.plan_view import one_way
from xtiger.rules.reconciliation import Reconciliation
from xtiger.services.identities import Identities
from xtiger.services.releases.limits import limited
from xtiger.services.syncing.dropping_old import drop_old
from xtiger.services.syncing.first_sync import FirstSync
from xtiger.services.syncing.noticing import NoticeDelivery
from xtiger.services.syncing.releasing import RELEASE, Releasing
from xtiger.services.syncing.router import Router
from xtiger.services.syncing.sides import MakePlan, Sides, named_modules, nothing, read_only, silent
from xtiger.services.syncing.undoing import trigger_of, undo_asked


@dataclass(slots=True)
class Runs:
    """Makes workbenches and carries runs through, for any connection."""

    sides: Sides
    dispatcher: Dispatcher
    #: Tenant → what extensions get with a hook call about it.
    context: Callable[[str], Context]
    identities: Identities

    @property
    def first_sync(self) -> FirstSync:
        """How far the first sync of each connection has come."""
        return FirstSync(self.sides.store)

    @property
    def notices(self) -> NoticeDelivery:
        """What happened to invoices, for those who want to know."""
        store, clock = self.sides.store, self.sides.clock
        return NoticeDelivery(store, clock, self.dispatcher, self.context)

    @property
    def releasing(self) -> Releasing:
        """The brake and its releases."""
        return Releasing(self.sides.store, self.sides.clock)

    def plan(
        self, connection: Connection, modules: Sequence[str], *, full: bool, progress: Progress
    ) -> Plan:
        """Read what changed and plan; nothing is sent and nothing in the CRM is written."""
        planned = partial(self._planned, full=full)
        return self.look(connection, modules, planned, "person", progress)

    def sync(
        self,
        connection: Connection,
        modules: Sequence[str],
        *,
        full: bool,
        trigger: Trigger,
        progress: Progress,
        signal: StopSignal = NO_STOP,
        direction: Direction = "",
        by: str = "",
    ) -> Run:
        """Read, plan and carry out, one way alone where `direction` says so.

        Raises what stopped the run, after it is booked.
        """
        planned = partial(self._planned, full=full, direction=direction)
        run, _ = self._run(connection, modules, trigger, progress, signal, planned, by=by)
        if run.state == "done":
            swept = self.webhook_modules(connection).covered(run.modules)
            self.sides.store.sweep_events(
                connection.id, swept, run.started_at, self.sides.clock.now()
            )
        return run

    def sync_named(
        self, connection: Connection, named: NamedRecords, signal: StopSignal = NO_STOP
    ) -> set[XeroRef]:
        """Read and judge what webhooks named; returns what must be read again.

        Raises what stopped the run, after it is booked.
        """
        absent: set[XeroRef] = set()

        def planned(bench: Workbench) -> Plan:
            plan, missing = plan_named(bench, named)
            absent.update(missing)
            return plan

        modules = self.webhook_modules(connection).needed(named.kinds)
        run, _ = self._run(connection, modules, WEBHOOK, silent, signal, planned)
        # What did not add up is read again.
        return absent if run.state == "done" else named.everything()

    def release(
        self,
        connection: Connection,
        braked: BrakedPlan,
        progress: Progress,
        signal: StopSignal = NO_STOP,
    ) -> Run:
        """Carry out what stands in a released plan, one way where that was; all else waits."""
        direction = self.releasing.direction_of(braked)
        request, undone = undo_asked(self.sides.store, connection.id, braked.run_id)

        def planned(bench: Workbench) -> Plan:
            if request is not None:
                return plan_undo(bench, undone)
            if braked.records:
                return plan_records(bench, braked.modules[0], braked.records)
            return self._planned(bench, full=False, direction=direction)

        how = (progress, signal, planned)
        by = braked.released_by
        return self._run(
            connection, braked.modules, RELEASE, *how, released=braked, undoing=request, by=by
        )[0]

    def look(
        self,
        connection: Connection,
        modules: Sequence[str],
        make_plan: MakePlan,
        trigger: Trigger,
        progress: Progress,
    ) -> Plan:
        """A plan that is only shown, with its brakes; nothing is sent."""
        self.identities.require(connection.tenant)
        with self.sides.host.tenant(connection.tenant), self._watched(connection):
            bench = self._ready(connection, modules, progress)
            bench.writes = False
            made = make_plan(bench)
            return replace(made, brakes=self.releasing.brakes(bench, made, trigger))

    def carry_out(
        self,
        connection: Connection,
        modules: Sequence[str],
        make_plan: MakePlan,
        progress: Progress,
        signal: StopSignal,
        undoing: UndoRequest | None = None,
        by: str = "",
    ) -> Run:
        """Carry out a plan of its own kind, or one that takes runs back; raises what stopped it."""
        asked: Trigger = "person" if undoing is None else trigger_of(undoing)
        how = (progress, signal, make_plan)
        by = undoing.by if undoing else by
        return self._run(connection, modules, asked, *how, undoing=undoing, by=by)[0]

    def webhook_modules(self, connection: Connection) -> NamedModules:
        """The enabled modules that the CRM has, as webhooks concern them."""
        return named_modules(self.sides, self.dispatcher, connection)

    def sync_records(
        self,
        connection: Connection,
        module: str,
        ids: Sequence[str],
        trigger: Trigger,
        signal: StopSignal = NO_STOP,
        by: str = "",
        *,
        anew: bool = False,
    ) -> list[Outcome]:
        """Sync these CRM records, `anew` read by id, missing parents first; an outcome for each."""
        planned = planned_records(module, ids, asked=trigger == "person", anew=anew)
        _, outcomes = self._run(
            connection, [module], trigger, silent, signal, planned, records=ids, by=by
        )
        asked = set(ids)
        return [one for one in outcomes if one.module == module and one.crm_id in asked]

    def plan_records(self, connection: Connection, module: str, ids: Sequence[str]) -> Plan:
        """What would become of these CRM records now, both sides read again; nothing is sent."""
        self.identities.require(connection.tenant)
        with self.sides.host.tenant(connection.tenant), self._watched(connection):
            bench = self._ready(connection, [module], silent)
            bench.writes = False
            return Planner(bench, planned_kind).plan({module: Wanted(crm=tuple(ids))})

    def previewed(self, connection: Connection, module: str, ids: Sequence[str]) -> list[Previewed]:
        """What would become of these CRM records by what was last read; no call is made."""
        with self.sides.host.tenant(connection.tenant):
            bench = self._bench(connection, [module], silent, None, None)
            return preview(bench, planned_kind, module, ids)

    def scope(self, connection: Connection, module: str) -> Scope:
        """One module of a connection as its runs know it; raises UnknownModule, MappingMissing."""
        door, offered = HostDoor(self.sides.host), self.dispatcher.sync_modules(connection.id)
        mark = self.identities.mark(connection.tenant)
        return make_scopes(self.sides.store, door, connection.id, offered, [module], mark)[0]

    def reconcile(
        self,
        connection: Connection,
        modules: Sequence[str],
        since: date | None,
        progress: Progress,
    ) -> Reconciliation:
        """Read both sides again and compare; no run may write meanwhile, or raises RunBusy."""
        self.identities.require(connection.tenant)
        with self.alone(connection, self.sides.clock.new_id(), progress, NO_STOP) as hold:
            bench = self._ready(connection, modules, progress, None, hold)
            bench.writes = False
            return reconcile(bench, counted_kind, since)

    def read_settings(self, connection: Connection) -> None:
        """Read accounts, tax rates and currencies of Xero now; raises RunBusy."""
        with self.alone(connection, self.sides.clock.new_id(), silent, NO_STOP) as hold:
            bench = self._ready(connection, (), silent, None, hold)
            read_settings(bench, fresh=True)

    # --- inside ---

    def _bench(
        self,
        connection: Connection,
        modules: Sequence[str],
        progress: Progress,
        run: Run | None,
        hold: RunLease | None,
    ) -> Workbench:
        host = HostDoor(self.sides.host)
        offered = tuple(self.dispatcher.sync_modules(connection.id))
        context = self.context(connection.tenant)
        router = Router.of(self.sides.store, connection)
        mark = self.identities.mark(connection.tenant)
        scopes = make_scopes(self.sides.store, host, connection.id, offered, modules, mark)
        return Workbench(
            connection=connection,
            host=host,
            store=hold.store if hold else self.sides.store,
            xero=self.sides.open_xero(
                connection,
                run.id if run else None,
                hold.keep if hold else nothing,
                hold.signal.until if hold else None,
            ),
            clock=self.sides.clock,
            scopes=scopes,
            mark=mark,
            offered=offered,
            progress=hold.pulse if hold else progress,
            before_push=lambda item: (
                read_only(scopes, item) or self._hold(context, connection, item)
            ),
            after_outcome=lambda outcome: self._tell_extensions(context, connection, outcome),
            keep_alive=hold.keep_alive if hold else nothing,
            converters=self.dispatcher.converters(connection.id),
            routed=router,
            not_master=router.not_master(),
        )

    def _hold(self, context: Context, connection: Connection, item: Item) -> Hold | None:
        return self.dispatcher.first(
            "before_push", Hold, connection.id, context=context, tenant=connection.tenant, item=item
        )

    def _tell_extensions(self, context: Context, connection: Connection, outcome: Outcome) -> None:
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
        hold: RunLease | None = None,
    ) -> Workbench:
        """A workbench whose connection is alive and whose organisation was read just now."""
        if connection.state == "ended":
            raise ConnectionEnded(connection.name, connection.reason)
        bench = self._bench(connection, modules, progress, run, hold)
        check_converters(bench)
        check_filters(bench)
        self.dispatcher.strict(
            "before_plan",
            connection.id,
            context=self.context(connection.tenant),
            tenant=connection.tenant,
            connection=connection,
            modules=[scope.name for scope in bench.scopes],
        )
        tokens = self.sides.store.tokens(connection.id)
        bench.granted = frozenset(tokens.scope) if tokens is not None else frozenset()
        for scope in bench.scopes:
            if not may_read(scope.kind, bench.granted):
                raise ScopeMissing(scope.name)
        bench.scopes = tuple(readable_parts(scope, bench.granted) for scope in bench.scopes)
        read_organisation(bench)
        return bench

    def _planned(self, bench: Workbench, *, full: bool, direction: Direction = "") -> Plan:
        bench.direction = direction
        plan = one_way(plan_changes(bench, full=full), direction)
        tenant = bench.connection.tenant
        self.dispatcher.robust(
            "plan_made", bench.connection_id, context=self.context(tenant), tenant=tenant, plan=plan
        )
        return plan

    def _run(
        self,
        connection: Connection,
        modules: Sequence[str],
        trigger: Trigger,
        progress: Progress,
        signal: StopSignal,
        make_plan: MakePlan,
        records: Sequence[str] = (),
        released: BrakedPlan | None = None,
        undoing: UndoRequest | None = None,
        by: str = "",
    ) -> tuple[Run, list[Outcome]]:
        run = Run(
            id=self.sides.clock.new_id(),
            connection_id=connection.id,
            modules=tuple(modules),
            started_at=self.sides.clock.now(),
            trigger=trigger,
            started_by=by,
        )
        if signal.stopping():
            raise stop_of(signal, connection.name)
        self.identities.require(connection.tenant)
        if undoing is None:
            self.first_sync.require(connection)
        with self.alone(connection, run.id, progress, signal) as hold:
            if undoing is not None:
                self.sides.store.save_setting(undo_request(run.id), undoing.plain())
            return self._carried(connection, hold, run, make_plan, records, released, undoing)

    @contextmanager
    def alone(
        self, connection: Connection, holder: str, progress: Progress, signal: StopSignal
    ) -> Iterator[RunLease]:
        """Hold the connection and its tenant as nobody else does; raises RunBusy."""
        hold = take_lease(self.sides.store, self.sides.clock, connection, holder, progress, signal)
        try:
            with self.sides.host.tenant(connection.tenant), self._watched(connection):
                yield hold
        finally:
            self.sides.store.release_lease(hold.lease.name, hold.lease.fence)

    @contextmanager
    def _watched(self, connection: Connection) -> Iterator[None]:
        """Tell extensions when a connection turns out to have ended at Xero."""
        try:
            yield
        except ConnectionEnded:
            now = self.sides.store.connection(connection.id)
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
        hold: RunLease,
        run: Run,
        make_plan: MakePlan,
        records: Sequence[str],
        released: BrakedPlan | None,
        undoing: UndoRequest | None,
    ) -> tuple[Run, list[Outcome]]:
        self.sides.store.save_run(run)
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
            bring_taxes(bench, plan.taxes)
            with limited(self.releasing, bench, run, plan, outcomes, released, undoing):
                run = Executor(bench, run, sent_kind, outcomes).apply(plan)
        # Whatever ends a run, its row says so; a run that runs for ever would hide it.
        except BaseException as error:
            calls = bench.xero.calls if bench else 0
            ended = book_failure(self.sides.store, self.sides.clock, run, error, outcomes, calls)
            self.finished(connection, ended)
            hold.signal.finished(ended)
            raise
        self._ended(bench, run)
        self._follow_up(bench, run, outcomes)
        self.notices.deliver(connection)
        hold.signal.finished(run)
        return run, outcomes

    def _ended(self, bench: Workbench, run: Run) -> None:
        # A run of one way looked at half of what waits.
        if run.trigger == RELEASE or not bench.direction:
            self.releasing.ended(run)
        drop_old(self.sides.store, self.sides.clock.now(), self.sides.keep_log)
        self.finished(bench.connection, run)

    def _follow_up(self, bench: Workbench, run: Run, outcomes: Sequence[Outcome]) -> None:
        """Carry what payments changed; not before the first sync is over: the rest waits for it."""
        look_again_at_created(bench, outcomes)
        # What went one way alone writes nothing on the other side: the next sync takes it.
        if bench.direction or not self.first_sync.is_over(bench.connection_id):
            return
        followed = follow_up(bench, run, outcomes)
        if followed is not None:
            self.finished(bench.connection, followed)

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

    def finished(self, connection: Connection, run: Run) -> None:
        """Tell extensions that a run has ended."""
        tenant = connection.tenant
        self.dispatcher.robust(
            "run_finished", connection.id, context=self.context(tenant), tenant=tenant, run=run
        )
