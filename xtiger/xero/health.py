"""How a connection is: its state, its calls, its permission and its last trouble, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from xtiger.model.calls import Call
from xtiger.model.connections import Connection, Tokens
from xtiger.model.setting_keys import limits
from xtiger.ports.clock import Clock
from xtiger.ports.store import CallStore, ConnectionStore, LeaseStore
from xtiger.xero.budget import Outlook, outlook
from xtiger.xero.limits import MINUTE, WINDOWS
from xtiger.xero.tokens import refresh_days_left

#: From so many days left on, people are warned: day 50 of 60.
ALERT_DAYS = 10
#: Calls of a day that are looked at for pace and trouble.
_CALLS_READ = 5_000


@dataclass(frozen=True, slots=True)
class Trouble:
    """The last call that Xero refused or did not answer."""

    at: datetime
    #: Method and kind, such as "PUT /Invoices".
    operation: str
    #: None where no answer came.
    http_status: int | None
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Health:
    """One connection, as an administrator wants to know it."""

    connection: Connection
    #: None before the first answer of a day.
    outlook: Outlook | None
    minute_left: int
    #: When Xero lets calls through again; None when it does now.
    blocked_until: datetime | None
    #: Days until the permission ends unused; None for a custom connection or an ended one.
    days_left: int | None
    trouble: Trouble | None
    #: Of ended, key_lost, permission_ends, calls_run_out, calls_used_up; the most urgent first.
    alerts: tuple[str, ...]


def health(
    connection: Connection,
    tokens: Tokens | None,
    state: Mapping[str, Any] | None,
    calls: Sequence[Call],
    now: datetime,
    tier: str = "",
) -> Health:
    """The health from the limiter's state and the calls of the last day, newest first.

    `tier` is the app's, as the settings say.
    """
    last_hour = sum(call.at > now - timedelta(hours=1) for call in calls)
    ahead = outlook(state, now, last_hour, tier)
    days = refresh_days_left(tokens, now) if tokens is not None else None
    blocked = {
        limit: _moment(until, now) for limit, until in (state or {}).get("blocked", {}).items()
    }
    # A refused call of the day says that none is left, and until when.
    refused = blocked.get("day", now) > now
    return Health(
        connection=connection,
        outlook=ahead,
        minute_left=_minute_left(state, now),
        blocked_until=max((until for until in blocked.values() if until > now), default=None),
        days_left=days,
        trouble=next((_trouble(call) for call in calls if _bad(call)), None),
        alerts=tuple(_alerts(connection, days, ahead, lost=tokens is None, refused=refused)),
    )


class HealthStore(ConnectionStore, CallStore, LeaseStore, Protocol):
    """What of the store tells how a connection is."""


def connection_health(
    store: HealthStore, clock: Clock, connection: Connection, tier: str = ""
) -> Health:
    """The health of a connection now; nothing is asked of Xero. `tier`: as the settings say."""
    now = clock.now()
    return health(
        connection,
        store.tokens(connection.id),
        store.update_state(limits(connection.id), lambda kept: (kept, kept)),
        store.calls(connection.id, now - timedelta(days=1), _CALLS_READ),
        now,
        tier,
    )


def _alerts(
    connection: Connection, days: int | None, ahead: Outlook | None, *, lost: bool, refused: bool
) -> list[str]:
    found = ["ended"] if connection.state == "ended" else ["key_lost"] if lost else []
    if days is not None and days <= ALERT_DAYS:
        found.append("permission_ends")
    if refused or (ahead is not None and ahead.left == 0):
        found.append("calls_used_up")
    elif ahead is not None and ahead.runs_out_at is not None:
        found.append("calls_run_out")
    return found


def _minute_left(state: Mapping[str, Any] | None, now: datetime) -> int:
    window = (state or {}).get("windows", {}).get("minute")
    if window is None or _moment(window["first"] + WINDOWS["minute"][0], now) <= now:
        return MINUTE
    return max(0, int(window["left"]))


def _moment(milliseconds: int, now: datetime) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1_000, now.tzinfo)


def _bad(call: Call) -> bool:
    """404 for one element is an answer, that it is not there; for a list it never is."""
    if call.http_status == 404:
        return "/" not in call.path.strip("/")
    return call.http_status is None or call.http_status >= 400


def _trouble(call: Call) -> Trouble:
    kind = call.path.strip("/").split("/")[0]
    return Trouble(call.at, f"{call.method} /{kind}", call.http_status, call.correlation_id)
