"""Syncing: one run of one connection, from the lease to the last outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xtiger.dispatch import Dispatcher
from xtiger.engine.agreement import Disagreement, disagreements
from xtiger.engine.bench import HostDoor, Progress, Workbench, make_scopes
from xtiger.engine.executor import Executor
from xtiger.engine.observe import observe, read_outbox, read_settings
from xtiger.engine.planner import Planner
from xtiger.engine.recovery import close_open_batches
from xtiger.errors import ConnectionEnded, RunBusy, WrongOrganisation, XTigerError
from xtiger.hookspecs import SyncModule
from xtiger.links import Connection
from xtiger.plans import Item, Outcome, Plan, Run
from xtiger.ports import Clock, Context, Host, Store, Xero

#: A run that does not renew its lease for so long counts as dead.
LEASE_SECONDS = 900


def silent(_module: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass(slots=True)
class Syncing:
    """Makes workbenches and carries runs through, for any connection."""

    host: Host
    store: Store
    clock: Clock
    dispatcher: Dispatcher
    open_xero: Callable[[Connection, str | None], Xero]
    context: Callable[[str | None], Context]
    modules: Callable[[], Sequence[SyncModule]]

    def plan(
        self, connection: Connection, modules: Sequence[str], *, full: bool, progress: Progress
    ) -> Plan:
        """Read what changed and plan; nothing is sent and nothing in the CRM is written."""
        with self.host.tenant(connection.tenant):
            bench = self._ready(connection, modules, progress, None)
            return self._planned(bench, full=full)

    def sync(
        self, connection: Connection, modules: Sequence[str], *, full: bool, trigger: str,
        progress: Progress,
    ) -> Run:  # fmt: skip
        """Read, plan and carry out; raises what stopped the run, after it is booked."""
        return self._run(
            connection, modules, trigger, progress,
            lambda bench: self._planned(bench, full=full),
        )[0]  # fmt: skip

    def sync_records(
        self, connection: Connection, module: str, ids: Sequence[str], trigger: str
    ) -> list[Outcome]:
        """Sync exactly these CRM records; one outcome for each."""
        _, outcomes = self._run(
            connection, [module], trigger, silent,
            lambda bench: self._planned_records(bench, module, ids),
        )  # fmt: skip
        return outcomes

    def differences(self, connection: Connection) -> list[Disagreement]:
        """Every field in which linked records differ, read afresh from both sides."""
        with self.host.tenant(connection.tenant):
            bench = self._ready(connection, (), silent, None)
            return disagreements(bench, Planner(bench).lookups())

    # --- inside ---

    def _bench(
        self, connection: Connection, modules: Sequence[str], progress: Progress, run_id: str | None
    ) -> Workbench:
        host = HostDoor(self.host)
        offered = tuple(self.modules())
        context = self.context(connection.id)
        return Workbench(
            connection=connection, host=host, store=self.store,
            xero=self.open_xero(connection, run_id), clock=self.clock,
            scopes=make_scopes(self.store, host, connection.id, offered, modules),
            offered=offered, progress=progress,
            before_push=lambda item: self._hold(context, connection.id, item),
            after_outcome=lambda outcome: self._told(context, outcome),
        )  # fmt: skip

    def _hold(self, context: Context, connection_id: str, item: Item) -> Any:
        return self.dispatcher.first("before_push", connection_id, context=context, item=item)

    def _told(self, context: Context, outcome: Outcome) -> None:
        self.dispatcher.robust(
            "after_outcome", outcome.connection_id, context=context, outcome=outcome
        )

    def _ready(
        self, connection: Connection, modules: Sequence[str], progress: Progress, run_id: str | None
    ) -> Workbench:
        """A workbench whose connection is alive and whose organisation was read just now."""
        if connection.state == "ended":
            raise ConnectionEnded(connection.name, connection.reason)
        bench = self._bench(connection, modules, progress, run_id)
        self.dispatcher.strict(
            "before_plan", connection.id, context=self.context(connection.id),
            connection=connection, modules=[scope.name for scope in bench.scopes],
        )  # fmt: skip
        organisation = bench.xero.organisation()
        currency = str(organisation.get("BaseCurrency") or "")
        if currency != self.host.base_currency():
            reason = f"it counts in {currency}, the CRM in {self.host.base_currency()}"
            raise WrongOrganisation(connection.name, reason)
        # Tokens may have been renewed by the call: only what was read here is saved.
        current = self.store.connection(connection.id) or connection
        bench.connection = replace(
            current, organisation=dict(organisation), base_currency=currency,
            short_code=str(organisation.get("ShortCode") or ""),
        )  # fmt: skip
        self.store.save_connection(bench.connection)
        return bench

    def _planned(self, bench: Workbench, *, full: bool) -> Plan:
        observe(bench, full=full)
        close_open_batches(bench)
        plan = Planner(bench).plan()
        self.dispatcher.robust(
            "plan_made", bench.connection_id, context=self.context(bench.connection_id), plan=plan
        )
        return plan

    def _planned_records(self, bench: Workbench, module: str, ids: Sequence[str]) -> Plan:
        read_settings(bench)
        read_outbox(bench)
        bench.store.mark(bench.connection_id, "crm", module, ids, "person", self.clock.now())
        return Planner(bench).plan({module: list(ids)})

    def _run(
        self, connection: Connection, modules: Sequence[str], trigger: str, progress: Progress,
        make_plan: Callable[[Workbench], Plan],
    ) -> tuple[Run, list[Outcome]]:  # fmt: skip
        run = Run(
            id=self.clock.new_id(), connection_id=connection.id, modules=tuple(modules),
            started_at=self.clock.now(), trigger=trigger,
        )  # fmt: skip
        fence = self._lease(connection, run)
        try:
            with self.host.tenant(connection.tenant):
                return self._carried(connection, modules, progress, run, make_plan)
        finally:
            self.store.release_lease(f"run:{connection.id}", fence)

    def _lease(self, connection: Connection, run: Run) -> int:
        fence = self.store.acquire_lease(
            f"run:{connection.id}", run.id, LEASE_SECONDS, self.clock.now()
        )
        if fence is None:
            raise RunBusy(connection.name, retry_after_seconds=30)
        return fence

    def _carried(
        self, connection: Connection, modules: Sequence[str], progress: Progress, run: Run,
        make_plan: Callable[[Workbench], Plan],
    ) -> tuple[Run, list[Outcome]]:  # fmt: skip
        self.store.save_run(run)
        outcomes: list[Outcome] = []
        calls = 0
        try:
            bench = self._ready(connection, modules, progress, run.id)
            run = replace(run, modules=tuple(scope.name for scope in bench.scopes))
            plan = make_plan(bench)
            calls = bench.xero.calls
            run = Executor(bench, run, outcomes).apply(plan)
        except XTigerError as error:
            self._failed(run, error, outcomes, calls)
            raise
        self.dispatcher.robust(
            "run_finished", connection.id, context=self.context(connection.id), run=run
        )
        return run, outcomes

    def _failed(
        self, run: Run, error: XTigerError, outcomes: Sequence[Outcome], calls: int
    ) -> None:
        """Book a run that ended early, unless the executor has booked it already."""
        stored = next((r for r in self.store.runs(run.connection_id, 5) if r.id == run.id), run)
        if stored.finished_at is None:
            stored = replace(
                run, state="failed", finished_at=self.clock.now(), error=str(error), calls=calls
            )
            self.store.save_run(stored)
        self.dispatcher.robust(
            "run_finished", run.connection_id, context=self.context(run.connection_id), run=stored
        )


def standing(plan: Plan) -> Mapping[str, Sequence[Item]]:
    """Result → items of a plan that wait for something."""
    found: dict[str, list[Item]] = {}
    for item in plan.items:
        if item.result in ("held", "skipped", "conflict", "failed"):
            found.setdefault(item.result, []).append(item)
    return found
