"""A whole world for tests: a sandbox over HTTP, a memory CRM and the library between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.contract.recorder import Recorder
from xtiger.app import XTiger
from xtiger.demo.visitor import allow_access
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules
from xtiger.plans import Outcome, Plan, Run
from xtiger.records import Module
from xtiger.sandbox import Sandbox
from xtiger.settings import Settings

REDIRECT = "http://localhost:9/modules/XTiger/callback"


class MovingClock:
    """A clock that starts now and moves only when somebody sleeps or a test says so."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
        self._ids = 0

    def now(self) -> datetime:
        """The moment."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move on instead of waiting."""
        self._now += timedelta(seconds=seconds)

    def new_id(self) -> str:
        """Ids in order."""
        self._ids += 1
        return f"{self._ids:032x}"


class World:
    """One CRM, one Xero, one library; helpers say what a person would do."""

    def __init__(self, xt: XTiger, host: MemoryHost, sandbox: Sandbox, clock: MovingClock) -> None:
        self.xt, self.host, self.sandbox, self.clock = xt, host, sandbox, clock

    def organisation(self, name: str = "Empty Trading Ltd") -> str:
        """The id of an organisation of the sandbox."""
        return next(key for key, title in self.sandbox.organisations() if title == name)

    def connect(self, name: str = "Empty Trading Ltd") -> None:
        """Connect through the real consent flow, accept the terms, save the mappings."""
        start = self.xt.consent(REDIRECT)
        returned = allow_access(start.url, name)
        offered = self.xt.consent_answered(returned)
        self.xt.connect(next(o.organisation_id for o in offered if o.name == name))
        self.xt.accept_terms("a test")
        self.xt.save_default_mappings()

    def default_account(self, account: str = "200") -> None:
        """Set the sales account of the invoices' mapping."""
        mapping = self.xt.mapping("Invoices")
        assert mapping is not None
        options = {**mapping.options, "sales_account": account, "charges_account": account}
        self.xt.save_mapping(
            type(mapping)(mapping.module, mapping.kind, mapping.rows, options=options)
        )

    def wait(self, seconds: float = 180) -> None:
        """Let time pass; the sandbox runs on the same clock."""
        self.clock.sleep(seconds)

    def sync(self, *modules: str) -> Run:
        """Sync after a pause, so that nothing is too fresh."""
        self.wait()
        return self.xt.sync(modules)

    def plan(self, *modules: str) -> Plan:
        """Plan after a pause."""
        self.wait()
        return self.xt.plan(modules)

    def xero(self, kind: str) -> list[Mapping[str, Any]]:
        """The sandbox's own table of a kind."""
        return list(self.sandbox.table(kind))

    def outcome(self, module: str, crm_id: str) -> Outcome:
        """The newest outcome of a CRM record."""
        return self.xt.outcomes(module=module, crm_id=crm_id, limit=1)[0]


@contextmanager
def make_world(
    home: Path, *, modules: Sequence[Module] | None = None, seed: str = "empty",
    clock: MovingClock | None = None, **host_options: Any,
) -> Iterator[World]:  # fmt: skip
    """A world that closes itself."""
    moving = clock or MovingClock()
    sandbox = Sandbox(seed=seed, clock=moving.now)
    recorder = Recorder()
    sandbox.observers.append(recorder)
    host = MemoryHost(modules=modules or standard_modules(), clock=moving, **host_options)
    try:
        with sandbox.serve() as server:
            settings = Settings(
                home=home, database_url=f"sqlite:///{home / 'xtiger.db'}", xero_url=server.url,
                xero_client_id=sandbox.client_id, xero_client_secret=sandbox.client_secret,
            )  # fmt: skip
            xt = XTiger(host, settings=settings, clock=moving)
            try:
                yield World(xt, host, sandbox, moving)
                recorder.assert_clean()
            finally:
                xt.close()
    finally:
        host.close()
        sandbox.close()
