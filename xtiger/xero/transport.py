"""HTTP as the door needs it: one request out, one answer back, and two ways of failing."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from urllib3.exceptions import NewConnectionError, ProxyError
from urllib3.exceptions import SSLError as TransportSSLError

import xtiger
from xtiger.errors import SettingInvalid, XeroUnreachable
from xtiger.model.secret import Secret

CONNECT_SECONDS = 10
#: Xero ends a request of its own accord after about this time.
READ_SECONDS = 60
#: One per request that Xero lets be in flight, and some for the identity server.
_POOL = 8
#: An answer that somebody waits for is read in pieces of this size.
_PIECE = 16_384
#: The shortest that a socket is listened to: none at all is no time that requests takes.
_MOMENT = 0.001
_LOCAL = ("localhost", "127.0.0.1", "::1")


def encoded(query: Mapping[str, str]) -> str:
    """The query as it stands in the address."""
    # Spaces as %20: Xero's filters do not take "+" for a space.
    return urlencode(query, quote_via=quote)


class AnswerLost(Exception):
    """A request was sent, or may have been, and its answer did not arrive whole."""


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer as it arrived; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    #: Not shown: the answer to a token request holds tokens, others hold records.
    body: bytes = field(repr=False)
    #: Bytes of the body on the wire where the server says so, else of the unpacked body.
    received_bytes: int = 0

    @property
    def content_type(self) -> str:
        """The media type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def correlation_id(self) -> str:
        """What Xero's support asks for."""
        return self.headers.get("xero-correlation-id", "")


class Bearer(AuthBase):
    """Puts the access token on a request.

    An auth object, since requests lets a .netrc overwrite a plain Authorization header.
    """

    def __init__(self, token: Secret) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Set the header."""
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request


class AppAuth(AuthBase):
    """Puts the app's id and secret on a request, as HTTP Basic."""

    def __init__(self, client_id: str, client_secret: Secret) -> None:
        self._client_id, self._client_secret = client_id, client_secret

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Set the header."""
        HTTPBasicAuth(self._client_id, self._client_secret.reveal())(request)  # sets its header
        return request


class NoAuth(AuthBase):
    """Sends no credentials, those of a .netrc neither."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Leave the request as it is."""
        return request


def _for_ever() -> float | None:
    """Nobody waits but a process of its own."""
    return None


class Http:
    """One pool of connections; safe to share by threads."""

    def __init__(self) -> None:
        self._session = requests.Session()
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=_POOL)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._session.headers["User-Agent"] = f"XTiger/{xtiger.__version__}"

    def send(
        self,
        method: str,
        url: str,
        *,
        auth: AuthBase,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        left: Callable[[], float | None] = _for_ever,
    ) -> RawAnswer:
        """Send one request and read the whole answer; redirects are not followed.

        `left` answers the seconds that somebody still waits, None for as long as usual. Once they
        are over the answer is lost, though Xero may have done what was asked. Raises
        XeroUnreachable when nothing was sent, AnswerLost when that is not sure.
        """
        require_safe(url)
        # A company's proxy cannot reach a sandbox on this machine.
        direct = {"no_proxy": ",".join(_LOCAL)} if urlsplit(url).hostname in _LOCAL else None
        address = f"{url}?{encoded(query)}" if query else url
        try:
            found = self._session.request(
                method,
                address,
                data=body,
                headers=dict(headers),
                auth=auth,
                timeout=_timeouts(left()),
                allow_redirects=False,
                proxies=direct,
                stream=True,
            )
            content = _whole(found, left)
        except requests.RequestException as error:
            # Not chained: the text of these errors holds the address with its filters.
            if _nothing_sent(error):
                raise XeroUnreachable(origin(url)) from None
            raise AnswerLost(type(error).__name__) from None
        return _raw_answer(found, content)

    def close(self) -> None:
        """Close all connections."""
        self._session.close()


def _timeouts(left: float | None) -> tuple[float, float]:
    """(connect, read) seconds for a request that is waited for so long."""
    if left is None:
        return CONNECT_SECONDS, READ_SECONDS
    left = max(left, _MOMENT)
    return min(CONNECT_SECONDS, left), min(READ_SECONDS, left)


def _raw_answer(found: requests.Response, content: bytes) -> RawAnswer:
    length = found.headers.get("Content-Length", "")
    return RawAnswer(
        status=found.status_code,
        headers={name.lower(): value for name, value in found.headers.items()},
        body=content,
        received_bytes=int(length) if length.isdigit() else len(content),
    )


def _whole(found: requests.Response, left: Callable[[], float | None]) -> bytes:
    """The body; a server that drips it keeps nobody longer than they wait."""
    pieces = []
    with found:
        for piece in found.iter_content(_PIECE):
            pieces.append(piece)
            seconds = left()
            if seconds is not None and seconds <= 0:
                raise requests.ReadTimeout
    return b"".join(pieces)


def require_safe(url: str) -> None:
    """Raise SettingInvalid when secrets would cross a network without encryption."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _LOCAL:
        raise SettingInvalid(
            "XTIGER_XERO_URL",
            "would send tokens over a network without encryption",
            "Use an https address, or http://localhost for a sandbox on this machine.",
        )


def origin(url: str) -> str:
    """The address of a server without path and query, as sentences name it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _nothing_sent(error: requests.RequestException) -> bool:
    """Whether the failure came before the first byte of the request."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.InvalidURL):
        return True
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(reason, NewConnectionError | ProxyError):
        return True
    # A refused certificate ends the handshake; other TLS errors may come later.
    return isinstance(reason, TransportSSLError) and any(
        isinstance(cause, ssl.SSLCertVerificationError) for cause in reason.args
    )
