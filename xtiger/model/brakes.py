"""Brakes as data: why a run was stopped before its first write, and the plan that waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from xtiger.model.verbs import Verb

#: waiting for a person; released by one, not carried out yet; done; replaced by a newer plan.
BrakedState = Literal["waiting", "released", "done", "replaced"]


@dataclass(frozen=True, slots=True)
class Brake:
    """One module of which a run would change or remove more than its share."""

    module: str
    #: Linked records that would be changed or removed, those of the last hour's queue included.
    changes: int
    #: Linked records of the module.
    linked: int
    #: Per cent of the linked records that may change in one run.
    limit: int

    @property
    def share(self) -> int:
        """Per cent of the linked records, rounded down; never above 100."""
        return min(100, self.changes * 100 // max(1, self.linked))


@dataclass(frozen=True, slots=True)
class BrakedChange:
    """One action of a plan that was stopped, as a person looks at it before releasing it."""

    module: str
    name: str
    verb: Verb
    #: (label, CRM value, Xero value, where it goes) of each field that differs, as text.
    fields: tuple[tuple[str, str, str, str], ...]
    #: Digest of all that would be written: only an equal action is carried out on release.
    digest: str


@dataclass(frozen=True, slots=True)
class BrakedPlan:
    """The plan of a run that was stopped by the brake; one that waits per connection."""

    run_id: str
    connection_id: str
    made_at: datetime
    modules: tuple[str, ...]
    #: The CRM records that were asked for, by id; empty for all of the modules.
    records: tuple[str, ...]
    brakes: tuple[Brake, ...]
    changes: tuple[BrakedChange, ...] = field(default=())
    state: BrakedState = "waiting"
    #: Who released it, and when; "" and None before.
    released_by: str = ""
    released_at: datetime | None = None

    @property
    def digests(self) -> frozenset[str]:
        """What was looked at: digests of its actions."""
        return frozenset(change.digest for change in self.changes)

    @property
    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Module → verb → number of actions."""
        found: dict[str, dict[str, int]] = {}
        for change in self.changes:
            of_module = found.setdefault(change.module, {})
            of_module[change.verb] = of_module.get(change.verb, 0) + 1
        return found
