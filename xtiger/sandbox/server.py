"""The sandbox on a port: a threaded waitress server."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from waitress import wasyncore
from waitress.server import create_server

from xtiger.errors import log_line

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


#: Addresses that this machine answers to; the last one stands for all of its addresses.
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1", "0.0.0.0")  # noqa: S104 - compared, not bound


class Server:
    """A running server; `close()` or leaving the `with` ends it."""

    def __init__(self, app: WSGIApplication, host: str, port: int) -> None:
        self._map: dict[int, Any] = {}
        self._ended = threading.Event()
        # Bound here: waitress would leave its own socket open when the port is taken.
        listening = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
        #: The port that is listened on, also when 0 was asked for.
        self.port: int = listening.getsockname()[1]
        self._server = create_server(
            app,
            map=self._map,
            sockets=[listening],
            threads=8,
            # Xero documents 10 MB per request.
            max_request_body_size=10 * 1024 * 1024,
            # Kept, so that an application can refuse what a proxy has passed on.
            clear_untrusted_proxy_headers=False,
            ident="XTiger sandbox",
        )
        # An app registers http://localhost: Xero refuses the same address in numbers.
        shown = host if host not in _THIS_MACHINE else "localhost"
        #: "http://localhost:PORT"
        self.url = f"http://{shown}:{self.port}"
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                wasyncore.loop(timeout=1, use_poll=True, map=self._map, count=1)
        # The loop of this thread: unheard, it would end without a word.
        except Exception as error:  # noqa: BLE001
            logging.getLogger("xtiger.sandbox").error(
                "The sandbox stopped. Start it again: xtiger sandbox. %s", log_line(error)
            )
        self._server.task_dispatcher.shutdown(cancel_pending=True, timeout=2)
        # Here and not in close(): the sockets belong to this thread.
        wasyncore.close_all(self._map)

    def close(self) -> None:
        """Stop listening, hang up and end the threads; calling it again does nothing."""
        if not self._ended.is_set():
            self._ended.set()
            # The thread may have seen the end already and closed what would wake it.
            with suppress(OSError):
                self._server.pull_trigger()  # type: ignore[union-attr]  # one socket: one server
        self._thread.join(timeout=5)

    def wait(self) -> None:
        """Block until the server ends."""
        while self._thread.is_alive():
            self._thread.join(timeout=0.5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
