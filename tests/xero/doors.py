"""The real way out to Xero, with something happening before a request or after its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from requests.auth import AuthBase

from xtiger.xero.transport import Http, RawAnswer, encoded


class WatchedHttp(Http):
    """Calls `before` and `after` around each request that really goes out."""

    def before(self) -> None:
        """Nothing is sent yet."""

    def after(self) -> None:
        """The answer is here, and nobody has looked at it."""

    def send(
        self,
        method: str,
        url: str,
        *,
        auth: AuthBase,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        **more: Any,
    ) -> RawAnswer:
        """As the real one."""
        self.before()
        answer = super().send(
            method, url, auth=auth, headers=headers, query=query, body=body, **more
        )
        self.after()
        return answer


class ShortQueries(Http):
    """The way to the sandbox with Xero's own limit: a query above 2,048 characters is a 404."""

    def __init__(self) -> None:
        super().__init__()
        self.lengths: list[int] = []

    def send(
        self,
        method: str,
        url: str,
        *,
        auth: AuthBase,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        **more: Any,
    ) -> RawAnswer:
        """As Xero would."""
        self.lengths.append(len(encoded(query or {})))
        if self.lengths[-1] > 2_048:
            return RawAnswer(404, {"content-type": "text/html"}, b"<p>not found</p>")
        return super().send(method, url, auth=auth, headers=headers, query=query, body=body, **more)
