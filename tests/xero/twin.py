"""Xero's twin where the network begins: it answers a request itself, or lets it go out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import simplejson
from requests.auth import AuthBase

from xtiger.xero.transport import Http, RawAnswer

#: Records on a page of a list.
PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it would go out."""

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes | None

    @property
    def plural(self) -> str:
        """The last part of the address, such as Invoices."""
        return self.url.rpartition("/")[2]

    @property
    def since(self) -> bool:
        """Whether only what was edited since a moment is asked for."""
        return "If-Modified-Since" in self.headers


class XeroTwin(Http):
    """The way out to Xero; subclasses answer, or do something before and after."""

    def answer(self, asked: Asked) -> RawAnswer | None:
        """What the twin answers; None lets the request go out."""
        return None

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
        """The twin's answer, or the real one."""
        answer = self.answer(Asked(method, url, headers, query or {}, body))
        if answer is None:
            answer = super().send(
                method, url, auth=auth, headers=headers, query=query, body=body, **more
            )
        self.after()
        return answer


class ListedXero(XeroTwin):
    """The way to the sandbox, but for lists, whose elements were made beforehand."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now
        #: Plural → elements, as JSON; those of a whole read, and those of a read since a moment.
        self.whole: dict[str, list[bytes]] = {}
        self.changed: dict[str, list[bytes]] = {}

    def answer(self, asked: Asked) -> RawAnswer | None:
        """A page of a list; all else is the sandbox's to answer."""
        found = self.elements(asked) if asked.method == "GET" else None
        if found is None:
            return None
        data = page(asked.plural, found, int(asked.query.get("page", 1)), self._now())
        return RawAnswer(200, {"content-type": "application/json"}, data)

    def elements(self, asked: Asked) -> list[bytes] | None:
        """All elements that a request is about; None where it asks for no page of a list."""
        lists = self.changed if asked.since else self.whole
        return lists.get(asked.plural) if "page" in asked.query else None


def page(plural: str, elements: list[bytes], number: int, now: datetime) -> bytes:
    """One page of a list as Xero answers it."""
    chosen = elements[(number - 1) * PAGE : number * PAGE]
    paging = {
        "page": number,
        "pageSize": PAGE,
        "pageCount": -(-len(elements) // PAGE),
        "itemCount": len(elements),
    }
    told = f'"DateTimeUTC":"/Date({int(now.timestamp() * 1000)})/","pagination":'.encode()
    body = b",".join(chosen)
    return (
        b"{" + told + simplejson.dumps(paging).encode() + f',"{plural}":['.encode() + body + b"]}"
    )


def number_id(number: int) -> str:
    """An id of Xero's form for the nth copy."""
    return str(UUID(int=number + 1, version=4))
