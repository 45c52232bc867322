"""The stage of the kills: a Xero that outlives the processes, the CRM's file, and one database."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.kills.child import Orders, crm, library, write
from tests.world import MovingClock, World
from xtiger.sandbox import Sandbox

ROOT = Path(__file__).parents[2]


@dataclass
class Stage:
    """What stays when a process dies."""

    home: Path
    sandbox: Sandbox
    clock: MovingClock
    orders: Orders

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

    def sync(self, point: str = "", passes: int = 0) -> bool:
        """Sync in a process of its own; answers whether it was killed on the way."""
        now = self.clock.now().isoformat()
        orders = replace(self.orders, now=now, point=point, passes=passes)
        path = write(orders, self.home / "orders.json")
        ended = subprocess.run(
            [sys.executable, "-m", "tests.kills.child", str(path)],
            cwd=ROOT, check=False, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        if ended.returncode == -signal.SIGKILL:
            return True
        assert 0 == ended.returncode, ended.stderr
        return False


@contextmanager
def set_stage(home: Path, database_url: str) -> Iterator[Stage]:
    """A connected library with something of every kind on both sides, nothing synced yet."""
    clock = MovingClock()
    sandbox = Sandbox(clock=clock.now)
    try:
        with sandbox.serve() as server:
            orders = Orders(
                home=str(home), database_url=database_url, xero_url=server.url,
                client_id=sandbox.client_id, client_secret=sandbox.client_secret,
                now=clock.now().isoformat(),
            )  # fmt: skip
            yield Stage(home, sandbox, clock, orders)
    finally:
        sandbox.close()


def duplicates(world: World) -> dict[str, dict[Any, int]]:
    """What stands more than once in Xero's or the CRM's own tables, by table."""
    tables: dict[str, Counter[Any]] = {
        "Contacts": Counter(raw["Name"] for raw in world.xero("Contacts")),
        "Items": Counter(raw["Code"] for raw in world.xero("Items")),
        "Invoices": Counter(raw["InvoiceNumber"] for raw in world.xero("Invoices")),
        "Organizations": _counted(world, "Organizations", "accountname"),
        "Products": _counted(world, "Products", "productcode"),
        "Services": _counted(world, "Services", "servicecode"),
    }
    found = {name: {k: n for k, n in table.items() if n > 1} for name, table in tables.items()}
    return {name: twins for name, twins in found.items() if twins}


def _counted(world: World, module: str, field: str) -> Counter[Any]:
    return Counter(record.values[field] for record in world.host.all(module))
