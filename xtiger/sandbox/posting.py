"""A POST to a receiver of webhooks, which has five seconds to answer."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Reply:
    """What a receiver answered; status 0: nothing, or too late."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
    """Send a body and wait for the answer; whatever fails on the way is no answer."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=_SECONDS)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", path, body, dict(headers))
        answer = connection.getresponse()
        return Reply(answer.status, answer.read(), dict(answer.getheaders()))
    except (OSError, http.client.HTTPException):
        return Reply(0)
    finally:
        connection.close()
