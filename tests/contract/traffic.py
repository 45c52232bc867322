"""What the library and its sandboxes say in a whole run of the tests, judged by Xero's document.

Requests are seen where the library sends them in this process, whoever answers, and where a sandbox
of this process receives those of other processes; answers where a sandbox gives them. What differs
in ids and moments only is judged once.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.contract.openapi import Contract, contract
from tests.contract.recorder import API, judge_answer
from xtiger.sandbox import Request, Response, Sandbox
from xtiger.xero.transport import Http, RawAnswer

#: Tells a sandbox that a request was judged where it was sent.
_SENT_HERE = "X-Test-Process"
_ID = b"00000000-0000-0000-0000-000000000000"
#: In each of these only the form is judged: one stands for all.
_FORMS = (
    (re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), _ID),
    (re.compile(rb"/Date\(-?\d+"), b"/Date(0"),
    (re.compile(rb'("DateTimeUTC": ?")[^"]+'), rb"\1"),
)


@dataclass
class Traffic:
    """What was said so far; safe to share by threads."""

    #: Requests that the library made, in any process.
    requests: int = 0
    #: Answers that sandboxes gave, to whomever.
    answers: int = 0
    #: Operations that the library used, as "get /Contacts/{ContactID}".
    operations: set[str] = field(default_factory=set)
    #: Violations that nobody has taken yet, each as "METHOD path: what".
    violations: list[str] = field(default_factory=list)
    #: What was judged, so that it is judged once.
    _judged: set[tuple[object, ...]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> list[str]:
        """The violations since the last time."""
        with self._lock:
            found, self.violations = self.violations, []
        return found

    def sent(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> None:
        """Judge a request that the library makes."""
        checks = contract()
        if checks is None or not path.startswith(API):
            return
        rest = {k.lower(): v for k, v in headers.items() if k.lower() != "idempotency-key"}
        known = ("sent", method, path, *sorted(query.items()), *sorted(rest.items()), _form(body))
        with self._lock:
            self.requests += 1
            self.operations.add(checks.operation(method, path))
            if known in self._judged:
                return
            self.violations += checks.check_request(method, path, query, headers, body)
            self._judged.add(known)

    def __call__(self, request: Request, response: Response) -> None:
        """Judge a call that a sandbox has answered."""
        checks = contract()
        if checks is None or not request.path.startswith(API):
            return
        headers = {name.lower(): value for name, value in request.headers.items()}
        library = headers.get("user-agent", "").startswith("XTiger/")
        if library and _SENT_HERE.lower() not in headers:
            self.sent(request.method, request.path, request.query, headers, request.body)
        self._answered(checks, request, response)

    def _answered(self, checks: Contract, request: Request, response: Response) -> None:
        kind = response.headers.get("content-type", "")
        operation = checks.operation(request.method, request.path)
        known = (operation, response.status, kind, _form(response.body))
        with self._lock:
            self.answers += 1
            if known not in self._judged:
                self.violations += judge_answer(checks, request.method, request.path, response)
                self._judged.add(known)

    def told(self) -> dict[str, Any]:
        """The sums as plain data: one process of the tests tells them to another."""
        checks = contract()
        return {
            "requests": self.requests,
            "answers": self.answers,
            "operations": sorted(self.operations),
            "of": 0 if checks is None else checks.count,
        }


def _form(body: bytes) -> int:
    for pattern, form in _FORMS:
        body = pattern.sub(form, body)
    return hash(body)


@contextmanager
def watched(traffic: Traffic) -> Iterator[None]:
    """Let it see each request of the library, and each answer of a sandbox, in this process."""
    send, make = Http.send, Sandbox.__init__

    def sending(self: Http, method: str, url: str, **given: Any) -> RawAnswer:
        query, body = given.get("query") or {}, given.get("body") or b""
        traffic.sent(method, urlsplit(url).path, query, given["headers"], body)
        given["headers"] = {**given["headers"], _SENT_HERE: "judged"}
        return send(self, method, url, **given)

    def making(self: Sandbox, **given: Any) -> None:
        make(self, **given)
        self.observers.append(traffic)

    Http.send = sending  # type: ignore[method-assign]
    Sandbox.__init__ = making  # type: ignore[method-assign]
    try:
        yield
    finally:
        Http.send = send  # type: ignore[method-assign]
        Sandbox.__init__ = make  # type: ignore[method-assign]


def summed(told: list[dict[str, Any]]) -> str:
    """One line about a run, from what each of its processes told."""
    requests, answers = (sum(one[name] for one in told) for name in ("requests", "answers"))
    operations = {name for one in told for name in one["operations"]}
    of = max((one["of"] for one in told), default=0)
    return (
        f"contract: {requests} requests of the library, {len(operations)} distinct operations of"
        f" {of}, {answers} answers"
    )
