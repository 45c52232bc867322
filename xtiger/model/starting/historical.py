"""A historical sync as data: which unlinked records, how many at a time, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Literal

from xtiger.model.values import Plain

#: Which way the records move.
Way = Literal["to_xero", "to_crm"]
#: Records of a batch, where nobody says how many, and the most.
BATCH, MOST = 20, 200


@dataclass(frozen=True, slots=True)
class Wanting:
    """What somebody wants of a historical sync."""

    module: str
    way: Way
    #: Who it is.
    by: str
    #: The first and the last day, both included; None: no bound.
    from_day: date | None = None
    to_day: date | None = None
    batch: int = BATCH


@dataclass(frozen=True, slots=True)
class HistoricalSync:
    """The last historical sync of a connection."""

    id: str
    module: str
    way: Way
    #: Who began it, and when; aware UTC.
    by: str
    at: datetime
    #: The first and the last day, both included; None: no bound.
    from_day: date | None = None
    to_day: date | None = None
    #: Records of one batch.
    batch: int = BATCH
    #: Records that were found at its begin; None before anybody looked.
    total: int | None = None
    #: Of these, how many were dealt with.
    done: int = 0
    #: Result → number of its records, all batches together.
    results: Mapping[str, int] = field(default_factory=dict)
    #: Records that would change the other side, too, and wait for a sync of both ways.
    both_ways: int = 0
    #: The run of the last batch; "" before the first.
    run_id: str = ""
    #: When a person ended it; None where nobody did.
    ended_at: datetime | None = None

    @property
    def left(self) -> int:
        """Records that are still to be dealt with."""
        return 0 if self.total is None else self.total - self.done

    @property
    def is_open(self) -> bool:
        """Whether it can go on."""
        return self.ended_at is None and (self.total is None or self.left > 0)

    def plain(self) -> dict[str, Plain]:
        """It as a store keeps it."""
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Plain] | None) -> HistoricalSync | None:
        """It, of what a store keeps; None where none was begun."""
        return cls(**kept) if kept else None
