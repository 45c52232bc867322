"""The day's calls as a budget: who may use how much of it, and when it will be used up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from xtiger.model.runs import Run
from xtiger.ports.xero import Priority
from xtiger.xero.egress import TIERS
from xtiger.xero.limits import WINDOWS

#: Priority → share of the day's calls that is left to more urgent work. What people save goes
#: out to the last call; a schedule leaves a tenth, and reading or sending everything three tenths.
KEPT: Mapping[Priority, float] = MappingProxyType({"save": 0.0, "schedule": 0.1, "backfill": 0.3})
#: Calls a day on Xero's Starter tier and on all others.
#: Source: developer.xero.com, OAuth 2.0 API limits.
STARTER_CALLS, OTHER_CALLS = 1_000, 5_000


#: How many of the last runs are asked for one that did everything.
RUNS_ASKED = 100


def priority_of(run_id: str | None, runs: Sequence[Run]) -> Priority:
    """How urgent a run is: what was saved or copied by a person, a sync, or the first of all.

    `runs` are the connection's, this one among them. A call without a run is a person's.
    """
    run = next((one for one in runs if one.id == run_id), None)
    if run is None or run.trigger == "save":
        return "save"
    if run.trigger == "person" and len(run.modules) == 1:
        return "save"
    done = any(one.state == "done" and len(one.modules) != 1 for one in runs)
    return "schedule" if done else "backfill"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is left of one organisation's day, and how long it will last."""

    #: Calls that Xero allows a day: 1,000 or 5,000.
    day_calls: int
    left: int
    #: When Xero counts anew, at the latest.
    resets_at: datetime
    #: When nothing is left at the pace of the last hour; None when it lasts.
    runs_out_at: datetime | None

    @property
    def tier(self) -> str:
        """Starter, or "other": Xero does not tell the larger tiers apart."""
        return "starter" if self.day_calls == STARTER_CALLS else "other"


def calls_a_day(tier: str, seen: int = 0) -> int:
    """The calls that Xero allows a day, by the app's tier ("" when nobody said).

    `seen`: the most that an answer has named; it goes before what somebody said.
    """
    if seen >= STARTER_CALLS:
        return OTHER_CALLS
    return TIERS[tier].calls_a_day if tier else STARTER_CALLS


def outlook(
    state: Mapping[str, Any] | None, now: datetime, calls_last_hour: int = 0, tier: str = ""
) -> Outlook | None:
    """The outlook from the limiter's state; None before the first answer of a day.

    `tier` is the app's, as the settings say; an answer that allows more goes before it.
    """
    day = (state or {}).get("windows", {}).get("day")
    if day is None:
        return None
    resets_at = datetime.fromtimestamp((day["first"] + WINDOWS["day"][0]) / 1_000, UTC)
    if resets_at <= now:
        return None
    left = max(0, int(day["left"]))
    return Outlook(
        calls_a_day(tier, max(int(day.get("most", 0)), left)),
        left,
        resets_at,
        _runs_out(left, calls_last_hour, now, resets_at),
    )


def _runs_out(
    left: int, calls_last_hour: int, now: datetime, resets_at: datetime
) -> datetime | None:
    if left == 0:
        return now
    if calls_last_hour <= 0:
        return None
    at = now + timedelta(hours=left / calls_last_hour)
    return at if at < resets_at else None
