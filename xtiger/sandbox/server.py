"""The sandbox on a port: a threaded waitress server."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Self

from waitress.server import create_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


#: Addresses that this machine answers to; the last one stands for all of its addresses.
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1", "0.0.0.0")  # noqa: S104 - compared, not bound


class Server:
    """A running server; `close()` or leaving the `with` ends it."""

    def __init__(self, app: WSGIApplication, host: str, port: int) -> None:
        self._map: dict[int, Any] = {}
        self._server = create_server(
            app,
            map=self._map,
            host=host,
            port=port,
            threads=8,
            # Xero documents 10 MB per request.
            max_request_body_size=10 * 1024 * 1024,
            clear_untrusted_proxy_headers=True,
            ident="XTiger sandbox",
        )
        #: The port that is listened on, also when 0 was asked for.
        # One address was asked for, so this is no MultiSocketServer.
        self.port = int(self._server.effective_port)  # type: ignore[union-attr]
        # An app registers http://localhost: Xero refuses the same address in numbers.
        shown = host if host not in _THIS_MACHINE else "localhost"
        #: "http://localhost:PORT"
        self.url = f"http://{shown}:{self.port}"
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._server.run()
        except OSError:  # the listening socket was closed under the loop: close() was called
            return

    def close(self) -> None:
        """Stop listening and end the threads; calling it again does nothing."""
        self._server.close()
        self._server.task_dispatcher.shutdown(cancel_pending=True, timeout=2)
        self._thread.join(timeout=2)

    def wait(self) -> None:
        """Block until the server ends."""
        while self._thread.is_alive():
            self._thread.join(timeout=0.5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
