"""What a mail reports, as data: what was done, what waits, what it cost, and agreement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from xtiger.model.verbs import ResultName

#: What is mailed at once: the connection ended; the brake stopped a plan; the key of the tokens is
#: lost; Xero's permission ends soon; the calls of the day run out; more and more records fail.
AlertKind = Literal[
    "ended", "braked", "key_lost", "permission_ends", "calls_run_out", "failures_grow"
]

#: Results of records that were written or linked, in the order of reports.
DONE: Final[tuple[ResultName, ...]] = ("created", "updated", "removed", "linked")


@dataclass(frozen=True, slots=True)
class WaitingRecord:
    """One record that waits for a person."""

    name: str
    #: Its page in the CRM, else the page where it is mended; "" where neither is known.
    url: str = ""
    #: Why it waits and what to do, as far as its group does not say it of all.
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class WaitingGroup:
    """Records of a module that wait for a person for the same reason, in the reader's language."""

    module: str
    count: int
    #: What is said of all of them, and what to do; "" each where it differs from one to another.
    sentence: str
    fix: str
    #: The first of them.
    records: tuple[WaitingRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Worked:
    """What was done for one connection in a time, as numbers."""

    #: Module → result → number; of DONE alone: what is kept back comes with every run again.
    results: Mapping[str, Mapping[str, int]]
    calls: int = 0
    received_bytes: int = 0
    #: Runs that ended, and those of them that failed or that the brake stopped.
    runs: int = 0
    broken_runs: int = 0

    @property
    def happened(self) -> bool:
        """Whether anything was done, or a run broke."""
        return bool(self.results) or self.broken_runs > 0


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """What there is to say of one connection, in the reader's language."""

    connection_id: str
    organisation: str
    worked: Worked
    #: How many records wait for a person.
    waiting: int
    groups: tuple[WaitingGroup, ...] = ()
    #: What the last proof found, and when; "" before the first.
    proof: str = ""
    #: Whether the last proof found that both sides agree; None before the first.
    agrees: bool | None = None
    #: When the last proof began; None before the first.
    proved_at: datetime | None = None
    #: What is wrong with the connection, a sentence each.
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What one recipient reads of a time; `since` is not in it, `until` is."""

    since: datetime
    until: datetime
    connections: tuple[ConnectionReport, ...]
    #: Where the pages are, without a slash at the end; "" where nobody said it.
    pages_url: str = ""

    @property
    def waiting(self) -> int:
        """How many records wait for a person."""
        return sum(one.waiting for one in self.connections)


@dataclass(frozen=True, slots=True)
class Alert:
    """One trouble that is mailed at once."""

    kind: AlertKind
    connection_id: str
    organisation: str
    #: Since when it lasts, as far as it was seen; aware UTC.
    since: datetime
    #: What it is about beside the connection: the run that the brake stopped.
    about: str = ""
    #: Why a connection ended, in Xero's words.
    detail: str = ""
    #: Of failures that grow: how many newly fail, and how many always do.
    newly: int = 0
    always: int = 0

    @property
    def key(self) -> str:
        """What tells this trouble from every other, and from itself at another time."""
        return f"{self.kind}:{self.connection_id}:{self.about or self.since.isoformat()}"
