"""A process of its own that syncs once and is killed at a named point, if one is named.

`python -m tests.kills.child FILE`: FILE is JSON with the fields of Orders.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.world import MovingClock
from xtiger.app import XTiger
from xtiger.db.store import SqlStore
from xtiger.engine.booking import Booking
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules
from xtiger.settings import Settings
from xtiger.xero.organisations import XeroOrganisation
from xtiger.xero.tokens import TokenKeeper


@dataclass(frozen=True)
class Point:
    """A method, and whether the process dies before or after its work."""

    owner: type
    method: str
    before: bool


#: The named points at which a process is killed.
POINTS: dict[str, Point] = {
    "after the intent": Point(XeroOrganisation, "send", before=True),
    "after Xero's commit, before the answer": Point(XeroOrganisation, "send", before=False),
    "after the answer, before the base": Point(SqlStore, "save_bases", before=True),
    "between elements": Point(Booking, "agree", before=False),
    "before the CRM is written": Point(MemoryHost, "save", before=True),
    "between the CRM's create and the link": Point(MemoryHost, "save", before=False),
    "before the outcomes": Point(SqlStore, "add_outcomes", before=True),
    "before the token's rotation": Point(TokenKeeper, "_exchange", before=True),
    "during the token's rotation": Point(TokenKeeper, "_exchange", before=False),
}


@dataclass(frozen=True)
class Orders:
    """What a child is told."""

    home: str
    database_url: str
    xero_url: str
    client_id: str
    client_secret: str
    now: str
    #: Name of the point, "" to live.
    point: str = ""
    #: Calls of the point's method that pass before the one that kills.
    passes: int = 0


def crm(home: Path, clock: MovingClock) -> MemoryHost:
    """The CRM's file in the home."""
    return MemoryHost(modules=standard_modules(), clock=clock, path=home / "crm.db")


def library(orders: Orders, host: MemoryHost, clock: MovingClock) -> XTiger:
    """The library on the home's own database."""
    settings = Settings(
        home=Path(orders.home), database_url=orders.database_url, xero_url=orders.xero_url,
        xero_client_id=orders.client_id, xero_client_secret=orders.client_secret,
    )  # fmt: skip
    return XTiger(host, settings=settings, clock=clock)


def write(orders: Orders, path: Path) -> Path:
    """Write orders where a child reads them."""
    path.write_text(json.dumps(asdict(orders)), encoding="utf-8")
    return path


def _deadly(point: Point, passes: int) -> None:
    """Let the process die at the point, as if its power was cut."""
    real: Callable[..., Any] = getattr(point.owner, point.method)
    seen: list[int] = []

    def method(*given: Any, **named: Any) -> Any:
        seen.append(1)
        deadly = len(seen) > passes
        if deadly and point.before:
            os.kill(os.getpid(), signal.SIGKILL)
        found = real(*given, **named)
        if deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    setattr(point.owner, point.method, method)


def main() -> None:
    """Sync once; a named point ends the process with SIGKILL, else it ends by itself."""
    orders = Orders(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    clock = MovingClock(datetime.fromisoformat(orders.now))
    if orders.point:
        _deadly(POINTS[orders.point], orders.passes)
    host = crm(Path(orders.home), clock)
    xt = library(orders, host, clock)
    xt.sync()
    xt.close()
    host.close()


if __name__ == "__main__":
    main()
