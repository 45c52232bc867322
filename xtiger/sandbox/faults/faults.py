"""Faults on request: what goes wrong on a bad day, made to happen at a chosen call."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, get_args

from xtiger.sandbox.accounting.envelope import Answer, problem
from xtiger.sandbox.faults.limits import too_many

FaultKind = Literal[
    "lost_answer",
    "reset",
    "timeout",
    "status",
    "html",
    "truncated",
    "token_expired",
    "disconnected",
    "slow",
    "unknown_values",
    "invented_ids",
    "refused_element",
]
_PROBLEMS = ("minute", "day", "concurrent", "appminute")
#: Values that Xero adds to over time, in answers that a client must survive.
_GROWING = (
    "Class",
    "SystemAccount",
    "TaxNumberType",
    "ReportTaxType",
    "OrganisationType",
    "BankAccountType",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong the next `count` times a matching request arrives."""

    #: See docs/sandbox.md for what each one does.
    kind: FaultKind
    #: Beginning of the path, such as "/api.xro/2.0/Invoices"; "" matches all.
    path: str = ""
    #: "PUT"; "" matches all.
    method: str = ""
    #: How often it happens; 0: without end.
    count: int = 1
    #: How many matching requests go through unharmed first.
    after: int = 0
    #: Chance of each matching request, 0 to 1; the same seed draws the same ones.
    probability: float = 1.0
    seed: int = 0
    #: For status: 429, 500 or 503; for lost_answer: 0 closes the connection, 500 answers that.
    status: int = 0
    #: For 429: minute, day, concurrent or appminute, and the seconds of Retry-After.
    problem: str = "minute"
    retry_after_seconds: int | None = 60
    #: For slow: real seconds to wait before the request is carried out; for timeout: before the
    #: connection ends, where there is one.
    seconds: float = 0
    #: For reset, timeout and html: whether the request is carried out all the same.
    committed: bool = False
    #: For unknown_values: the properties that get a value nobody knows.
    names: tuple[str, ...] = _GROWING
    #: For refused_element: which element of the body, counted from 0.
    element: int = 0
    #: Numbers the fault, for lists.
    number: int = field(default=0, compare=False)
    #: How many matching requests drew lots so far.
    drawn: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in get_args(FaultKind):
            known = ", ".join(get_args(FaultKind))
            raise ValueError(f"Unknown fault {self.kind!r}; use one of: {known}.")
        if self.kind == "status" and not 400 <= self.status <= 599:
            raise ValueError("A status fault needs status=429, 500, 503 or another error.")
        if self.problem not in _PROBLEMS:
            raise ValueError(f"problem must be one of: {', '.join(_PROBLEMS)}.")
        if not 0 <= self.probability <= 1:
            raise ValueError("probability must be between 0 and 1.")

    @property
    def in_front(self) -> bool:
        """Whether the request never arrives inside."""
        return self.kind in ("reset", "timeout", "html") and not self.committed

    def answer(self) -> Answer:
        """Return the answer that a status fault gives instead of the real one."""
        if self.status == 429:
            wait = None if self.problem == "concurrent" else self.retry_after_seconds
            return too_many(self.problem, wait).answer
        if self.status == 503:
            headers = {"Content-Type": "text/html; charset=utf-8"}
            return Answer(503, b"The service is unavailable.", headers)
        return problem(self.status, "An error occurred", "An error occurred in Xero.")


def read_fault(text: str) -> Fault:
    """Return the fault of a line such as "slow seconds=2 path=/api.xro count=3".

    Raises ValueError for an unknown kind or option, or a value that does not fit.
    """
    kind, *rest = text.split() or [""]
    known = {row.name: row for row in fields(Fault)}
    options: dict[str, Any] = {}
    for part in rest:
        name, _, value = part.partition("=")
        if name not in known or name in ("kind", "number", "drawn"):
            raise ValueError(f"Unknown option {name!r} of a fault.")
        options[name] = _READERS.get(str(known[name].type), str)(value)
    return Fault(kind, **options)  # type: ignore[arg-type]  # the class checks the kind


_READERS: Mapping[str, Any] = {
    "int": int,
    "float": float,
    "int | None": int,
    "bool": lambda text: text.lower() == "true",
    "tuple[str, ...]": lambda text: tuple(text.split(",")),
}


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
            fault = replace(fault, number=self._made, names=tuple(fault.names))
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
                if not _drawn(fault):
                    self._waiting[n] = replace(fault, drawn=fault.drawn + 1)
                    continue
                if fault.count == 1:
                    del self._waiting[n]
                else:
                    left = fault.count and fault.count - 1
                    self._waiting[n] = replace(fault, count=left, drawn=fault.drawn + 1)
                return fault
        return None


def _drawn(fault: Fault) -> bool:
    """Draw a lot that depends on the seed and the number of draws only."""
    if fault.probability >= 1:
        return True
    source = random.Random(f"{fault.seed} {fault.number} {fault.drawn}")  # noqa: S311 - repeats
    return source.random() < fault.probability
