"""A server that answers what a test has written down, for answers that no good Xero gives."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import simplejson


@dataclass(frozen=True, slots=True)
class Got:
    """A request as it arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    #: Names in lower case.
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Say:
    """One answer to give."""

    body: bytes | Mapping[str, object] = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Close the connection instead of answering.
    hang_up: bool = False
    #: Promise this many bytes more than are sent.
    cut_off: int = 0
    #: Wait for this before anything is answered.
    hold: threading.Event | None = None
    #: Wait for it once the first bytes of the body are sent.
    drip: threading.Event | None = None


def _write(out: BufferedIOBase, data: bytes, drip: threading.Event | None) -> None:
    if drip is not None:
        out.write(data[:1])
        drip.wait(20)
        data = data[1:]
    out.write(data)


class Stub:
    """Answers each request with the next entry of `script`; the last one stays."""

    def __init__(self, *script: Say) -> None:
        self.script = list(script)
        self.got: list[Got] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://localhost:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def next(self, got: Got) -> Say:
        """Note a request and answer with what comes next."""
        with self._lock:
            self.got.append(got)
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            """Gives the stub's answers."""

            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                parts = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(length)
                query = dict(parse_qsl(parts.query, keep_blank_values=True))
                say = stub.next(Got(self.command, parts.path, query, headers, body))
                if say.hold is not None:
                    say.hold.wait(20)
                if say.hang_up:
                    self.close_connection = True
                    return
                raw = say.body if isinstance(say.body, bytes) else simplejson.dumps(say.body)
                data = raw if isinstance(raw, bytes) else raw.encode()
                self.send_response(say.status)
                given = {"Content-Type": "application/json; charset=utf-8"} | dict(say.headers)
                for name, value in given.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data) + say.cut_off))
                self.end_headers()
                _write(self.wfile, data, say.drip)
                if say.cut_off:
                    self.close_connection = True

            do_GET = do_PUT = do_POST = do_DELETE = _any  # noqa: N815 # http.server calls these names

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        return Handler
