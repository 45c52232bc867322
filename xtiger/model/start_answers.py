"""What an administrator answered at the start of a connection, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Literal

from xtiger.model.values import Plain

#: How invoices arrive in Xero: as drafts until a person released approving, or as the CRM says.
Arrive = Literal["draft", "as_crm"]
#: Which of Xero's contacts become records of the CRM.
Bring = Literal["customers", "all", "none"]
#: How far the first sync has come: its questions are asked, its plan is to be looked at, ten
#: records are sent, those ten are to be looked at, all goes.
Stage = Literal["asked", "plan", "ten", "check", "all"]


@dataclass(frozen=True, slots=True)
class StartAnswers:
    """The answers of one connection; the values here limit nothing, as before there were any."""

    #: Documents and payments of before this day stay out on both sides; None takes all years.
    from_day: date | None = None
    #: Whether those of before that are still open travel all the same.
    open_before: bool = False
    arrive: Arrive = "as_crm"
    bring: Bring = "all"
    stage: Stage = "all"
    #: Who answered, and when (UTC); "" and None while the answers are only proposed.
    answered_by: str = ""
    answered_at: datetime | None = None

    def plain(self) -> dict[str, Plain]:
        """The answers as a store keeps them."""
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Plain] | None) -> StartAnswers:
        """The answers of what a store keeps; None for a connection that was never asked."""
        return cls(**kept) if kept else cls()
