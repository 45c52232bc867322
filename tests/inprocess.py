"""Calls a WSGI application as if it were a server: no socket, no thread, a tenth of the time.

    with routed(create_app(sandbox)) as url:
        xt = XTiger(host, settings=replace(settings, xero_url=url))

All sessions of requests in the process are led there, those made later too.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: Nobody listens there; a request that is not led away fails at once.
URL = "http://localhost:9"


class WsgiAdapter(BaseAdapter):
    """Gives requests' requests to a WSGI application; safe to share by threads if it is."""

    def __init__(self, app: WSGIApplication) -> None:
        super().__init__()
        self.app = app
        #: How many requests went through.
        self.count = 0

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Answer a request; raises what requests raises when a server hangs up or is silent."""
        self.count += 1
        ended: list[str] = []
        environ = _environ(request) | {"sandbox.hang_up": ended.append}
        head: list[Any] = []

        def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
            head[:] = [status, headers]

        chunks = self.app(environ, start_response)
        try:
            body = b"".join(chunks)
        finally:
            if (close := getattr(chunks, "close", None)) is not None:
                close()
        if ended:
            raise _failure(ended[0], request)
        return _answer(request, self, head[0], head[1], body)

    def close(self) -> None:
        """Nothing is held open."""


@contextmanager
def routed(app: WSGIApplication, url: str = URL) -> Iterator[str]:
    """Lead every request of this process that goes to `url` into the application; give `url`."""
    adapter = WsgiAdapter(app)
    own = requests.Session.get_adapter

    def get_adapter(self: requests.Session, url: str) -> BaseAdapter:
        return adapter if url.startswith((f"{base}/", f"{base}?")) else own(self, url)

    base = url.rstrip("/")
    requests.Session.get_adapter = get_adapter  # type: ignore[method-assign]
    try:
        yield base
    finally:
        requests.Session.get_adapter = own  # type: ignore[method-assign]


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    parts = urlsplit(request.url or "")
    body = request.body or b""
    data = body.encode() if isinstance(body, str) else body
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        # WSGI wants bytes of the path dressed as text.
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname,
        "SERVER_PORT": str(parts.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(data)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(data),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    headers: Mapping[str, Any] = {"Host": parts.netloc} | dict(request.headers)
    for name, value in headers.items():
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = text
    return environ


def _failure(how: str, request: requests.PreparedRequest) -> requests.RequestException:
    if how == "timeout":
        return requests.ReadTimeout("the application did not answer", request=request)
    return requests.ConnectionError("the application hung up", request=request)


class _Head:
    """What requests needs of http.client's response: the headers, doubles kept apart."""

    def __init__(self, headers: Any) -> None:
        self.msg = Message()
        for name, value in headers:
            self.msg[name] = value

    def isclosed(self) -> bool:
        """All was read."""
        return True

    def close(self) -> None:
        """Nothing is held open."""


def _answer(
    request: requests.PreparedRequest, adapter: WsgiAdapter, status: str, headers: Any, body: bytes
) -> requests.Response:
    code, _, reason = status.partition(" ")
    answer = requests.Response()
    answer.status_code, answer.reason = int(code), reason
    answer.headers = CaseInsensitiveDict(headers)
    # As a server writes it where the application did not.
    answer.headers.setdefault("Date", formatdate(usegmt=True))
    answer.encoding = requests.utils.get_encoding_from_headers(answer.headers)
    answer.url = request.url or ""
    answer.request = request
    answer.connection = adapter  # type: ignore[assignment]  # requests writes its own there
    length = answer.headers.get("Content-Length")
    if length is not None and int(length) > len(body) and request.method != "HEAD":
        raise requests.exceptions.ChunkedEncodingError("the body ended early", request=request)
    answer.raw = HTTPResponse(
        io.BytesIO(body), headers=headers, status=int(code), preload_content=False
    )
    if request.method == "HEAD" or not body:
        answer._content = b""  # read already, as requests does for stream=False
    else:
        answer._content = answer.raw.read(decode_content=True)
    # Cookies are read from what http.client would have given.
    answer.raw._original_response = _Head(headers)  # type: ignore[assignment]  # stands in for it
    answer._content_consumed = True  # type: ignore[attr-defined]
    return answer
