"""Faults on request: what goes wrong on a bad day, made to happen at a chosen call."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from xtiger.sandbox.envelope import Answer, problem
from xtiger.sandbox.limits import too_many

FaultKind = Literal["lost_answer", "status", "token_expired", "slow"]
_PROBLEMS = ("minute", "day", "concurrent", "appminute")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong the next `count` times a matching request arrives."""

    #: lost_answer: carried out and committed, but the caller never hears of it;
    #: status: answered with `status`, nothing done; token_expired: 401; slow: answered late.
    kind: FaultKind
    #: Beginning of the path, such as "/api.xro/2.0/Invoices"; "" matches all.
    path: str = ""
    #: "PUT"; "" matches all.
    method: str = ""
    count: int = 1
    #: How many matching requests go through unharmed first.
    after: int = 0
    #: For status: 429, 500 or 503; for lost_answer: 0 closes the connection, 500 answers that.
    status: int = 0
    #: For 429: minute, day, concurrent or appminute, and the seconds of Retry-After.
    problem: str = "minute"
    retry_after_seconds: int | None = 60
    #: For slow: real seconds to wait before the request is carried out.
    seconds: float = 0
    #: Numbers the fault, for lists.
    number: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in get_args(FaultKind):
            known = ", ".join(get_args(FaultKind))
            raise ValueError(f"Unknown fault {self.kind!r}; use one of: {known}.")
        if self.kind == "status" and not 400 <= self.status <= 599:
            raise ValueError("A status fault needs status=429, 500, 503 or another error.")
        if self.problem not in _PROBLEMS:
            raise ValueError(f"problem must be one of: {', '.join(_PROBLEMS)}.")

    def answer(self) -> Answer:
        """Return the answer that a status fault gives instead of the real one."""
        if self.status == 429:
            wait = None if self.problem == "concurrent" else self.retry_after_seconds
            return too_many(self.problem, wait).answer
        if self.status == 503:
            headers = {"Content-Type": "text/html; charset=utf-8"}
            return Answer(503, b"The service is unavailable.", headers)
        return problem(self.status, "An error occurred", "An error occurred in Xero.")


class Faults:
    """The faults that still wait for their request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self._made = 0

    def add(self, fault: Fault) -> Fault:
        """Let a fault wait for its request."""
        with self._lock:
            self._made += 1
            fault = replace(fault, number=self._made)
            self._waiting.append(fault)
            return fault

    def waiting(self) -> list[Fault]:
        """Return the faults that have not happened as often as asked."""
        with self._lock:
            return list(self._waiting)

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._waiting.clear()

    def restore(self, waiting: list[Fault]) -> None:
        """Let these faults wait, as `waiting` gave them."""
        with self._lock:
            self._waiting = list(waiting)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the first fault that matches a request and count it down."""
        with self._lock:
            for n, fault in enumerate(self._waiting):
                if not path.startswith(fault.path) or fault.method not in ("", method):
                    continue
                if fault.after:
                    self._waiting[n] = replace(fault, after=fault.after - 1)
                    continue
                if fault.count > 1:
                    self._waiting[n] = replace(fault, count=fault.count - 1)
                else:
                    del self._waiting[n]
                return fault
        return None
