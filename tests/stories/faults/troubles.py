"""What goes wrong, where it strikes, and the words by which the log tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xtiger.sandbox import Sandbox
from xtiger.sandbox.faults.faults import FaultKind

API = "/api.xro/2.0"
#: Method and path of what a run writes.
WRITES = (
    ("PUT", f"{API}/Invoices"),
    ("PUT", f"{API}/Payments"),
    ("PUT", f"{API}/Contacts"),
    ("PUT", f"{API}/Items"),
)
READS = (("GET", f"{API}/Invoices"), ("GET", f"{API}/Payments"))
RENEWAL = (("POST", "/connect/token"),)
#: Codes in the log: a write whose answer is not known, a read without answer.
UNHEARD = ("answer_unknown", "xero_unreachable")
DOWN = ("answer_unknown", "xero_unavailable")


@dataclass(frozen=True)
class Trouble:
    """One kind of bad day."""

    kind: FaultKind
    #: Any of these words is in the log, or in the code of a run's error or a record's cause.
    told: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    places: tuple[tuple[str, str], ...] = (*WRITES, *READS)
    #: Status in the call log; 0: none is expected there, None: a call without answer.
    status: int | None = 0
    #: How long the process waits for an answer, in seconds.
    patience: float = 60
    #: Whether Xero summarises errors, as it does when the parameter against it is lost.
    summarised: bool = False
    #: Whether somebody makes an item in Xero between our read and our create of the same code.
    taken: bool = False

    def arm(self, sandbox: Sandbox, number: int) -> None:
        """Let it strike once, each time at another place."""
        method, path = self.places[number % len(self.places)]
        sandbox.fault(self.kind, **{"method": method, "path": path, **self.options})


def limit(problem: str, seconds: int) -> Trouble:
    """A 429."""
    options = {"status": 429, "problem": problem, "retry_after_seconds": seconds}
    return Trouble("status", ("rate_limited",), options, status=429)


TROUBLES: dict[str, Trouble] = {
    "the answer is lost after the commit": Trouble(
        "lost_answer", UNHEARD, places=WRITES, status=None
    ),
    "500 after the commit": Trouble(
        "lost_answer", DOWN, {"status": 500}, places=WRITES, status=500
    ),
    "the connection is reset": Trouble("reset", UNHEARD, status=None),
    "the connection is reset after the commit": Trouble(
        "reset", UNHEARD, {"committed": True}, status=None
    ),
    "silence": Trouble("timeout", UNHEARD, status=None),
    "silence after the commit": Trouble("timeout", UNHEARD, {"committed": True}, status=None),
    "the limit of a minute": limit("minute", 60),
    "the limit of a day": limit("day", 3_600),
    "the limit of calls at once": limit("concurrent", 0),
    "the limit of the app": limit("appminute", 60),
    "500": Trouble("status", DOWN, {"status": 500}, status=500),
    "503": Trouble("status", DOWN, {"status": 503}, status=503),
    "slow": Trouble("slow", (), {"seconds": 0.2}),
    "carried out after the caller gave up": Trouble(
        "slow", UNHEARD, {"seconds": 1.0}, places=WRITES, status=None, patience=0.5
    ),
    "the answer is cut off": Trouble("truncated", UNHEARD, status=None),
    "a web page": Trouble("html", ("answer_unknown", "unreadable_answer"), status=200),
    "a web page after the commit": Trouble(
        "html", ("answer_unknown", "unreadable_answer"), {"committed": True}, status=200
    ),
    "the token ends in the middle": Trouble(
        "token_expired", ("Xero refused the access token",), status=401
    ),
    "the answer with new tokens is lost": Trouble(
        "lost_answer", ("xero_unreachable",), places=RENEWAL
    ),
    "the organisation is disconnected": Trouble("disconnected", ("connection_ended",), status=403),
    "values that nobody knows": Trouble(
        "unknown_values", (), {"method": "", "path": API, "count": 20}
    ),
    "ids of what was not made": Trouble(
        "invented_ids", ("code_taken", "xero_refused"), places=WRITES[3:], taken=True
    ),
    "one element refused": Trouble(
        "refused_element", ("xero_refused",), {"element": 1}, places=WRITES[:2]
    ),
    "one element refused, the saved ones not told": Trouble(
        "refused_element",
        ("answer_unknown", "xero_refused"),
        {"element": 1},
        places=WRITES[:2],
        status=400,
        summarised=True,
    ),
}
