"""Processes of their own that sync once, and are killed at a named point if one is named.

`python -m tests.stories.kills.child` reads paths, one a line, each of a JSON file with fields of
Orders. Each is carried out by a process forked for it; its exit code is answered. Loading the
library for each of them would take longer than what they do.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from tests.stories.kills.kinds import (
    anything,
    of_batch,
    of_item,
    of_outcomes,
    of_request,
    of_rows,
    of_writes,
)
from tests.world import MovingClock
from xtiger.app import XTiger
from xtiger.db.store import SqlStore
from xtiger.engine.apply.booking import Booking
from xtiger.errors import XTigerError
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules
from xtiger.settings import Settings
from xtiger.xero import transport, writer
from xtiger.xero.organisations import XeroOrganisation
from xtiger.xero.tokens import TokenKeeper

#: A process that hangs is ended after so many seconds.
LONGEST_SECONDS = 300


@dataclass(frozen=True)
class Point:
    """A method, and whether the process dies before or after its work."""

    owner: type
    method: str
    before: bool
    #: Arguments of a call → the kinds of what it works on.
    kinds: Callable[..., Collection[str]] = anything


#: The named points at which a process is killed.
POINTS: dict[str, Point] = {
    "after the intent": Point(XeroOrganisation, "send", True, of_request),
    "after Xero's commit, before the answer": Point(XeroOrganisation, "send", False, of_request),
    "after the answer, before the base": Point(Booking, "_write", True, of_rows),
    "between elements": Point(Booking, "agree", False, of_item),
    "before the CRM is written": Point(MemoryHost, "save", True, of_writes),
    "between the CRM's create and the link": Point(MemoryHost, "save", False, of_writes),
    "before the outcomes": Point(SqlStore, "add_outcomes", True, of_outcomes),
    "before the token's rotation": Point(TokenKeeper, "_exchange", True),
    "during the token's rotation": Point(TokenKeeper, "_exchange", False),
}

#: More of them, for what makes calls one by one: a call is announced, and closed once answered.
OF_CALLS: dict[str, Point] = {
    "before it is announced": Point(SqlStore, "open_batch", True, of_batch),
    "once it is announced": Point(SqlStore, "open_batch", False, of_batch),
    "before it is closed": Point(SqlStore, "save_batch", True, of_batch),
    "once it is closed": Point(SqlStore, "save_batch", False, of_batch),
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
    #: What moves the sandbox's clock.
    control_token: str
    #: Name of the point, "" to live.
    point: str = ""
    #: Kill at a call for this kind only; "" at any.
    kind: str = ""
    #: Such calls that pass before the one that kills.
    passes: int = 0
    #: Whether the libraries log all they can; statements of the database are left out.
    debug: bool = False
    #: Seconds that an answer of Xero is waited for.
    patience: float = 60
    #: Whether the parameter gets lost by which Xero answers per element.
    summarised: bool = False


class ToldClock(MovingClock):
    """Instead of waiting, it moves the sandbox's clock and its own."""

    def __init__(self, now: datetime, xero_url: str, control_token: str) -> None:
        super().__init__(now)
        self._headers = {"Authorization": f"Bearer {control_token}"}
        self._url = f"{xero_url}/sandbox/advance"

    def sleep(self, seconds: float) -> None:
        """Move on on both sides."""
        with requests.Session() as session:
            session.trust_env = False
            session.headers.update(self._headers)
            session.post(self._url, json={"seconds": seconds}, timeout=60).raise_for_status()
        super().sleep(seconds)


def crm(home: Path, clock: MovingClock) -> MemoryHost:
    """The CRM's file in the home."""
    return MemoryHost(modules=standard_modules(), clock=clock, path=home / "crm.db")


def library(orders: Orders, host: MemoryHost, clock: MovingClock) -> XTiger:
    """The library on the home's own database."""
    settings = Settings(
        home=Path(orders.home),
        database_url=orders.database_url,
        xero_url=orders.xero_url,
        xero_client_id=orders.client_id,
        xero_client_secret=orders.client_secret,
        new_extensions_on=False,
    )
    return XTiger(host, settings=settings, clock=clock)


def write(orders: Orders, path: Path) -> Path:
    """Write orders where a child reads them."""
    path.write_text(json.dumps(asdict(orders)), encoding="utf-8")
    return path


def _deadly(orders: Orders) -> None:
    """Let the process die at the point, as if its power was cut."""
    point = (POINTS | OF_CALLS)[orders.point]
    real: Callable[..., Any] = getattr(point.owner, point.method)
    seen: list[int] = []

    def method(*given: Any, **named: Any) -> Any:
        if not orders.kind or orders.kind in point.kinds(*given, **named):
            seen.append(1)
        deadly = len(seen) > orders.passes
        if deadly and point.before:
            os.kill(os.getpid(), signal.SIGKILL)
        found = real(*given, **named)
        if deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    setattr(point.owner, point.method, method)


def _change_the_way(orders: Orders) -> None:
    """Wait shorter than people would, or lose a parameter on the way to Xero."""
    vars(transport)["READ_SECONDS"] = orders.patience
    if orders.summarised:
        vars(writer)["_with_parameters"] = lambda _request, _row: {}


def sync(orders: Orders) -> int:
    """Sync once; answers the exit code, and prints the trace of what stopped it."""
    if orders.debug:
        logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
        logging.getLogger("sqlalchemy").setLevel(logging.WARNING)
    _change_the_way(orders)
    clock = ToldClock(datetime.fromisoformat(orders.now), orders.xero_url, orders.control_token)
    if orders.point:
        _deadly(orders)
    with (
        closing(crm(Path(orders.home), clock)) as host,
        closing(library(orders, host, clock)) as xt,
    ):
        try:
            xt.sync.run()
        except XTigerError as error:
            traceback.print_exc()
            return error.exit_code
    return 0


def _forked(path: str) -> int:
    """Carry out the orders of a file in a process of its own; answers its exit code."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 99
    try:
        signal.alarm(LONGEST_SECONDS)
        orders = Orders(**json.loads(Path(path).read_text(encoding="utf-8")))
        with (Path(orders.home) / "output.txt").open("a", encoding="utf-8") as output:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            code = sync(orders)
    # Whatever it is, the process that forked must not go on twice.
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Fork a process for each line read, until there is none."""
    for line in sys.stdin:
        code = _forked(line.strip())
        print(code, flush=True)


if __name__ == "__main__":
    main()
