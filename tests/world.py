"""A whole world for tests: a sandbox over HTTP, a memory CRM and the library between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from sqlalchemy import event

from tests.inprocess import routed
from xtiger.app import XTiger
from xtiger.demo.visitor import allow_access
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules
from xtiger.model.plans import Plan
from xtiger.model.records import Module
from xtiger.model.runs import Outcome, Run
from xtiger.model.start_answers import StartAnswers
from xtiger.rules.kinds import LISTED
from xtiger.sandbox import Sandbox, Server, create_app
from xtiger.sandbox.accounting.lists.countries import CountryName
from xtiger.settings import Settings

DATABASE = "xtiger.db"
REDIRECT = "http://localhost:9/modules/XTiger/callback"


class _Compiled(dict[tuple[Any, ...], Any]):
    """What SQLAlchemy compiled, for the stores of all worlds: each has a dialect, all are equal.

    A store of its own would compile its hundred statements again, a tenth of a small test.
    """

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        """By all of a key but its dialect."""
        return super().get(key[1:], default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


_COMPILED = _Compiled()


class MovingClock:
    """A clock that starts now and moves only when somebody sleeps or a test says so."""

    def __init__(self, now: datetime = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)) -> None:
        self._now = now
        # Two processes of one test must not give the same ids.
        self._ids = int(now.timestamp()) << 32

    def now(self) -> datetime:
        """The moment."""
        return self._now

    def set(self, now: datetime) -> None:
        """Let it be this moment."""
        self._now = now

    def sleep(self, seconds: float) -> None:
        """Move on instead of waiting."""
        self._now += timedelta(seconds=seconds)

    def new_id(self) -> str:
        """Ids in order."""
        self._ids += 1
        return f"{self._ids:032x}"


def let_all_go(xt: XTiger, connection_id: str | None = None) -> None:
    """Answer the first day's questions so that nothing is limited, and let the first sync go."""
    xt.start.answer(StartAnswers(), "a test", connection_id)
    xt.start.advance("all", "a test", connection_id)


class World:
    """One CRM, one Xero, one library; helpers say what a person would do."""

    def __init__(
        self,
        xt: XTiger,
        host: MemoryHost,
        sandbox: Sandbox,
        clock: MovingClock,
        app: Flask | None = None,
    ) -> None:
        #: The sandbox's application, where it is served.
        self.app = app
        self.xt, self.host, self.sandbox, self.clock = xt, host, sandbox, clock

    def organisation(self, name: str = "Empty Trading Ltd") -> str:
        """The id of an organisation of the sandbox."""
        return next(key for key, title in self.sandbox.organisations() if title == name)

    def connect(self, name: str = "Empty Trading Ltd") -> None:
        """Connect through the real consent flow, accept the terms, save the mappings."""
        start = self.xt.connections.consent(REDIRECT)
        returned = allow_access(start.url, name)
        offered = self.xt.connections.consent_answered(returned)
        made = self.xt.connections.connect(
            next(o.organisation_id for o in offered if o.name == name)
        )
        let_all_go(self.xt, made.id)
        self.xt.connections.accept_terms("a test")
        self.xt.mappings.save_defaults()

    def default_account(self, account: str = "200") -> None:
        """Set the sales account of the invoices' mapping."""
        mapping = self.xt.mappings.get("Invoices")
        assert mapping is not None
        options = {**mapping.options, "sales_account": account, "charges_account": account}
        self.xt.mappings.save(
            type(mapping)(mapping.module, mapping.kind, mapping.rows, options=options)
        )

    def wait(self, seconds: float = 180) -> None:
        """Let time pass; the sandbox runs on the same clock."""
        self.clock.sleep(seconds)

    def sync(self, *modules: str, full: bool = False) -> Run:
        """Sync after a pause, so that nothing is too fresh; what holds for every run is checked."""
        self.wait()
        try:
            run = self.xt.sync.run(modules, full=full)
        finally:
            self.check()
        return run

    def check(self) -> None:
        """What must hold after every run, whole or broken off.

        Each record has at most one outcome in the last run, what was read adds up, and the chain
        of outcomes is whole.
        """
        last = self.xt.sync.runs(2)
        for run in last if last and last[0].trigger == "follow-up" else last[:1]:
            outcomes = self.xt.sync.outcomes(run_id=run.id, limit=100_000)
            crm = [(o.module, o.crm_id) for o in outcomes if o.crm_id]
            xero = [(o.kind, o.xero_id) for o in outcomes if o.xero_id and o.result != "held"]
            assert len(set(crm)) == len(crm), f"a CRM record has two outcomes in {run}"
            assert len(set(xero)) == len(xero), f"a Xero record has two outcomes in {run}"
            # What is only listed was read, and nothing becomes of it.
            synced = [results for name, results in run.counts.items() if name not in LISTED]
            counted = sum(n for results in synced for n in results.values())
            # What was in step as before is counted in the chain in place of a row of each.
            told = len(outcomes) + sum(self.xt.store.unchanged_counts(run.id).values())
            assert counted == told, f"{counted} counted, {told} booked in {run}"
        assert self.xt.store.broken_audit_row() is None, "the chain of outcomes is broken"

    def plan(self, *modules: str) -> Plan:
        """Plan after a pause."""
        self.wait()
        return self.xt.sync.plan(modules)

    def xero(self, kind: str) -> list[Mapping[str, Any]]:
        """The sandbox's own table of a kind."""
        return list(self.sandbox.table(kind))

    def calls(self) -> int:
        """Calls that the organisation has counted so far, by the sandbox's own list."""
        return len([c for c in self.sandbox.calls() if c.path.startswith("/api.xro")])

    def actions(self) -> int:
        """How many actions a plan would take now."""
        return len(self.plan().actions)

    def codes(self) -> dict[tuple[str, str | None], str]:
        """(module, CRM id) → code of each item that a plan leaves standing."""
        return {
            (item.module, item.crm_id): item.cause.code
            for item in self.plan().items
            if item.cause is not None
        }

    def xero_id(self, module: str, crm_id: str) -> str:
        """The Xero id that a CRM record is linked to."""
        links = self.xt.store.links_by_crm(self.xt.connections.get().id, module, [crm_id])
        return links[crm_id].xero_id

    def in_xero(self, module: str, crm_id: str) -> Mapping[str, Any]:
        """What the sandbox has for a linked CRM record."""
        kinds = {"Organizations": "Contact", "Invoices": "Invoice", "Payments": "Payment"}
        kind = kinds.get(module, "Item")
        wanted = self.xero_id(module, crm_id)
        receipts = {raw["BankTransactionID"] for raw in self.xero("BankTransactions")}
        if module == "Invoices" and wanted in receipts:
            kind = "BankTransaction"
        return next(raw for raw in self.xero(f"{kind}s") if raw[f"{kind}ID"] == wanted)

    def in_crm(self, module: str, crm_id: str, field: str) -> Any:
        """A value of a CRM record."""
        return self.host.record(module, crm_id).values.get(field)

    def settings(self, module: str, **changes: Any) -> None:
        """Change settings of a module."""
        connection = self.xt.connections.get()
        old = self.xt.store.module_settings(connection.id, module)
        self.xt.store.save_module_settings(connection.id, replace(old, **changes))

    def last_result(self, module: str, crm_id: str) -> str:
        """What came of a record in the last run; one in step as before is only counted there."""
        run = self.xt.sync.runs(1)[0]
        rows = self.xt.sync.outcomes(module=module, crm_id=crm_id, run_id=run.id, limit=1)
        counted = self.xt.store.unchanged_counts(run.id).get(module, 0)
        return rows[0].result if rows else "unchanged" if counted else ""

    def outcome(self, module: str, crm_id: str) -> Outcome:
        """The newest outcome of a CRM record."""
        return self.xt.sync.outcomes(module=module, crm_id=crm_id, limit=1)[0]


@contextmanager
def make_world(
    home: Path,
    *,
    modules: Sequence[Module] | None = None,
    seed: str = "empty",
    country: CountryName = "UK",
    currency: str | None = None,
    clock: MovingClock | None = None,
    database_url: str = "",
    **host_options: Any,
) -> Iterator[World]:
    """A world that closes itself; Xero is in `currency`, else the CRM's `base_currency`.

    The store is a file of SQLite in `home` where no `database_url` is given.
    """
    moving = clock or MovingClock()
    sandbox = Sandbox(
        seed=seed,
        country=country,
        clock=moving.now,
        currency=currency or host_options.get("base_currency"),
    )
    (home / DATABASE).write_bytes(fresh_store())
    host = MemoryHost(modules=modules or standard_modules(), clock=moving, **host_options)
    app = create_app(sandbox)
    try:
        with Server(app, "127.0.0.1", 0) as server, routed(app, server.url):
            settings = _settings(home, server.url, sandbox, database_url)
            xt = XTiger(host, settings=settings, clock=moving)
            if not database_url:
                hurry(xt)
            try:
                yield World(xt, host, sandbox, moving, app)
            finally:
                xt.close()
    finally:
        host.close()
        sandbox.close()


def _settings(home: Path, xero_url: str, sandbox: Sandbox, database_url: str) -> Settings:
    return Settings(
        home=home,
        database_url=database_url or f"sqlite:///{home / DATABASE}",
        xero_url=xero_url,
        xero_client_id=sandbox.client_id,
        xero_client_secret=sandbox.client_secret,
        new_extensions_on=False,
    )


@contextmanager
def connected_world(home: Path, database_url: str = "") -> Iterator[World]:
    """A world that is connected and whose invoices have an account, and that closes itself."""
    with make_world(home, database_url=database_url) as world:
        world.connect()
        world.default_account()
        yield world


@cache
def fresh_store() -> bytes:
    """The file of a store right after the first start: the tables, and the core is on.

    Made once, since each migration takes as long as a small test; tests/db has them all.
    """
    clock = MovingClock()
    host = MemoryHost(modules=standard_modules())
    with TemporaryDirectory() as folder, closing(host):
        path = Path(folder) / DATABASE
        settings = Settings(Path(folder), f"sqlite:///{path}", new_extensions_on=False)
        XTiger(host, settings=settings, clock=clock).close()
        return path.read_bytes()


def hurry(xt: XTiger) -> None:
    """Spare a test what takes most of its time: waiting for the disk, compiling once more.

    It need not survive a power cut.
    """

    def quick(connection: Any, _: object) -> None:
        connection.execute("PRAGMA synchronous = OFF")

    event.listen(xt.store.engine, "connect", quick)
    xt.store.engine.dispose()
    xt.store.engine.update_execution_options(compiled_cache=_COMPILED)
