"""What an administrator answered at the start of a connection, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Literal

from xtiger.model.values import Plain

#: How invoices arrive in Xero: as drafts until a person released approving, or as the CRM says.
Arrive = Literal["draft", "as_crm"]
#: Which of Xero's contacts become records of the CRM.
Bring = Literal["customers", "all", "none"]
#: Whether something is sent to Xero at all; in read-only mode Xero's changes come in alone.
Mode = Literal["active", "read_only"]
#: Which records go: all but those whose box is unticked, only those whose box is ticked, or those
#: in certain statuses of the CRM.
Goes = Literal["all_but", "ticked", "status"]
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
    mode: Mode = "active"

    def plain(self) -> dict[str, Plain]:
        """The answers as a store keeps them."""
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Plain] | None) -> StartAnswers:
        """The answers of what a store keeps; None for a connection that was never asked."""
        return cls(**kept) if kept else cls()


@dataclass(frozen=True, slots=True)
class CountedContacts:
    """How many contacts each choice would bring, of those that Xero has and the CRM has not."""

    customers: int
    all: int
    #: Whether all were read; else there are more of both.
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Going:
    """Which records of a connection go."""

    goes: Goes = "all_but"
    #: Module → the CRM's statuses whose records go; a module without any sends every status.
    statuses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FirstAccounts:
    """Codes of the accounts that lines and money go to where a record names none.

    "" where none is chosen, None where the CRM has no module to choose it for.
    """

    sales: str | None = ""
    charges: str | None = ""
    payments: str | None = ""

    @property
    def are_chosen(self) -> bool:
        """Whether lines and money have an account; one for charges is no must."""
        return "" not in (self.sales, self.payments)
