"""What went over the wire: requests, answers and the list of calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived; given to observers."""

    method: str
    path: str
    #: Query parameters, the last one wins.
    query: Mapping[str, str]
    #: Without Authorization.
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it left; given to observers."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Observer = Callable[[Request, Response], None]


@dataclass(frozen=True, slots=True)
class Call:
    """One call in the sandbox's list; bodies are not kept."""

    #: The sandbox's time, aware UTC.
    at: dt.datetime
    method: str
    path: str
    query: Mapping[str, str]
    #: Request headers without Authorization.
    headers: Mapping[str, str]
    #: The organisation named in xero-tenant-id; None on identity calls.
    tenant_id: str | None
    status: int
    request_bytes: int
    answer_bytes: int
    #: Name of the fault that happened, or "".
    fault: str = ""
