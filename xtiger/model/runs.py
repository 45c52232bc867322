"""Runs as data: what a run did with each record, and its totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypedDict

from xtiger.model.plans import Cause, Difference, Proposal
from xtiger.model.verbs import ResultName, Verb

#: Which way values moved; "" when nothing did.
Flow = Literal["to_xero", "to_crm", "both", ""]
#: Who or what began a run. release: a plan that the brake had stopped; follow-up: the invoices
#: after their payments; proof: both sides are compared and nothing is changed; undo: what other
#: runs did is taken back; wipe: what came from Xero goes from the CRM.
Trigger = Literal[
    "person", "schedule", "save", "api", "webhook", "release", "follow-up", "proof", "undo", "wipe"
]
#: stopped: by a limit or a lost network, a later run goes on. held: by the brake before its first
#: write. agreed, differs: what a proof ended in.
RunState = Literal["running", "done", "failed", "stopped", "held", "agreed", "differs"]


class OutcomeFilters(TypedDict, total=False):
    """What outcomes may be asked for by; all that are given must fit."""

    id: int | None
    run_id: str | None
    module: str | None
    crm_id: str | None
    xero_id: str | None
    results: Sequence[ResultName]
    flows: Sequence[Flow]
    #: Codes of causes, each the first of its outcome.
    codes: Sequence[str]
    #: Who began the run, as the host names them, or what did: a trigger.
    by: str
    #: Only those before the outcome of this id.
    below: int | None
    #: Only the newest outcome of each record, and only where that fits.
    newest: bool
    #: Anywhere in name, CRM id or Xero id, in upper or lower case.
    text: str
    #: Included.
    since: datetime | None
    #: Not included.
    until: datetime | None
    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The one result of one record in one run."""

    connection_id: str
    run_id: str
    module: str
    kind: str
    crm_id: str | None
    xero_id: str | None
    name: str
    result: ResultName
    verb: Verb | None = None
    flow: Flow = ""
    cause: Cause | None = None
    differences: tuple[Difference, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    at: datetime | None = None
    #: Set by the store, rising.
    id: int | None = None
    #: Xero's own id of the call that wrote it, for its support; "" where none did.
    correlation_id: str = ""
    #: What began the run and who, as long as the run is kept; the store takes both from it.
    trigger: Trigger | Literal[""] = ""
    started_by: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A person's request for one CRM record that is carried out later."""

    module: str
    crm_id: str
    #: When it was made; aware UTC.
    at: datetime
    #: When it goes on, at the earliest.
    due_at: datetime
    #: Code of what it waits for; "" for nothing but the next tick.
    why: str = ""
    #: Whether a queue took it.
    queued: bool = False
    #: Whether both sides are read again by id, whatever they reported of changes.
    anew: bool = False
    #: Whether a worker or a timer looks at what is due; else the next sync takes it.
    automatic: bool = False
    #: The person who asked, as the host names them; "" where nobody knows.
    by: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of records that a person asked to send."""

    #: One for each record that is dealt with.
    outcomes: tuple[Outcome, ...] = ()
    #: One for each record that goes on in the background.
    later: tuple[Asked, ...] = ()

    def joined(self, other: Sent) -> Sent:
        """Both together."""
        return Sent((*self.outcomes, *other.outcomes), (*self.later, *other.later))


@dataclass(frozen=True, slots=True)
class Run:
    """One plan carried out, or one proof that both sides agree."""

    id: str
    connection_id: str
    modules: tuple[str, ...]
    started_at: datetime
    trigger: Trigger = "person"
    finished_at: datetime | None = None
    state: RunState = "running"
    #: Calls to /api.xro made by this run.
    calls: int = 0
    #: Module → result → count.
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    #: The sentence of the error that stopped it, or that a proof found differences.
    error: str = ""
    #: The person who began it, as the host names them; "" where nobody did or nobody knows.
    started_by: str = ""

    @property
    def totals(self) -> dict[str, int]:
        """Result → number of records, all modules together."""
        totals: dict[str, int] = {}
        for results in self.counts.values():
            for result, number in results.items():
                totals[result] = totals.get(result, 0) + number
        return totals
