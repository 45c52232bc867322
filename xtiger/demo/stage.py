"""The stage of the demo: the sandbox, the CRM and the library, each as in real life."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from waitress.server import create_server

from xtiger.app import XTiger
from xtiger.demo import host as crm_host
from xtiger.demo.crm import create_app
from xtiger.demo.database import open_sessions
from xtiger.demo.seeding import load_seed
from xtiger.demo.sender import webhook_key
from xtiger.ports.clock import Clock
from xtiger.ports.system_clock import SystemClock
from xtiger.sandbox import Sandbox, serve
from xtiger.settings import (
    load_settings,
    private_file,
    private_folder,
    write_settings_file,
)

#: Where the CRM's pages are, for commands that work on the same home.
ADDRESS_FILE = "crm.url"
SANDBOX_FILE = "sandbox.db"


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs."""

    home: Path
    sandbox: Sandbox
    sandbox_url: str
    crm_url: str
    xt: XTiger
    sessions: Any


class CrmServer:
    """The CRM on a port of this machine, threaded."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.url = f"http://localhost:{self._socket.getsockname()[1]}"
        self._server: Any = None
        self._thread: threading.Thread | None = None

    def start(self, app: Any) -> None:
        """Serve the app until close()."""
        self._server = create_server(
            app,
            sockets=[self._socket],
            threads=8,
            ident="Aroha CRM",
            # Kept, so that the pages of XTiger can refuse what a proxy has passed on.
            clear_untrusted_proxy_headers=False,
        )
        self._thread = threading.Thread(target=self._server.run, name="crm", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        if self._server is not None:
            self._server.close()
            self._server.task_dispatcher.shutdown(cancel_pending=True, timeout=2)
        self._socket.close()
        if self._thread is not None:
            self._thread.join(timeout=3)


@contextmanager
def set_stage(
    home: Path,
    *,
    crm_port: int,
    sandbox_port: int,
    first_day: bool = False,
    locale: str = "en",
    clock: Clock | None = None,
) -> Iterator[Stage]:
    """Start sandbox and CRM on what is in the home; a new home is seeded first.

    On the first day nothing is set up: a person types the app's id and secret on the page Start.
    Library and sandbox go by `clock`, by default the machine's.
    """
    private_folder(home)
    clock = clock or SystemClock()
    sandbox = Sandbox(seed="demo", state=home / SANDBOX_FILE, clock=clock.now)
    crm = CrmServer(crm_port)
    try:
        with serve(sandbox, port=sandbox_port) as server:
            private_file(home / ADDRESS_FILE)
            (home / ADDRESS_FILE).write_text(crm.url, encoding="utf-8")
            chosen = {
                "XTIGER_XERO_URL": server.url,
                "XTIGER_HOST": "xtiger.demo.host:factory",
                "XTIGER_LOCALE": locale,
            }
            app = {} if first_day else _app_at_xero(sandbox, crm.url)
            write_settings_file(home, {**chosen, **app})
            with _library(home, crm, clock) as (xt, sessions):
                yield Stage(home, sandbox, server.url, crm.url, xt, sessions)
    finally:
        crm.close()
        sandbox.close()


def _app_at_xero(sandbox: Sandbox, crm_url: str) -> dict[str, str]:
    """What Xero gives who registers an app."""
    return {
        "XTIGER_XERO_CLIENT_ID": sandbox.client_id,
        "XTIGER_XERO_CLIENT_SECRET": sandbox.client_secret,
        "XTIGER_XERO_WEBHOOK_KEY": webhook_key(sandbox, crm_url),
    }


@contextmanager
def _library(home: Path, crm: CrmServer, clock: Clock) -> Iterator[tuple[XTiger, Any]]:
    sessions = open_sessions(home)
    load_seed.load(sessions)
    # Only the home counts: a variable of the shell must not lead the demo to a real Xero.
    settings = load_settings({}, home)
    host = crm_host.build(home, crm.url, sessions)
    xt = XTiger(host, settings=settings, clock=clock)
    try:
        crm.start(create_app(home, xt, sessions, host.join))
        yield xt, sessions
    finally:
        xt.close()
        sessions.kw["bind"].dispose()
