"""A push that waits for a second person: how large it was when asked, by whom, and who released."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from xtiger.model.values import Plain


@dataclass(frozen=True, slots=True)
class AskedRelease:
    """One push that is larger than one person may send."""

    #: Who began the run that asked; "" for a schedule, a save, or whatever nobody began.
    by: str
    at: datetime
    #: The amount of the document or payment; None for what has none.
    amount: Decimal | None
    #: How many records of the module the run was to send.
    records: int
    #: Who released it, and when; "" and None before.
    released_by: str = ""
    released_at: datetime | None = None
    #: What it would write, as its digest; "" of what was asked before releases were bound to it.
    digest: str = ""
    #: The run that was to take others back; "" for what a sync was to send.
    undo: str = ""

    def plain(self) -> dict[str, Plain]:
        """As a store keeps it."""
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Plain] | None) -> AskedRelease | None:
        """Of what a store keeps; None where nothing was asked."""
        return cls(**kept) if kept else None
