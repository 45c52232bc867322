"""Waiting for a person's permission: a listener on this machine that Xero's answer comes to."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from xtiger.errors import ConsentRefused, SettingInvalid, log_line
from xtiger.i18n.process_log import process_log

CALLBACK_PATH = "/modules/XTiger/callback"

#: How often the listener looks whether it shall end.
_POLL_SECONDS = 0.05

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>XTiger</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem}}
</style></head><body><h1>{title}</h1><p>{text}</p></body></html>"""


class ConsentListener:
    """Answers on http://localhost until Xero's answer has come; use it in a `with` block.

    Only this machine reaches it. Xero takes http://localhost as a redirect address for
    testing, and never http://127.0.0.1.
    """

    def __init__(self, port: int = 0, path: str = CALLBACK_PATH) -> None:
        """Begin to listen; port 0 takes a free one. Raises SettingInvalid for a used port."""
        self._path = path
        self._consent_url = ""
        self._returned = ""
        self._came = threading.Event()
        try:
            self._server = _Server(("127.0.0.1", port), self._handler())
        except OSError:
            raise SettingInvalid(
                f"Port {port}",
                "is used by another program on this machine",
                "End that program, or choose another port: xtiger connect --port",
            ) from None
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        """The short address that leads to the consent page."""
        return f"http://localhost:{self._server.server_port}/"

    @property
    def redirect_uri(self) -> str:
        """Where Xero shall send the browser."""
        return f"http://localhost:{self._server.server_port}{self._path}"

    def lead_to(self, consent_url: str) -> None:
        """Send a browser that opens `address` on to Xero's consent page."""
        self._consent_url = consent_url

    def wait(self, timeout_seconds: float = 300) -> str:
        """The address that Xero sent the browser to; raises ConsentRefused when none came."""
        if not self._came.wait(timeout_seconds):
            minutes = max(1, round(timeout_seconds / 60))
            raise ConsentRefused(f"no answer came within {minutes} min")
        return self._returned

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> ConsentListener:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _answer(self, path: str) -> tuple[int, str, str]:
        """(status, place to go on to, page) for one request."""
        parts = urlsplit(path)
        if parts.path == "/" and self._consent_url:
            return 302, self._consent_url, ""
        if parts.path != self._path or not parts.query:
            return 404, "", _PAGE.format(title="Nothing here", text="Go back to the terminal.")
        if not self._came.is_set():
            self._returned = f"{self.address.rstrip('/')}{path}"
            self._came.set()
        text = "You may close this window and go on in the terminal."
        return 200, "", _PAGE.format(title="Xero has answered", text=text)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self._answer

        class Handler(BaseHTTPRequestHandler):
            """One request of the browser."""

            def do_GET(self) -> None:
                status, place, page = answer(self.path)
                body = page.encode()
                self.send_response(status)
                if place:
                    self.send_header("Location", place)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.send_header("Referrer-Policy", "no-referrer")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Write nothing: the address holds the code that Xero gave."""

        return Handler


class _Server(ThreadingHTTPServer):
    """Tells what goes wrong with a request in one line, without the address: it holds a code."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say where to go on; a browser that hung up is no trouble."""
        error = sys.exception()
        if isinstance(error, ConnectionError) or error is None:
            return
        process_log("xtiger").error(
            "The browser got no answer. Start again: xtiger connect. %s", log_line(error)
        )


def wait_for_answer(
    port: int = 0, path: str = CALLBACK_PATH, timeout_seconds: float = 300
) -> tuple[str, Callable[[], str]]:
    """(redirect address, call that waits for Xero's answer and returns its address, once).

    The call raises ConsentRefused when no answer comes in time.
    """
    listener = ConsentListener(port, path)

    def wait() -> str:
        with listener:
            return listener.wait(timeout_seconds)

    return listener.redirect_uri, wait
