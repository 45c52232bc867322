"""The stage of the kills: a Xero that outlives the processes, the CRM's file, and one database.

It is set up once and brought back to that moment for each story: what is in Xero from a snapshot,
files from a copy, tables of PostgreSQL from tables beside them.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.postgres import KeptTables
from tests.stories.kills.child import Orders, crm, library, write
from tests.world import MovingClock, World
from xtiger.sandbox import Sandbox, serve

ROOT = Path(__file__).parents[3]


class SandboxClock(MovingClock):
    """The sandbox's time for all of a stage: whoever sleeps moves it."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox.now())
        self._sandbox = sandbox

    def now(self) -> datetime:
        """The moment."""
        return self._sandbox.now()

    def sleep(self, seconds: float) -> None:
        """Move on instead of waiting."""
        self._sandbox.advance(seconds)


class Processes:
    """Starts processes that carry out orders; tests/stories/kills/child.py is what they are."""

    def __init__(self) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.stories.kills.child"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, orders: Orders) -> int:
        """Carry out orders in a process of its own; answers its exit code, as subprocess does."""
        path = write(orders, Path(orders.home) / "orders.json")
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        print(path, file=self._parent.stdin, flush=True)
        return int(self._parent.stdout.readline())

    def close(self) -> None:
        """No more of them."""
        self._parent.communicate()


@dataclass
class Stage:
    """What stays when a process dies."""

    home: Path
    sandbox: Sandbox
    clock: SandboxClock
    orders: Orders
    processes: Processes

    @contextmanager
    def world(self) -> Iterator[World]:
        """The library in this process, on the same files."""
        host = crm(self.home, self.clock)
        xt = library(self.orders, host, self.clock)
        try:
            yield World(xt, host, self.sandbox, self.clock)
        finally:
            xt.close()
            host.close()

    def run(self, point: str = "", *, kind: str = "", passes: int = 0) -> int:
        """Sync in a process of its own; answers its exit code."""
        # Two processes that begin in the same second would give the same ids.
        self.clock.sleep(1)
        now = self.clock.now().isoformat()
        return self.processes.run(
            replace(self.orders, now=now, point=point, kind=kind, passes=passes)
        )

    def sync(self, point: str = "", *, kind: str = "", passes: int = 0) -> bool:
        """Sync in a process of its own; answers whether it was killed on the way."""
        code = self.run(point, kind=kind, passes=passes)
        if code == -signal.SIGKILL:
            return True
        assert 0 == code, self.output()
        return False

    def output(self) -> str:
        """What the processes have printed so far."""
        return (self.home / "output.txt").read_text(encoding="utf-8")


class Start:
    """A stage as it was set up, brought back as often as one likes; close it in the end."""

    def __init__(self, home: Path, set_up: Callable[[World], None], postgres: str = "") -> None:
        """`set_up` connects and fills; `postgres`: address of an empty schema, else SQLite."""
        self._stack = ExitStack()
        self._home, self._postgres = home, postgres
        self._sandbox = self._stack.enter_context(Sandbox(clock=_began))
        self._url = self._stack.enter_context(serve(self._sandbox)).url
        self._processes = Processes()
        self._stack.callback(self._processes.close)
        self.clock = SandboxClock(self._sandbox)
        with self._stage(home).world() as world:
            set_up(world)
        # The access token is old, so that each first sync renews it.
        self.clock.sleep(3_600)
        self._snapshot = self._sandbox.snapshot()
        self._tables = KeptTables(postgres) if postgres else None
        if self._tables is not None:
            self._stack.callback(self._tables.close)

    def stage(self, home: Path) -> Stage:
        """The stage at its start, with its files in this folder."""
        self._sandbox.restore(self._snapshot)
        for file in self._home.iterdir():
            shutil.copy(file, home)
        if self._tables is not None:
            self._tables.bring_back()
        return self._stage(home)

    def _stage(self, home: Path) -> Stage:
        orders = Orders(
            home=str(home),
            database_url=self._postgres or f"sqlite:///{home / 'xtiger.db'}",
            xero_url=self._url,
            client_id=self._sandbox.client_id,
            client_secret=self._sandbox.client_secret,
            now=self.clock.now().isoformat(),
            control_token=self._sandbox.control_token,
        )
        return Stage(home, self._sandbox, self.clock, orders, self._processes)

    def close(self) -> None:
        """Let the sandbox and the processes go."""
        self._stack.close()


def _began() -> datetime:
    """The sandbox's own clock stands still; `advance` alone moves it."""
    return MovingClock().now()


def duplicates(world: World) -> dict[str, dict[Any, int]]:
    """What stands more than once in Xero's or the CRM's own tables, by table."""
    found = {name: {k: n for k, n in table.items() if n > 1} for name, table in tables(world)}
    return {name: twins for name, twins in found.items() if twins}


def tables(world: World) -> list[tuple[str, Counter[Any]]]:
    """(table, what tells its records apart → how many) of both sides; each ends in its side."""
    return [*_in_xero(world), *_in_crm(world)]


def _in_xero(world: World) -> Iterator[tuple[str, Counter[Any]]]:
    contacts, invoices = world.xero("Contacts"), world.xero("Invoices")
    numbers = {raw["InvoiceID"]: raw["InvoiceNumber"] for raw in invoices}
    yield "contacts of Xero", Counter(raw["Name"] for raw in contacts)
    yield (
        "persons of Xero",
        Counter(
            (raw["Name"], person["EmailAddress"])
            for raw in contacts
            for person in raw.get("ContactPersons") or ()
        ),
    )
    yield "items of Xero", Counter(raw["Code"] for raw in world.xero("Items"))
    yield "invoices of Xero", Counter(numbers.values())
    yield (
        "payments of Xero",
        Counter(
            (numbers[raw["InvoiceID"]], str(raw["Date"]), round(raw["Amount"], 2))
            for raw in world.xero("Payments")
            if raw["Status"] == "AUTHORISED"
        ),
    )


def _in_crm(world: World) -> Iterator[tuple[str, Counter[Any]]]:
    invoices = world.host.all("Invoices")
    numbers = {record.ref.id: record.values["invoice_no"] for record in invoices}
    yield "organizations of the CRM", _counted(world, "Organizations", "accountname")
    yield "contacts of the CRM", _counted(world, "Contacts", "email")
    yield "products of the CRM", _counted(world, "Products", "productcode")
    yield "services of the CRM", _counted(world, "Services", "servicecode")
    yield "invoices of the CRM", Counter(numbers.values())
    yield (
        "payments of the CRM",
        Counter(
            (numbers[v["invoice_id"]], v["paymentdate"].isoformat(), round(v["amount"], 2))
            for v in (record.values for record in world.host.all("Payments"))
        ),
    )


def _counted(world: World, module: str, field: str) -> Counter[Any]:
    return Counter(record.values[field] for record in world.host.all(module))
